package org.demitasse.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * The most memory that this process has had resident, by getrusage (POSIX 2024); its unit is what systems differ in.
 */
final class PeakMemory {
  private static final int RUSAGE_SELF = 0;
  private static final int RUSAGE_BYTES = 256; // struct rusage has 144 bytes on 64-bit systems
  private static final int RU_MAXRSS = 32; // after two struct timeval of 16 bytes

  private PeakMemory() {}

  /** Bytes, or empty where there is no getrusage. */
  static OptionalLong bytes() {
    Linker linker = Linker.nativeLinker();
    var function = linker.defaultLookup().find("getrusage");
    if (function.isEmpty()) {
      return OptionalLong.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment usage = arena.allocate(RUSAGE_BYTES, 8);
      int error = call(linker, function.get(), usage);
      if (error != 0) {
        return OptionalLong.empty();
      }
      long peak = usage.get(ValueLayout.JAVA_LONG, RU_MAXRSS);
      boolean inBytes = System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("mac");
      return OptionalLong.of(inBytes ? peak : peak * 1024);
    }
  }

  @SuppressWarnings("restricted") // one C function with a fixed signature
  private static int call(Linker linker, MemorySegment function, MemorySegment usage) {
    var getrusage =
        linker.downcallHandle(
            function, FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    try {
      return (int) getrusage.invokeExact(RUSAGE_SELF, usage);
    } catch (RuntimeException | Error ours) {
      throw ours;
    } catch (Throwable impossible) { // invokeExact declares it; a C function throws nothing
      throw new IllegalStateException(impossible);
    }
  }
}
