package org.demitasse.cpu.interpret;

import java.util.Arrays;
import org.demitasse.core.memory.HostMemory;
import org.jspecify.annotations.Nullable;

/**
 * What is at the addresses that one CPU came to last, by linear address: found without a walk, a page or a block being
 * looked at. A guest that is spread thin misses the host's caches at each object that the way to its next code goes
 * through, one after the other; so what decides is in one line of memory outside the Java heap, found by arithmetic,
 * and the code in an array that is read at the same time.
 *
 * <p>An entry is the linear address (8 bytes), the tag (4), the number of the page of guest memory (4), the entry
 * number in the region (4), how many ops the block has (4), and 8 bytes that keep it in one line.
 */
final class JumpCache {
  private static final int PLACES = 4096;
  private static final int ENTRY_SHIFT = 5;
  private static final int TAG = 8;
  private static final int PAGE = 12;
  private static final int ENTRY = 16;
  private static final int COUNT = 20;

  /** A linear address that no code has. */
  private static final long NOWHERE = Long.MIN_VALUE;

  private final HostMemory.Block table = HostMemory.allocate((long) PLACES << ENTRY_SHIFT);
  private final long address = table.address();
  private final @Nullable TranslatedCode[] codes = new @Nullable TranslatedCode[PLACES];
  private final @Nullable Region[] regions = new @Nullable Region[PLACES];
  private final @Nullable Block[] blocks = new @Nullable Block[PLACES];

  JumpCache() {
    clear();
  }

  /** The number of the place where an address is remembered. */
  static int place(long linear) {
    return (int) (linear ^ linear >>> 12) & PLACES - 1;
  }

  private long at(int place) {
    return address + ((long) place << ENTRY_SHIFT);
  }

  /**
   * Says whether a place tells of this address.
   *
   * @param tag what must be as it was when that was noted: it changes with every mapping that was used for fetching,
   *     and whenever a region goes out of use
   */
  boolean isOf(int place, long linear, int tag) {
    long at = at(place);
    return HostMemory.getLong(at) == linear && HostMemory.getInt(at + TAG) == tag;
  }

  /** Remembers a block, which is in a page of guest memory of this number. */
  void set(int place, long linear, int tag, long page, Block block) {
    long at = at(place);
    HostMemory.putLong(at, linear);
    HostMemory.putInt(at + TAG, tag);
    HostMemory.putInt(at + PAGE, (int) page);
    codes[place] = null;
    regions[place] = null;
    blocks[place] = block;
  }

  /** The block there; null if nothing is known. */
  @Nullable Block block(int place) {
    return blocks[place];
  }

  /** The number of the page of guest memory that it is in. */
  long page(int place) {
    return HostMemory.getInt(at(place) + PAGE) & 0xffff_ffffL;
  }

  /** The block's translated code, or null. */
  @Nullable TranslatedCode code(int place) {
    TranslatedCode known = codes[place]; // a region that goes out of use changes the tag
    return known != null ? known : lookAgain(place);
  }

  /** The region of {@link #code}. */
  @Nullable Region region(int place) {
    return regions[place];
  }

  /** The block's entry number in {@link #code}. */
  int entry(int place) {
    return HostMemory.getInt(at(place) + ENTRY);
  }

  /** How many ops the block of {@link #code} has. */
  int count(int place) {
    return HostMemory.getInt(at(place) + COUNT);
  }

  private @Nullable TranslatedCode lookAgain(int place) {
    Block block = blocks[place];
    Region region = block == null || !block.valid ? null : block.region;
    if (block == null || region == null) {
      return null;
    }
    long at = at(place);
    HostMemory.putInt(at + ENTRY, block.entry);
    HostMemory.putInt(at + COUNT, block.ops.length);
    regions[place] = region;
    codes[place] = region.code;
    return region.code;
  }

  /** Forgets all. */
  void clear() {
    for (int place = 0; place < PLACES; place++) {
      HostMemory.putLong(at(place), NOWHERE);
    }
    Arrays.fill(codes, null);
    Arrays.fill(regions, null);
    Arrays.fill(blocks, null);
  }

  /** Frees its memory. */
  void close() {
    HostMemory.free(table);
  }
}
