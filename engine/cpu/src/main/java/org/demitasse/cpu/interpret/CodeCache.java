package org.demitasse.cpu.interpret;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.memory.WriteListener;
import org.demitasse.cpu.fault.RunAlone;
import org.demitasse.cpu.mmu.CodeWatcher;
import org.demitasse.cpu.mmu.LinearMemory;
import org.jspecify.annotations.Nullable;

/** The decoded code of one machine, by page of RAM; shared by its CPUs. Learns of every write to those pages. */
public final class CodeCache implements CodeWatcher, WriteListener {
  private static final int MIN_SWEEP = 256;

  private final GuestMemory memory;
  private final @Nullable CodePage[] pages;
  private final List<LinearMemory> views = new ArrayList<>();
  private final RunAlone runAlone = new RunAlone();

  /** The block that runs now, and the page it is in. */
  @Nullable Block running;

  long runningPage = -1;

  /** The region that runs now, instead of a block. */
  @Nullable Region runningRegion;

  /** How many breakpoints there are at each offset in a page, of any page: code is kept by physical page. */
  private final int[] watched = new int[4096];

  /** Regions put in place, some of them dropped since. */
  private final List<Region> regions = new ArrayList<>();

  private int sweepAt = MIN_SWEEP;
  private long seenEvictions;
  private long invalidations;
  private long built;
  private int drops;

  public CodeCache(GuestMemory memory) {
    this.memory = memory;
    pages = new @Nullable CodePage[Math.toIntExact(memory.bytes() >>> 12)];
    memory.onWrite(this);
  }

  /** Adds a CPU's view of memory, whose write permissions end when a page becomes code. */
  public void addView(LinearMemory view) {
    views.add(view);
  }

  /** The page of code at a gpa; made if there is none. */
  CodePage page(long gpa) {
    int index = (int) memory.pageIndex(gpa);
    CodePage page = pages[index];
    if (page == null) {
      page = new CodePage(gpa & -4096L);
      pages[index] = page;
      for (LinearMemory view : views) {
        view.forgetWrites();
      }
    }
    return page;
  }

  /** Puts a region in place. */
  void use(Region region) {
    TranslatedCode replaced = region.replaces;
    if (replaced != null) {
      dropUses(replaced);
    }
    region.place = this;
    List<Block> blocks = region.blocks();
    for (int n = 0; n < blocks.size(); n++) {
      blocks.get(n).heldBy(region, n);
    }
    blocks.getFirst().page.cutAt(blocks);
    if (regions.size() >= sweepAt) {
      regions.removeIf(one -> !one.inUse);
      sweepAt = Math.max(MIN_SWEEP, regions.size() * 2);
    }
    regions.add(region);
  }

  @SuppressWarnings("ReferenceEquality") // this very code
  private void dropUses(TranslatedCode code) {
    for (Region region : regions) {
      if (region.inUse && region.code == code) {
        region.drop();
      }
    }
  }

  /** Takes regions out of use whose code has been evicted since the last call. */
  void dropEvicted(CodeStore store) {
    long evictions = store.evictions();
    if (evictions != seenEvictions) {
      seenEvictions = evictions;
      for (Region region : regions) {
        if (region.code.evicted) {
          region.drop();
        }
      }
      regions.removeIf(region -> !region.inUse);
    }
  }

  /** Regions in use. */
  public long regions() {
    return regions.stream().filter(region -> region.inUse).count();
  }

  /** A region in place goes out of use. */
  void countDrop() {
    drops++;
  }

  /** How many regions have gone out of use: what remembers regions is to be forgotten when this changes. */
  int drops() {
    return drops;
  }

  /** Counts a block that was decoded. */
  void countBuilt() {
    built++;
  }

  /** Blocks decoded so far. */
  public long built() {
    return built;
  }

  /**
   * What the interpreter executed, by the kind of the op ({@code Kind}), and what one after the other in a block
   * ({@code Kind Kind}): of the blocks that are still there.
   */
  public Map<String, Long> executedOps() {
    OpPairs pairs = new OpPairs();
    for (CodePage page : pages) {
      if (page != null) {
        pairs.add(page.all());
      }
    }
    return pairs.counts();
  }

  /** Writes that hit decoded code so far. */
  public long invalidations() {
    return invalidations;
  }

  @Override
  public boolean isCode(long gpa) {
    return pages[(int) memory.pageIndex(gpa)] != null;
  }

  @Override
  public void beforeWrite(long gpa, int bytes) {
    int index = (int) memory.pageIndex(gpa);
    CodePage page = pages[index];
    int offset = (int) gpa & 4095;
    if (page == null || !page.covers(offset, bytes)) {
      return;
    }
    if (index == runningPage && runs(offset, bytes)) {
      throw runAlone;
    }
    forget(index, page, offset, bytes);
  }

  /**
   * Says whether the code that runs now, and goes on after this instruction, has any of [offset, offset + bytes) of its
   * page.
   */
  private boolean runs(int offset, int bytes) {
    Region region = runningRegion;
    if (region != null) {
      for (Block block : region.blocks()) {
        if (block.overlaps(offset, bytes)) {
          return true;
        }
      }
      return false;
    }
    Block block = running;
    return block != null && !block.alone && block.overlaps(offset, bytes);
  }

  /** Makes the instructions at this offset of all pages ask {@link org.demitasse.cpu.core.Cpu#executeWatch} first. */
  public void watch(int offset) {
    watched[offset]++;
    forgetEverywhere(offset);
  }

  /** Ends one {@link #watch}. */
  public void unwatch(int offset) {
    watched[offset]--;
    forgetEverywhere(offset);
  }

  boolean isWatched(int offset) {
    return watched[offset & 4095] != 0;
  }

  private void forgetEverywhere(int offset) {
    for (int index = 0; index < pages.length; index++) {
      CodePage page = pages[index];
      if (page != null && page.covers(offset, 1)) {
        forget(index, page, offset, 1);
      }
    }
  }

  /**
   * Lets go of all blocks, to be decoded again when they are executed again; and of regions, which are found again in
   * the store. Nothing may be running. Counts as no invalidation.
   */
  public void forgetAll() {
    for (int index = 0; index < pages.length; index++) {
      CodePage page = pages[index];
      if (page != null) {
        page.invalidateAll();
        pages[index] = null;
      }
    }
    regions.clear();
    running = null;
    runningPage = -1;
    runningRegion = null;
  }

  private void forget(int index, CodePage page, int offset, int bytes) {
    invalidations++;
    if (page.invalidate(offset, bytes)) {
      pages[index] = null;
    }
  }

  /** A device writes: nothing of it can be running but the one instruction that asked for it. */
  @Override
  public void written(long gpa, long bytes) {
    long end = gpa + bytes;
    while (gpa < end) {
      long next = Math.min(end, (gpa & ~4095L) + 4096);
      int index = (int) memory.pageIndex(gpa);
      CodePage page = pages[index];
      int offset = (int) gpa & 4095;
      if (page != null && page.covers(offset, (int) (next - gpa))) {
        forget(index, page, offset, (int) (next - gpa));
      }
      gpa = next;
    }
  }
}
