package org.demitasse.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongFunction;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.elf.Symbols;
import org.demitasse.trace.flow.KernelSlide;
import org.demitasse.trace.flow.LinuxModules;

/**
 * Names for addresses of a kernel that runs, also of one that has moved itself: where its banner is, or where its
 * system call and its handlers of exceptions start, tells how far.
 *
 * @param symbols where it is linked
 * @param slide how far it has moved; nothing if it may have moved and that is not known: then it has no names
 */
record KernelNames(Symbols symbols, OptionalLong slide) implements LongFunction<Optional<String>> {
  /** What there is to say about most kernels. */
  static final String UNMOVED = "this kernel is where it is linked\n";

  private static final int MSR_LSTAR = 0xc000_0082;
  private static final int EXCEPTIONS = 32;
  private static final int GATE = 16;

  /** Looks at vCPUs that do not run. */
  static KernelNames of(Symbols symbols, boolean moves, List<? extends Vcpu> vcpus, GuestMemory memory) {
    return new KernelNames(symbols, moves ? slide(symbols, vcpus, memory) : OptionalLong.of(0));
  }

  /** How far a kernel has moved, if one of its vCPUs can tell. */
  static OptionalLong slide(Symbols symbols, List<? extends Vcpu> vcpus, GuestMemory memory) {
    for (Vcpu vcpu : vcpus) {
      OptionalLong byBanner = KernelSlide.byBanner(symbols, linear -> readByte(vcpu, memory, linear));
      OptionalLong found = byBanner.isPresent() ? byBanner : KernelSlide.of(symbols, entries(vcpu, memory));
      if (found.isPresent()) {
        return found;
      }
    }
    return OptionalLong.empty();
  }

  private static int readByte(Vcpu vcpu, GuestMemory memory, long linear) {
    long gpa = vcpu.debug().translate(linear);
    return gpa >= 0 && memory.contains(gpa, 1) ? memory.readByte(gpa) : -1;
  }

  /** Where the CPU enters a 64-bit kernel (Intel SDM vol. 3, 5.8.8 and 6.14.1). */
  private static List<Long> entries(Vcpu vcpu, GuestMemory memory) {
    VcpuState state = vcpu.save();
    List<Long> entries = new ArrayList<>();
    entries.add(state.msrs().getOrDefault(MSR_LSTAR, 0L));
    int gates = Math.min(EXCEPTIONS, ((state.idtr().limit() & 0xffff) + 1) / GATE);
    for (int vector = 0; vector < gates; vector++) {
      long gate = vcpu.debug().translate(state.idtr().base() + (long) vector * GATE);
      if (gate >= 0 && memory.contains(gate, GATE)) {
        long low = memory.readLong(gate);
        entries.add(memory.readLong(gate + 8) << 32 | low >>> 32 & 0xffff_0000L | low & 0xffff);
      }
    }
    return entries;
  }

  /**
   * These, and the functions of the modules that the kernel has loaded, if it is a Linux kernel that describes itself.
   */
  KernelNames withModules(LinuxModules.Memory memory) {
    if (slide.isEmpty()) {
      return this;
    }
    Symbols modules =
        LinuxModules.of(symbols, slide.getAsLong(), memory).map(LinuxModules::symbols).orElse(Symbols.NONE);
    return modules.isEmpty() ? this : new KernelNames(symbols.plus(modules), slide);
  }

  @Override
  public Optional<String> apply(long address) {
    long linked = address;
    if (KernelSlide.isInImage(address)) {
      if (slide.isEmpty()) {
        return Optional.empty();
      }
      linked -= slide.getAsLong();
    }
    return symbols.nearest(linked).map(Symbols.Nearest::toString);
  }

  /** For someone with gdb. */
  String explanation() {
    if (slide.isEmpty()) {
      return "this kernel unpacks itself, and it is not known yet where it will be\n";
    }
    return slide.getAsLong() == 0
        ? UNMOVED
        : "this kernel has moved by 0x%1$x; its symbols, from demi symbols: symbol-file FILE -o 0x%1$x\n"
            .formatted(slide.getAsLong());
  }
}
