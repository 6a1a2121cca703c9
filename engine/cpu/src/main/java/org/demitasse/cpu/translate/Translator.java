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
import org.demitasse.core.host.HostCompiler;
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

  /** A region of fewer ops is not worth it. */
  private static final int MIN_OPS = 8;

  /** Regions that the JVM compiles at once, or has queued. */
  private static final int AT_ONCE = 3;

  /** Lasting regions that C2 compiles at once, or that are profiled for it. */
  private static final int PROFILED_AT_ONCE = 2;

  private static final long PAUSE_NANOS = 1_000_000;

  /** How often to look whether a machine, which may be idle, has taken what was handed over. */
  private static final long TURN_NANOS = 20_000_000;

  /**
   * Instructions executed in a quick region after which it is made anew for C2: C2 needs some 40 ms for one, about as
   * long as quick code for as many, and its code is about twice as fast.
   */
  private static final long IMPROVEMENT_WORK = 20_000_000;

  private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
  private final Queue<Region> ready = new ConcurrentLinkedQueue<>();

  /** Of the thread: what was asked for, what the JVM compiles, and what was handed over but is not in place yet. */
  private final List<Request> waiting = new ArrayList<>();

  private final List<WarmUp> warming = new ArrayList<>();
  private final List<WarmUp> profiled = new ArrayList<>();
  private final List<Region> handedOver = new ArrayList<>();
  private final AtomicLong regions = new AtomicLong();
  private final AtomicLong bytecodeBytes = new AtomicLong();
  private final AtomicLong workNanos = new AtomicLong();
  private final AtomicLong improved = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private final int threshold;
  private final boolean background;
  private final long improvementWork;
  private final @Nullable CodeStore store;
  private @Nullable Thread worker; // machine thread
  private volatile boolean closed;
  private volatile boolean tellsFlow;

  /** Makes a translator that shares its code with others; its thread starts with the first request. */
  public Translator(CodeStore store) {
    this(BlockTranslator.DEFAULT_THRESHOLD, true, store, IMPROVEMENT_WORK);
  }

  private Translator(int threshold, boolean background, @Nullable CodeStore store, long improvementWork) {
    this.threshold = threshold;
    this.background = background;
    this.improvementWork = improvementWork;
    this.store = store;
  }

  /**
   * Makes a translator without a thread: it works when it is asked for finished regions, and so always does the same.
   */
  public static Translator immediate(int threshold) {
    return new Translator(threshold, false, null, Long.MAX_VALUE);
  }

  /** As {@link #immediate(int)}, with quick regions, which stay as they are. */
  public static Translator immediateQuick(int threshold) {
    return new Translator(threshold, false, null, Long.MAX_VALUE - 1);
  }

  /** As {@link #immediate(int)}, sharing its code with others. */
  public static Translator immediate(int threshold, CodeStore store) {
    return immediate(threshold, store, Long.MAX_VALUE);
  }

  /** As {@link #immediate(int, CodeStore)}, with quick regions that are made anew after so many instructions. */
  public static Translator immediate(int threshold, CodeStore store, long improvementWork) {
    return new Translator(threshold, false, store, improvementWork);
  }

  @Override
  public int threshold() {
    return threshold;
  }

  @Override
  public long improvementWork() {
    return improvementWork;
  }

  @Override
  public void improve(Region region) {
    ask(new Request(region.blocks().getFirst(), region, MAX_OPS));
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
    ask(new Request(block, null, MAX_OPS));
  }

  private void ask(Request request) {
    if (closed) {
      return;
    }
    requests.add(request);
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

  /** Of these, quick ones that were made anew. */
  public long improved() {
    return improved.get();
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
        while (!closed) {
          if (waiting.isEmpty() && warming.isEmpty()) {
            waiting.add(requests.take());
          }
          requests.drainTo(waiting);
          long start = System.nanoTime();
          Request next = warming.size() < AT_ONCE ? hottest() : null;
          if (next != null) {
            serve(next, nobody);
          } else if (!warming.isEmpty()) {
            LockSupport.parkNanos(PAUSE_NANOS);
          } else if (!waiting.isEmpty()) {
            LockSupport.parkNanos(TURN_NANOS);
          }
          lookAtWarming(nobody);
          workNanos.addAndGet(System.nanoTime() - start);
        }
      } finally {
        nobody.memory.close();
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  /** Hands over what the JVM has compiled; what it does not compile is tried again, smaller. */
  private void lookAtWarming(Cpu nobody) {
    for (WarmUp one : List.copyOf(warming)) {
      if (one.isCompiled(nobody)) {
        warming.remove(one);
        if (one.request.region != null) {
          profiled.add(one);
        }
        handOver(one.region);
      } else if (one.isTooLate()) {
        warming.remove(one);
        if (one.request.region == null && one.request.maxOps > MIN_OPS) {
          waiting.add(new Request(one.request.block, null, one.request.maxOps / 2));
        } else {
          refused.incrementAndGet();
        }
      }
    }
  }

  /**
   * Something to be made.
   *
   * @param block the block that is hot
   * @param region the region to make anew, better; null for a first one
   * @param maxOps most ops of the region
   */
  record Request(Block block, @Nullable Region region, int maxOps) {
    boolean isWanted() {
      return region == null
          ? block.isTranslatable() && !block.isTranslated()
          : !region.isEvicted() && region.blocks().stream().allMatch(Block::isTranslatable);
    }

    /** What runs in a region that is to be made better is hotter than any block that is interpreted. */
    int heat() {
      return region != null ? Integer.MAX_VALUE : block.executions();
    }
  }

  /**
   * Takes out the block that was executed most by now, so that what cools down while it waits need not be compiled;
   * null if there is none, or what there is will be in a region soon, or has to wait for C2.
   */
  private @Nullable Request hottest() {
    handedOver.removeIf(Region::isSettled);
    waiting.removeIf(request -> !request.isWanted());
    profiled.removeIf(WarmUp::isFinished);
    long improving = profiled.size() + warming.stream().filter(one -> one.request.region != null).count();
    Request hottest = null;
    for (Request request : waiting) {
      boolean mayStart = request.region == null ? !isUnderWay(request) : improving < PROFILED_AT_ONCE;
      if (mayStart && (hottest == null || request.heat() > hottest.heat())) {
        hottest = request;
      }
    }
    waiting.remove(hottest);
    return hottest;
  }

  private boolean isUnderWay(Request request) {
    return request.region == null
        && (warming.stream().anyMatch(one -> one.region.blocks().contains(request.block))
            || handedOver.stream().anyMatch(region -> region.blocks().contains(request.block)));
  }

  /**
   * Translates what is asked for. A mistake of ours costs this block its translation, and is remembered.
   *
   * @param nobody a CPU to warm up with; null to hand over at once
   */
  private void serve(Request request, @Nullable Cpu nobody) {
    if (!request.isWanted()) {
      return;
    }
    try {
      Region old = request.region;
      Region region = old != null ? better(old) : translate(request.block, request.maxOps);
      if (region == null) {
        refused.incrementAndGet();
      } else if (nobody == null) {
        handOver(region);
      } else {
        warming.add(new WarmUp(request, region, nobody, HostCompiler.find()));
      }
    } catch (RuntimeException | LinkageError mistake) {
      refused.incrementAndGet();
      if (failure.compareAndSet(null, mistake)) {
        System.getLogger(Translator.class.getName())
            .log(System.Logger.Level.WARNING, "hot code stays interpreted where translating it fails", mistake);
      }
    }
  }

  /**
   * What is hot is translated for C1 first, where the JVM can be asked for that; its code is made ten times as quickly.
   */
  private boolean isQuick() {
    return background ? HostCompiler.find() != null : improvementWork != Long.MAX_VALUE;
  }

  private @Nullable Region translate(Block hot, int maxOps) {
    for (int limit = maxOps; limit > MIN_OPS; limit /= 2) {
      Region region = RegionWriter.write(gather(hot, limit), tellsFlow, isQuick());
      if (region != null) {
        return region;
      }
    }
    return null;
  }

  /** Makes a quick region anew, to be compiled well; null if it cannot be, and is left as it is. */
  private @Nullable Region better(Region old) {
    Region region = RegionWriter.write(old.blocks(), old.tellsFlow(), false);
    if (region != null) {
      region.replace(old);
      improved.incrementAndGet();
    }
    return region;
  }

  private void handOver(Region region) {
    regions.incrementAndGet();
    bytecodeBytes.addAndGet(region.bytecodeBytes());
    if (background) {
      handedOver.add(region);
    }
    ready.add(region);
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
