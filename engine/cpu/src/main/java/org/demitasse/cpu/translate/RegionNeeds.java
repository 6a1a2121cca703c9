package org.demitasse.cpu.translate;

import java.util.BitSet;

/**
 * What must be known of a region before its code can be written, and is found by writing it once with all of it set.
 *
 * @param used registers that are read or changed, as bits
 * @param changed registers that are changed
 * @param flagReaders page offsets of blocks that read flags of before: whoever comes to them settles its flags
 * @param returnSites page offsets that follow a call
 */
record RegionNeeds(int used, int changed, BitSet flagReaders, BitSet returnSites) {
  /** All registers, and flags settled everywhere. */
  static RegionNeeds all() {
    BitSet everywhere = new BitSet();
    everywhere.set(0, 4096);
    return new RegionNeeds(0xffff, 0xffff, everywhere, new BitSet());
  }
}
