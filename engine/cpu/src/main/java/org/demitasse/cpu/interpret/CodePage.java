package org.demitasse.cpu.interpret;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The decoded blocks of one 4 KiB page of RAM, by offset and mode, and which of its bytes they cover. */
final class CodePage {
  /** Blocks by key, open addressing. The translator's thread reads it, too: what it misses, it misses. */
  private record Table(int[] keys, @Nullable Block[] blocks) {
    Table(int places) {
      this(new int[places], new @Nullable Block[places]);
    }
  }

  /** gpa of its first byte. */
  final long gpa;

  private Table table = new Table(16);
  private int count;
  private final long[] covered = new long[64];
  private final long[] alone = new long[64];

  CodePage(long gpa) {
    this.gpa = gpa;
  }

  private static int key(int offset, int mode) {
    return mode << 12 | offset;
  }

  private static int hash(int key) {
    int mixed = key * 0x9E37_79B1;
    return mixed ^ mixed >>> 15;
  }

  /** The valid block at an offset in a mode, or null. */
  @Nullable Block find(int offset, int mode) {
    Table read = table;
    int key = key(offset, mode);
    int mask = read.keys.length - 1;
    for (int place = hash(key) & mask; ; place = place + 1 & mask) {
      Block block = read.blocks[place];
      if (block == null) {
        return null;
      }
      if (read.keys[place] == key) {
        return block.valid ? block : null;
      }
    }
  }

  /** Adds a block, in place of an invalid one. */
  void add(int mode, Block block) {
    if (count * 2 >= table.keys.length) {
      grow();
    }
    put(key(block.pageOffset, mode), block);
    for (int n = block.pageOffset; n < Math.min(4096, block.pageOffset + block.bytes); n++) {
      covered[n >>> 6] |= 1L << n;
    }
  }

  private void put(int key, Block block) {
    if (put(table, key, block)) {
      count++;
    }
  }

  /** Puts a block; true if the key is new. */
  private static boolean put(Table into, int key, Block block) {
    int mask = into.keys.length - 1;
    int place = hash(key) & mask;
    while (into.blocks[place] != null && into.keys[place] != key) {
      place = place + 1 & mask;
    }
    boolean fresh = into.blocks[place] == null;
    into.keys[place] = key;
    into.blocks[place] = block;
    return fresh;
  }

  private void grow() {
    Table old = table;
    Table larger = new Table(old.keys.length * 2);
    count = 0;
    for (int n = 0; n < old.keys.length; n++) {
      Block block = old.blocks[n];
      if (block != null && block.valid && put(larger, old.keys[n], block)) {
        count++;
      }
    }
    table = larger;
  }

  /** Says whether any of [offset, offset + bytes) is code. */
  boolean covers(int offset, int bytes) {
    int end = Math.min(4096, offset + bytes);
    for (int n = offset; n < end; n++) {
      if ((covered[n >>> 6] >>> n & 1) != 0) {
        return true;
      }
    }
    return false;
  }

  /** Invalidates the blocks that overlap a range; gives true if none is left. */
  boolean invalidate(int offset, int bytes) {
    boolean left = false;
    Arrays.fill(covered, 0);
    for (Block block : table.blocks) {
      if (block != null && block.valid) {
        if (block.pageOffset < offset + bytes && offset < block.pageOffset + block.bytes) {
          block.invalidate();
        } else {
          left = true;
          for (int n = block.pageOffset; n < Math.min(4096, block.pageOffset + block.bytes); n++) {
            covered[n >>> 6] |= 1L << n;
          }
        }
      }
    }
    return !left;
  }

  /** Invalidates the blocks that have the instruction at an offset, other than the one that is it alone. */
  void invalidateAt(int offset) {
    for (Block block : table.blocks) {
      if (block != null && block.valid && !block.alone && block.overlaps(offset, 1)) {
        block.invalidate();
      }
    }
  }

  /**
   * Invalidates blocks without translated code that go on over the start of one of these, which have: decoded again
   * they end there.
   */
  void cutAt(List<Block> translated) {
    BitSet starts = new BitSet(4096);
    int mode = translated.getFirst().mode;
    translated.forEach(block -> starts.set(block.pageOffset));
    for (Block block : table.blocks) {
      if (block != null && block.valid && block.mode == mode && !block.isTranslated()) {
        int next = starts.nextSetBit(block.pageOffset + 1);
        if (next >= 0 && next < block.pageOffset + block.bytes) {
          block.invalidate();
        }
      }
    }
  }

  /** Invalidates all blocks. */
  void invalidateAll() {
    for (Block block : table.blocks) {
      if (block != null) {
        block.invalidate();
      }
    }
  }

  /** Remembers that the instruction at an offset must be a block of its own. */
  void markAlone(int offset) {
    alone[offset >>> 6] |= 1L << offset;
  }

  /** Says whether the instruction at an offset must be a block of its own. */
  boolean isAlone(int offset) {
    return (alone[offset >>> 6] >>> offset & 1) != 0;
  }

  /** All blocks, for reports. */
  List<Block> all() {
    return Arrays.stream(table.blocks).filter(block -> block != null && block.valid).map(CodePage::present).toList();
  }

  private static Block present(@Nullable Block block) {
    if (block == null) {
      throw new IllegalStateException("filtered out above");
    }
    return block;
  }
}
