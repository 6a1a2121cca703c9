package org.demitasse.cpu.translate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.interpret.Block;
import org.demitasse.cpu.interpret.BlockTranslator;
import org.demitasse.cpu.interpret.CodeStore;
import org.demitasse.cpu.interpret.Region;
import org.demitasse.cpu.mmu.CodeWatcher;
import org.jspecify.annotations.Nullable;

/**
 * Translates hot blocks of one machine in the background, hottest first. A region is handed over only when the JVM has
 * compiled it: until then the interpreter is faster.
 */
public final class Translator implements BlockTranslator, AutoCloseable {
  /** Most ops of a region (DESIGN 5). */
  static final int MAX_OPS = 300;

  /** A block that was executed this many times less than the hot one is left out of its region. */
  private static final int COLD = 200;

  /**
   * How often a region is called without work so that the JVM compiles it: over Tier3InvocationThreshold, and a
   * multiple of the 128 after which it looks (Tier0InvokeNotifyFreqLog).
   */
  private static final int WARM_UP_CALLS = 384;

  /** How often it is called to see whether it is compiled. A busy JVM wants more calls before it compiles. */
  private static final int PROBE_CALLS = 32;

  private static final int PROBES = 4;

  private static final long FIRST_PAUSE_NANOS = 500_000;

  private static final long COMPILED_CALL_NANOS = 80;
  private static final long WARM_UP_LIMIT_NANOS = 3_000_000_000L;

  private final BlockingQueue<Block> requests = new LinkedBlockingQueue<>();
  private final Queue<Region> ready = new ConcurrentLinkedQueue<>();
  private final AtomicLong regions = new AtomicLong();
  private final AtomicLong bytecodeBytes = new AtomicLong();
  private final AtomicLong workNanos = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final int threshold;
  private final boolean background;
  private final @Nullable CodeStore store;
  private @Nullable Thread worker; // machine thread
  private volatile boolean closed;
  private volatile boolean tellsFlow;

  /** Makes a translator that shares its code with others; its thread starts with the first request. */
  public Translator(CodeStore store) {
    this(BlockTranslator.DEFAULT_THRESHOLD, true, store);
  }

  private Translator(int threshold, boolean background, @Nullable CodeStore store) {
    this.threshold = threshold;
    this.background = background;
    this.store = store;
  }

  /**
   * Makes a translator without a thread: it works when it is asked for finished regions, and so always does the same.
   */
  public static Translator immediate(int threshold) {
    return new Translator(threshold, false, null);
  }

  /** As {@link #immediate(int)}, sharing its code with others. */
  public static Translator immediate(int threshold, CodeStore store) {
    return new Translator(threshold, false, store);
  }

  @Override
  public int threshold() {
    return threshold;
  }

  @Override
  public @Nullable CodeStore store() {
    return store;
  }

  @Override
  public boolean tellsFlow() {
    return tellsFlow;
  }

  /** From now on, translated code tells of calls and returns; what was translated before does not. */
  public void tellFlow() {
    tellsFlow = true;
  }

  @Override
  public void request(Block block, int heat) {
    if (closed) {
      return;
    }
    requests.add(block);
    if (background && worker == null) {
      Thread thread = new Thread(this::work, "demitasse-translator");
      thread.setDaemon(true);
      worker = thread;
      thread.start();
    }
  }

  @Override
  public @Nullable Region poll() {
    Region region = ready.poll();
    while (region == null && !background && !requests.isEmpty()) {
      serve(requests.remove(), null);
      region = ready.poll();
    }
    return region;
  }

  /** Regions made so far. */
  public long regions() {
    return regions.get();
  }

  /** Host nanoseconds that its thread has worked. */
  public long workNanos() {
    return workNanos.get();
  }

  /** Blocks that could not be translated. */
  public long refused() {
    return refused.get();
  }

  /** The first mistake of ours that kept a block from being translated, or null. */
  public @Nullable Throwable failure() {
    return failure.get();
  }

  /** Bytes of bytecode of all regions. */
  public long bytecodeBytes() {
    return bytecodeBytes.get();
  }

