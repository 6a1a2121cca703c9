package org.demitasse.trace.flow;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;
import org.demitasse.core.vcpu.FlowLog;
import org.demitasse.elf.Linkage;
import org.demitasse.elf.Symbols;
import org.demitasse.trace.record.EventKind;
import org.demitasse.trace.record.TraceInfo;
import org.demitasse.trace.record.TraceSink;
import org.demitasse.trace.record.TraceWriter;
import org.jspecify.annotations.Nullable;

/**
 * Records a running machine's {@link FlowLog} in a trace file, on a thread of its own: the machine's thread only fills
 * blocks and waits if this one is {@link #BLOCKS} of them behind.
 */
public final class FlowRecorder implements FlowLog.Drain, AutoCloseable {
  private static final int BLOCK_RECORDS = 4096;
  private static final int BLOCKS = 64;

  /** Functions whose first call is a milestone, and what it means. */
  private static final List<String> LANDMARKS =
      List.of("start_kernel", "rest_init", "kernel_init_freeable", "mount_root", "main", "cpu_configure", "mi_startup");

  /** Functions whose first end is a milestone. */
  private static final Set<String> MOUNTING_ROOT = Set.of("vfs_mountroot", "mount_root", "mount_root_generic");

  /**
   * A full block, and what is known by its end.
   *
   * @param modules the modules that the kernel has, if these have changed
   * @param physical where in memory it is, if that is asked for and known
   */
  private record Full(long[] block, int words, @Nullable Symbols modules, OptionalLong physical) {}

  private static final Full END = new Full(new long[0], 0, null, OptionalLong.empty());

  /** Says which modules a kernel has. */
  @FunctionalInterface
  public interface ModuleWatch {
    /**
     * The functions of all modules, or null if they are the same as the last time. Machine's thread.
     *
     * @param slide how far the kernel has moved
     */
    @Nullable Symbols changed(long slide);
  }

  private final TraceWriter writer;
  private final FlowTracker tracker;
  private final FlowLog log = new FlowLog(this, BLOCK_RECORDS);
  private final BlockingQueue<Full> full = new ArrayBlockingQueue<>(BLOCKS);
  private final BlockingQueue<long[]> empty = new ArrayBlockingQueue<>(BLOCKS + 1);
  private final List<String> texts = new CopyOnWriteArrayList<>();
  private final Thread thread;
  private volatile @Nullable RuntimeException failure;
  private @Nullable ModuleWatch watch; // machine's thread
  private Supplier<OptionalLong> place = OptionalLong::empty; // machine's thread
  private Linkage linkage = Linkage.NONE;
  private volatile OptionalLong slide;
  private @Nullable SlideSearch search; // of the recorder's thread, and after it has ended of the closing one

  /**
   * Creates the file and starts the thread.
   *
   * @param symbols the kernel's, or none
   * @throws IOException if the file cannot be written
   */
  public FlowRecorder(Path file, TraceInfo info, Symbols symbols) throws IOException {
    this(file, info, symbols, false);
  }

  /**
   * Creates the file and starts the thread.
   *
   * @param symbols the kernel's, or none
   * @param moves whether the kernel unpacks itself, so that it may be elsewhere than linked
   * @throws IOException if the file cannot be written
   */
  public FlowRecorder(Path file, TraceInfo info, Symbols symbols, boolean moves) throws IOException {
    writer = new TraceWriter(file, info);
    tracker = new FlowTracker(new Landmarks(writer, Set.copyOf(LANDMARKS)), symbols, moves);
    int _ = tracker.string(Landmarks.ROOT_MOUNTED);
    search = moves ? new SlideSearch(symbols) : null;
    slide = moves ? OptionalLong.empty() : OptionalLong.of(0);
    for (int n = 0; n < BLOCKS; n++) {
      empty.add(new long[BLOCK_RECORDS * FlowLog.WORDS]);
    }
    thread = Thread.ofPlatform().daemon().name("trace").start(this::work);
  }

  /** The log to give to an engine. */
  public FlowLog log() {
    return log;
  }

  /** Introduces the name of a device; gives the number for {@link FlowLog#DEVICE} records. */
  public int device(String name) {
    texts.add(name);
    return texts.size() - 1;
  }

  /** Tells where the kernel is loaded and linked; before the machine runs. */
  public void linkage(Linkage told) {
    linkage = told;
    tracker.linkage(told);
  }

  /**
   * Asks where a kernel that unpacks itself has been put in memory, beyond where its file wants it; before the machine
   * runs.
   *
   * @param asked gives nothing as long as it is not there; machine's thread
   */
  public void watchPlace(Supplier<OptionalLong> asked) {
    place = asked;
  }

  /** Asks for the kernel's modules now and then; before the machine runs. */
  public void watchModules(ModuleWatch modules) {
    watch = modules;
  }

  /** Tells of something that happens now. Machine's thread. */
  public void text(EventKind kind, String text) {
    texts.add(text);
    log.add(FlowLog.TEXT, 0, log.now(), texts.size() - 1, kind.ordinal(), 0);
  }

