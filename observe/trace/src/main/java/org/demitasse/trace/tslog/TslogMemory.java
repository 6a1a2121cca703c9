package org.demitasse.trace.tslog;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.demitasse.elf.Symbol;
import org.demitasse.elf.Symbols;
import org.jspecify.annotations.Nullable;

/**
 * The tslog of a FreeBSD or NetBSD kernel, read out of its memory: the array {@code timestamps}, of which {@code nrecs}
 * records are used, and the processes in {@code procs} (sys/kern/kern_tslog.c of either). Records have been laid out in
 * three ways; which one it is follows from what makes sense.
 */
public final class TslogMemory {
  private static final String[] TYPES = {"ENTER", "EXIT", "THREAD", "EVENT"};
  private static final int MAX_TEXT = 256;
  private static final int PROBED = 64;
  private static final int MAX_PIDS = 100_000;
  private static final int PROCESS_BYTES = 56;

  /** The kernel's memory by linear address. */
  public interface Memory {
    /** Reads bytes, or gives null if they are not all mapped to RAM. */
    byte @Nullable [] read(long linear, int bytes);
  }

  /**
   * One way to lay a record out: offsets in bytes.
   *
   * @param threadBytes 8 for a pointer, 4 for a number
   * @param inlineName how long the function's name is if it is in the record itself; 0 if there is a pointer to it
   */
  private record Layout(int bytes, int threadBytes, int type, int function, int inlineName, int string, int tsc) {}

  private static final List<Layout> LAYOUTS =
      List.of(
          new Layout(40, 8, 8, 16, 0, 24, 32), // FreeBSD: pointer, type, two pointers, time
          new Layout(32, 4, 4, 8, 0, 16, 24), // NetBSD: LWP ID and type side by side
          new Layout(160, 8, 8, 12, 128, 144, 152)); // NetBSD as of smolBSD: the name copied into the record

  private final Memory memory;
  private final Symbols symbols;

  /** Reads from a stopped guest. */
  public TslogMemory(Memory memory, Symbols symbols) {
    this.memory = memory;
    this.symbols = symbols;
  }

  /**
   * The log as text, as the sysctls debug.tslog and, after it, debug.tslog_user give it.
   *
   * @throws IllegalStateException in one sentence if the kernel has none
   */
  public List<String> lines() {
    Symbol array = symbol("timestamps");
    Symbol count = symbol("nrecs");
    byte[] number = memory.read(count.address(), 4); // an int or a long: it is small
    if (number == null) {
      throw new IllegalStateException("the kernel's tslog is not mapped: it has not started, or uses another address");
    }
    long used = Integer.toUnsignedLong(ByteBuffer.wrap(number).order(ByteOrder.LITTLE_ENDIAN).getInt());
    Layout layout =
        LAYOUTS.stream()
            .filter(way -> fits(way, array, used))
            .findFirst()
            .orElseThrow(() ->
                new IllegalStateException(
                    used == 0
                        ? "the kernel's tslog is empty"
                        : "the kernel's tslog is laid out in a way that is not known"));
    long capacity = array.size() > 0 ? array.size() / layout.bytes : TslogReader.CAPACITY;
    List<String> lines = new ArrayList<>();
    for (long n = 0; n < Math.min(used, capacity); n++) {
      line(layout, array.address() + n * layout.bytes).ifPresent(lines::add);
    }
    symbols.named("procs").ifPresent(procs -> processes(procs, lines));
    return lines;
  }

  private Symbol symbol(String name) {
    return symbols
        .named(name)
        .orElseThrow(() ->
            new IllegalStateException(
                "the kernel has no symbol %s: it is built without options TSLOG, or stripped (give --symbols FILE)"
                    .formatted(name)));
  }

  private boolean fits(Layout layout, Symbol array, long used) {
    if (array.size() % layout.bytes != 0) {
      return false;
    }
    long before = 0;
    int good = 0;
    for (int n = 0; n < Math.min(used, PROBED); n++) {
      ByteBuffer entry = entry(layout, array.address() + (long) n * layout.bytes);
      if (entry == null || entry.getInt(layout.type) < 0 || entry.getInt(layout.type) >= TYPES.length) {
        return false;
      }
      long tsc = entry.getLong(layout.tsc);
      good += tsc >= before && !name(layout, entry).isEmpty() ? 1 : 0;
      before = tsc;
    }
    return good * 4L >= Math.min(used, PROBED) * 3 && good > 0; // a few may go back in time, or be half written
  }

  private @Nullable ByteBuffer entry(Layout layout, long address) {
    byte[] bytes = memory.read(address, layout.bytes);
    return bytes == null ? null : ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  private String name(Layout layout, ByteBuffer entry) {
    if (layout.inlineName > 0) {
      byte[] text = new byte[layout.inlineName];
      entry.get(layout.function, text);
      return text(text);
    }
    return text(entry.getLong(layout.function));
  }

  private Optional<String> line(Layout layout, long address) {
    ByteBuffer entry = entry(layout, address);
    if (entry == null) {
      return Optional.empty();
    }
    int type = entry.getInt(layout.type);
    long tsc = entry.getLong(layout.tsc);
    if (type < 0 || type >= TYPES.length || tsc < 0) {
      return Optional.empty();
    }
    long thread = layout.threadBytes == 8 ? entry.getLong(0) : Integer.toUnsignedLong(entry.getInt(0));
    String line =
        "0x%016x %d %s %s %s"
            .formatted(thread, tsc, TYPES[type], name(layout, entry), text(entry.getLong(layout.string)));
    return Optional.of(line.strip());
  }

  /** The processes: parent, times of fork, exec and exit, pointers to program and first path, 56 bytes each. */
  private void processes(Symbol procs, List<String> lines) {
    long count = Math.min(MAX_PIDS, procs.size() / PROCESS_BYTES);
    for (int pid = 0; pid < count; pid++) {
      byte[] bytes = memory.read(procs.address() + (long) pid * PROCESS_BYTES, PROCESS_BYTES);
      if (bytes == null) {
        return;
      }
      ByteBuffer process = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      long forked = process.getLong(8);
      long exited = process.getLong(24);
      if (forked > 0 || exited > 0) {
        lines.add(
            "%d %d %d %d \"%s\" \"%s\""
                .formatted(
                    pid, process.getInt(0), forked, exited, text(process.getLong(32)), text(process.getLong(40))));
      }
    }
  }

  private String text(long address) {
    if (address == 0) {
      return "";
    }
    byte[] bytes = new byte[MAX_TEXT];
    for (int n = 0; n < MAX_TEXT; n++) {
      byte[] one = memory.read(address + n, 1);
      if (one == null || one[0] == 0) {
        return text(java.util.Arrays.copyOf(bytes, n));
      }
      bytes[n] = one[0];
    }
    return text(bytes);
  }

  /** Up to the NUL, on one line and without what would end a quotation. */
  private static String text(byte[] bytes) {
    int length = 0;
    while (length < bytes.length && bytes[length] != 0) {
      length++;
    }
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1).replaceAll("[\\p{Cntrl}\"]", "?");
  }
}