  private void work() {
    try (GuestMemory memory = new GuestMemory(4096)) {
      Cpu nobody = new Cpu(memory, new Bus("memory"), new Bus("port"), new NoCode());
      try {
        List<Block> waiting = new ArrayList<>();
        while (!closed) {
          if (waiting.isEmpty()) {
            waiting.add(requests.take());
          }
          requests.drainTo(waiting);
          long start = System.nanoTime();
          serve(hottest(waiting), nobody);
          workNanos.addAndGet(System.nanoTime() - start);
        }
      } finally {
        nobody.memory.close();
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes out the block that was executed most by now, so that what cools down while it waits need not be compiled. */
  private static Block hottest(List<Block> waiting) {
    Block last = waiting.getLast();
    waiting.removeIf(block -> block.isTranslated() || !block.isTranslatable());
    if (waiting.isEmpty()) {
      return last; // which will be seen to need nothing
    }
    int best = 0;
    for (int n = 1; n < waiting.size(); n++) {
      if (waiting.get(n).executions() > waiting.get(best).executions()) {
        best = n;
      }
    }
    Block hottest = waiting.get(best);
    waiting.set(best, waiting.getLast());
    waiting.removeLast();
    return hottest;
  }

  /**
   * Translates a block if that is still wanted. A mistake of ours costs this block its translation, and is remembered.
   */
  private void serve(Block block, @Nullable Cpu nobody) {
    if (!block.isTranslatable() || block.isTranslated()) {
      return;
    }
    try {
      translate(block, nobody);
    } catch (RuntimeException | LinkageError mistake) {
      refused.incrementAndGet();
      if (failure.compareAndSet(null, mistake)) {
        System.getLogger(Translator.class.getName())
            .log(System.Logger.Level.WARNING, "hot code stays interpreted where translating it fails", mistake);
      }
    }
  }

  private void translate(Block hot, @Nullable Cpu nobody) {
    for (int limit = MAX_OPS; limit > 8 && !closed; limit /= 2) {
      Region region = RegionWriter.write(gather(hot, limit), tellsFlow);
      if (region != null && (nobody == null || warmUp(region, nobody))) {
        regions.incrementAndGet();
        bytecodeBytes.addAndGet(region.bytecodeBytes());
        ready.add(region);
        return;
      }
    }
    refused.incrementAndGet();
  }

  /**
   * A region that starts from a block, at once and without waiting for the JVM to compile it: for tests. Null if too
   * large.
   */
  public static @Nullable Region translateNow(Block block) {
    for (int limit = MAX_OPS; limit > 8; limit /= 2) {
      Region region = RegionWriter.write(gather(block, limit), false);
      if (region != null) {
        return region;
      }
    }
    return null;
  }

  /** The hot block and what was seen to follow it in its page, nearest first. */
  private static List<Block> gather(Block hot, int maxOps) {
    List<Block> blocks = new ArrayList<>();
    Set<Integer> seen = new HashSet<>(); // by place: while this is read, a block may be replaced by a new one
    Deque<Block> next = new ArrayDeque<>();
    next.add(hot);
    seen.add(hot.pageOffset());
    int ops = 0;
    int least = hot.executions() / COLD;
    while (!next.isEmpty()) {
      Block block = next.remove();
      if (ops + block.count() > maxOps && !blocks.isEmpty()) {
        continue;
      }
      blocks.add(block);
      ops += block.count();
      for (Block successor : block.successors()) {
        boolean warm = successor.executions() >= least || successor.isTranslated();
        if (warm && successor.isTranslatable() && seen.add(successor.pageOffset())) {
          next.add(successor);
        }
      }
    }
    blocks.sort(Comparator.comparingInt(Block::pageOffset));
    return blocks;
  }

  /**
   * Calls a region with no instruction to execute, until its calls have become as quick as compiled code. The JVM
   * compiles on a thread of its own: all that this one may do is to ask and to sleep.
   *
   * @return false if the JVM does not compile it: C1 gives up on methods whose locals need too much stack, and for what
   *     it interprets the guest would pay
   */
  private boolean warmUp(Region region, Cpu nobody) {
    long start = System.nanoTime();
    long pause = FIRST_PAUSE_NANOS;
    call(region, nobody, WARM_UP_CALLS);
    while (!closed && System.nanoTime() - start < WARM_UP_LIMIT_NANOS) {
      LockSupport.parkNanos(pause);
      if (isQuick(region, nobody)) {
        return true;
      }
      pause += pause / 2;
    }
    return false;
  }

  /** Several short tries: this thread may lose its processor in any one of them. */
  private static boolean isQuick(Region region, Cpu nobody) {
    for (int n = 0; n < PROBES; n++) {
      long begin = System.nanoTime();
      call(region, nobody, PROBE_CALLS);
      if ((System.nanoTime() - begin) / PROBE_CALLS < COMPILED_CALL_NANOS) {
        return true;
      }
    }
    return false;
  }

  private static void call(Region region, Cpu nobody, int times) {
    for (int n = 0; n < times; n++) {
      nobody.remaining = 0;
      region.run(nobody, 0, 0);
    }
  }

  @Override
  public void close() {
    closed = true;
    Thread thread = worker;
    if (thread != null) {
      thread.interrupt();
    }
  }

  private static final class NoCode implements CodeWatcher {
    @Override
    public boolean isCode(long gpa) {
      return false;
    }

    @Override
    public void beforeWrite(long gpa, int bytes) {}
  }
}