  @Override
  public long[] swap(long[] block, int words) {
    try {
      OptionalLong moved = slide;
      ModuleWatch asked = watch;
      Symbols modules = asked == null || moved.isEmpty() ? null : asked.changed(moved.getAsLong());
      full.put(new Full(block, words, modules, moved.isEmpty() ? place.get() : OptionalLong.empty()));
      return empty.take();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return new long[block.length];
    }
  }

  @SuppressWarnings("ReferenceEquality") // the one END that closes the queue
  private void work() {
    try {
      for (Full next = full.take(); next != END; next = full.take()) {
        if (failure == null) {
          take(next);
        }
        empty.offer(next.block);
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private void take(Full next) {
    try {
      if (next.modules != null) {
        tracker.modules(next.modules);
      }
      for (int at = 0; at < next.words; at += FlowLog.WORDS) {
        SlideSearch looking = search;
        if (looking == null) {
          take(next.block, at);
          continue;
        }
        looking.hold(next.block, at);
        int spare = looking.spare();
        if (looking.isOver()) {
          release(looking, next.physical);
        } else if (spare > 0) {
          take(looking.held(), 0, spare);
          looking.drop(spare);
        }
      }
    } catch (UncheckedIOException diskFull) {
      failure = diskFull;
    }
  }

  private void release(SlideSearch done, OptionalLong physical) {
    search = null;
    int begun = physical.isEmpty() ? done.mapped() : done.begun(linkage, physical.getAsLong());
    take(done.held(), 0, begun);
    if (begun < done.used()) {
      tracker.event(FlowLog.timeOf(done.held()[begun]), EventKind.MILESTONE, "kernel unpacked");
      physical.ifPresent(tracker::placed);
      take(done.held(), begun, done.mapped());
      done.slide().ifPresent(tracker::moved);
      slide = done.slide();
      take(done.held(), done.mapped(), done.used());
    }
  }

  private void take(long[] records, int from, int to) {
    for (int at = from; at < to; at += FlowLog.WORDS) {
      take(records, at);
    }
  }

  private void take(long[] block, int at) {
    long head = block[at];
    switch (FlowLog.kindOf(head)) {
      case FlowLog.DEVICE -> tracker.event(FlowLog.timeOf(head), EventKind.DEVICE, texts.get((int) block[at + 1]));
      case FlowLog.TEXT ->
          tracker.event(FlowLog.timeOf(head), EventKind.values()[(int) block[at + 2]], texts.get((int) block[at + 1]));
      default -> tracker.take(head, block[at + 1], block[at + 2], block[at + 3]);
    }
  }

  /** Records in the file so far. */
  public long records() {
    return writer.records();
  }

  /**
   * Ends the trace. The machine has stopped.
   *
   * @throws UncheckedIOException if the file could not be written
   */
  @Override
  public void close() {
    long endTime = log.now();
    log.flush();
    try {
      full.put(END);
      thread.join();
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
    RuntimeException failed = failure;
    if (failed == null) {
      SlideSearch looking = search;
      if (looking != null) {
        release(looking, place.get());
      }
      tracker.end(endTime);
    }
    writer.close();
    if (failed != null) {
      throw failed;
    }
  }

  /** Adds a milestone where a landmark is entered for the first time. */
  private static final class Landmarks implements TraceSink {
    private static final String ROOT_MOUNTED = "root mounted";

    private final TraceWriter next;
    private final Set<String> waiting;
    private final Set<Integer> numbers = new HashSet<>();
    private final Set<Integer> mounters = new HashSet<>();
    private int rootMounted = TraceSink.UNKNOWN; // number of that text
    private int mountTrack = -1; // where root is being mounted
    private int callsInside;

    Landmarks(TraceWriter next, Set<String> names) {
      this.next = next;
      waiting = new HashSet<>(names);
    }

    @Override
    public void string(int number, String text) {
      next.string(number, text);
      if (waiting.remove(text)) {
        numbers.add(number);
      }
      if (MOUNTING_ROOT.contains(text)) {
        mounters.add(number);
      }
      if (text.equals(ROOT_MOUNTED)) {
        rootMounted = number;
      }
    }

    @Override
    public void track(int number, String name) {
      next.track(number, name);
    }

    @Override
    public void enter(int track, long time, int function) {
      next.enter(track, time, function);
      if (!numbers.isEmpty() && numbers.remove(function)) {
        next.event(track, time, EventKind.MILESTONE, function);
      }
      if (track == mountTrack) {
        callsInside++;
      } else if (mountTrack < 0 && mounters.contains(function)) {
        mountTrack = track;
        callsInside = 0;
      }
    }

    @Override
    public void exit(int track, long time, int function) {
      next.exit(track, time, function);
      if (track == mountTrack && callsInside-- == 0) {
        next.event(track, time, EventKind.MILESTONE, rootMounted);
        mountTrack = -1;
        mounters.clear();
      }
    }

    @Override
    public void event(int track, long time, EventKind kind, int text) {
      next.event(track, time, kind, text);
    }

    @Override
    public void end(long time) {
      next.end(time);
    }
  }
}
