package org.demitasse.trace.flow;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.demitasse.elf.Linkage;
import org.demitasse.elf.Symbols;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceInfo;
import org.demitasse.trace.record.TraceSink;
import org.demitasse.trace.record.TraceWriter;

/**
 * Records samples of stacks in a trace file, a track for each vCPU: a function is taken to run from the first sample
 * that shows it to the first that does not. Any thread.
 */
public final class SampleRecorder implements AutoCloseable {
  private final TraceWriter writer;
  private final AddressNames names;
  private final Map<String, Integer> strings = new HashMap<>();
  private final int[][] open;
  private final long start;
  private long latest;
  private long samples;

  /**
   * Creates the file.
   *
   * @param moves whether the kernel unpacks itself, so that it may be elsewhere than linked: {@link #moved} tells where
   * @param nanos host time now, from which all times are counted
   * @throws IOException if it cannot be written
   */
  public SampleRecorder(Path file, String title, Symbols symbols, boolean moves, int vcpus, long nanos)
      throws IOException {
    writer = new TraceWriter(file, new TraceInfo(title, TraceInfo.NANOSECONDS, 1e9));
    names = new AddressNames(symbols, moves, this::string);
    start = nanos;
    open = new int[vcpus][0];
    for (int n = 0; n < vcpus; n++) {
      writer.track(n, "vcpu " + n);
    }
  }

  private int string(String text) {
    Integer known = strings.get(text);
    if (known == null) {
      known = strings.size();
      strings.put(text, known);
      writer.string(known, text);
    }
    return known;
  }

  private long time(long nanos) {
    latest = Math.max(latest, nanos - start);
    return latest;
  }

  /** From now on the kernel proper runs, that much above where it is linked. */
  public synchronized void moved(long by) {
    names.moved(by);
  }

  /** Tells where the kernel is loaded and linked; before any sample. */
  public synchronized void linkage(Linkage linkage) {
    names.linkage(linkage);
  }

  /** From now on these are the functions of the kernel's modules. */
  public synchronized void modules(Symbols loaded) {
    names.modules(loaded);
  }

  /** What a vCPU does. */
  public enum Doing {
    /** Nothing. */
    HALTED,
    /** Something that the kernel's symbols know nothing of: a program. */
    USER,
    /** The kernel's work. */
    KERNEL
  }

  /**
   * A vCPU was seen.
   *
   * @param nanos host time
   * @param stack addresses of the kernel's instructions, the outermost caller first
   */
  public synchronized void sample(int vcpu, long nanos, Doing doing, List<Long> stack) {
    samples++;
    int[] now =
        switch (doing) {
          case HALTED -> new int[] {string(TraceSink.IDLE)};
          case USER -> new int[] {string(TraceSink.USER)};
          case KERNEL -> stack.stream().mapToInt(names::target).toArray();
        };
    change(vcpu, time(nanos), now);
  }

  private void change(int vcpu, long time, int[] now) {
    int[] before = open[vcpu];
    int same = 0;
    while (same < before.length && same < now.length && before[same] == now[same]) {
      same++;
    }
    for (int n = before.length - 1; n >= same; n--) {
      writer.exit(vcpu, time, before[n]);
    }
    for (int n = same; n < now.length; n++) {
      writer.enter(vcpu, time, now[n]);
    }
    open[vcpu] = now;
  }

  /** Something happened now: a device was touched, the console printed a line. */
  public synchronized void event(long nanos, EventKind kind, String text) {
    writer.event(0, time(nanos), kind, string(text));
  }

  /** A vCPU has been out of the guest for so many nanoseconds, and goes back now. */
  public synchronized void exit(int vcpu, long end, String reason, long nanos) {
    writer.cost(vcpu, time(end), EventKind.EXIT, string("exit " + reason), nanos);
  }

  /** How many samples there were. */
  public synchronized long samples() {
    return samples;
  }

  /** Ends the trace. */
  @Override
  public synchronized void close() {
    long end = time(System.nanoTime());
    for (int vcpu = 0; vcpu < open.length; vcpu++) {
      change(vcpu, end, new int[0]);
    }
    writer.end(end);
    writer.close();
  }
}
