package org.demitasse.cpu.interpret;

import org.jspecify.annotations.Nullable;

/**
 * What is at the addresses that one CPU came to last, by linear address: found without a walk, a page or a block being
 * looked at. All that an entry of translated code needs is in one place of some 50 bytes, because a guest that is
 * spread thin misses the host's caches at each object it goes through.
 */
final class JumpCache {
  private static final int PLACES = 4096;

  /** What is at one address. */
  static final class Place {
    /** The address. */
    long linear;

    /** The number of the page of guest memory that it is in. */
    long page;

    /** What must be as it was for this to hold. */
    int tag;

    /** Entry number in the region, and how many ops the block has. */
    int entry;

    int count;

    /** The block; null when nothing is known. */
    @Nullable Block block;

    /** A region that has it; may be out of use. */
    @Nullable Region region;

    /** Says whether it tells of this address. */
    boolean isOf(long address, int stamp) {
      return linear == address && tag == stamp && block != null;
    }

    /** Remembers a block. */
    void set(long address, int stamp, long pageNumber, Block found) {
      linear = address;
      tag = stamp;
      page = pageNumber;
      block = found;
      region = null;
    }

    /** The region in use that has the block, or null. */
    @Nullable Region regionInUse() {
      Region known = region; // while it is in use, its blocks are as they were, and they are its
      return known != null && known.inUse ? known : lookAgain();
    }

    private @Nullable Region lookAgain() {
      Block at = block;
      if (at == null || !at.valid) {
        return null;
      }
      region = at.region;
      entry = at.entry;
      count = at.ops.length;
      return region;
    }

    private void forget() {
      block = null;
      region = null;
    }
  }

  private final Place[] places = new Place[PLACES];

  JumpCache() {
    for (int n = 0; n < PLACES; n++) {
      places[n] = new Place();
    }
  }

  /** Where an address is remembered. */
  Place at(long linear) {
    return places[(int) (linear ^ linear >>> 12) & PLACES - 1];
  }

  /** Forgets all. */
  void clear() {
    for (Place place : places) {
      place.forget();
    }
  }
}
