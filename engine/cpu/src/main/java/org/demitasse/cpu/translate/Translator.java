package org.demitasse.cpu.translate;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.interpret.Block;
import org.demitasse.cpu.interpret.BlockTranslator;
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

  /** How often a region is called without work until the JVM compiles it: over Tier3InvocationThreshold. */
  private static final int WARM_UP_CALLS = 400;

  private static final long COMPILED_CALL_NANOS = 250;
  private static final long WARM_UP_LIMIT_NANOS = 300_000_000L;

  private final PriorityBlockingQueue<Request> requests = new PriorityBlockingQueue<>();
  private final Queue<Region> ready = new ConcurrentLinkedQueue<>();
  private final AtomicLong regions = new AtomicLong();
  private final AtomicLong bytecodeBytes = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final int threshold;
  private final boolean background;
  private @Nullable Thread worker; // machine thread
  private volatile boolean closed;
  private volatile boolean tellsFlow;

  /** Makes a translator; its thread starts with the first request. */
  public Translator() {
    this(BlockTranslator.DEFAULT_THRESHOLD, true);
  }

  private Translator(int threshold, boolean background) {
    this.threshold = threshold;
    this.background = background;
  }

  /**
   * Makes a translator without a thread: it works when it is asked for finished regions, and so always does the same.
   */
  public static Translator immediate(int threshold) {
    return new Translator(threshold, false);
  }

  @Override
  public int threshold() {
    return threshold;
  }

  private record Request(Block block, int heat) implements Comparable<Request> {
    @Override
    public int compareTo(Request other) {
      return Integer.compare(other.heat, heat);
    }
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
    requests.add(new Request(block, heat));
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
        while (!closed) {
          serve(requests.take(), nobody);
        }
      } finally {
        nobody.memory.close();
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Translates a block if that is still wanted. A mistake of ours costs this block its translation, and is remembered.
   */
  private void serve(Request request, @Nullable Cpu nobody) {
    if (!request.block.isTranslatable() || request.block.isTranslated()) {
      return;
    }
    try {
      translate(request.block, nobody);
    } catch (RuntimeException | LinkageError mistake) {
      refused.incrementAndGet();
      if (failure.compareAndSet(null, mistake)) {
        System.getLogger(Translator.class.getName())
            .log(System.Logger.Level.WARNING, "hot code stays interpreted where translating it fails", mistake);
      }
    }
  }

  private void translate(Block hot, @Nullable Cpu nobody) {
    int limit = MAX_OPS;
    while (limit > 8) {
      List<Block> blocks = gather(hot, limit);
      RegionWriter.Written written = RegionWriter.write(blocks, tellsFlow);
      if (written != null) {
        if (nobody != null) {
          warmUp(written.region(), nobody);
        }
        regions.incrementAndGet();
        bytecodeBytes.addAndGet(written.bytecodeBytes());
        ready.add(written.region());
        return;
      }
      limit /= 2;
    }
    refused.incrementAndGet();
  }

  /**
   * A region that starts from a block, at once and without waiting for the JVM to compile it: for tests. Null if too
   * large.
   */
  public static @Nullable Region translateNow(Block block) {
    for (int limit = MAX_OPS; limit > 8; limit /= 2) {
      RegionWriter.Written written = RegionWriter.write(gather(block, limit), false);
      if (written != null) {
        return written.region();
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
    while (!next.isEmpty()) {
      Block block = next.remove();
      if (ops + block.count() > maxOps && !blocks.isEmpty()) {
        continue;
      }
      blocks.add(block);
      ops += block.count();
      for (Block successor : block.successors()) {
        if (successor.isTranslatable() && seen.add(successor.pageOffset())) {
          next.add(successor);
        }
      }
    }
    blocks.sort(Comparator.comparingInt(Block::pageOffset));
    return blocks;
  }

  /** Calls a region with no instruction to execute, until its calls have become as quick as compiled code. */
  private void warmUp(Region region, Cpu nobody) {
    long start = System.nanoTime();
    while (!closed && System.nanoTime() - start < WARM_UP_LIMIT_NANOS) {
      long begin = System.nanoTime();
      for (int n = 0; n < WARM_UP_CALLS; n++) {
        nobody.remaining = 0;
        region.run(nobody, 0, 0);
      }
      if ((System.nanoTime() - begin) / WARM_UP_CALLS < COMPILED_CALL_NANOS) {
        return;
      }
      LockSupport.parkNanos(100_000);
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
