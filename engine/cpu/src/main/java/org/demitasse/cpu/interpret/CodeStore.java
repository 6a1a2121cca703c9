package org.demitasse.cpu.interpret;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.demitasse.core.memory.HostMemory;

/**
 * Translated code of all machines of the JVM, by the bytes and the mode that it was made from: a machine that comes to
 * the same bytes takes it over, compiled as it is. Bounded; what was not run for longest is evicted (by the clock
 * algorithm: each round, code that ran since the last one is spared). May be used by any thread.
 */
public final class CodeStore {
  /** Bytes of bytecode that a JVM keeps unless told otherwise: three times what booting Debian's kernel makes. */
  static final long DEFAULT_LIMIT = 4L << 20;

  /** Code of a JVM is the JVM's: this is what makes it one store. */
  private static final CodeStore OF_JVM = new CodeStore(DEFAULT_LIMIT);

  private final long limit;
  private final Map<Key, List<Entry>> byBlock = new HashMap<>();
  private final Deque<Entry> clock = new ArrayDeque<>();
  private long bytecodeBytes;
  private long taken;
  private final AtomicLong evictions = new AtomicLong();

  /** Makes a store of its own, for so many bytes of bytecode. */
  public CodeStore(long limit) {
    this.limit = limit;
  }

  /** The store that machines share. */
  public static CodeStore ofJvm() {
    return OF_JVM;
  }

  /**
   * One block of translated code.
   *
   * @param pageOffset where it starts in its page
   * @param bytes its instructions
   */
  record Piece(int pageOffset, byte[] bytes) {
    /** Says whether a page has the same bytes at this place. */
    boolean isAt(long hostPage) {
      for (int n = 0; n < bytes.length; n++) {
        if (HostMemory.getByte(hostPage + pageOffset + n) != bytes[n]) {
          return false;
        }
      }
      return true;
    }

    static Piece of(long hostPage, Block block) {
      byte[] bytes = new byte[block.bytes];
      for (int n = 0; n < bytes.length; n++) {
        bytes[n] = HostMemory.getByte(hostPage + block.pageOffset + n);
      }
      return new Piece(block.pageOffset, bytes);
    }
  }

  /** What a block is found by; the bytes of its hit are compared in full. */
  private record Key(int mode, boolean tellsFlow, int pageOffset, int hash) {
    static Key of(int mode, boolean tellsFlow, Piece piece) {
      return new Key(mode, tellsFlow, piece.pageOffset, Arrays.hashCode(piece.bytes));
    }
  }

  /**
   * Code and what it was made from.
   *
   * @param code the code
   * @param mode the mode of its blocks
   * @param tellsFlow whether it tells of calls and returns
   * @param pieces its blocks by entry number
   * @param bytecodeBytes its size
   * @param quick whether it is compiled quickly and not well
   */
  record Entry(
      TranslatedCode code, int mode, boolean tellsFlow, List<Piece> pieces, int bytecodeBytes, boolean quick) {}

  /** Adds code. */
  synchronized void add(Entry entry) {
    for (Piece piece : entry.pieces) {
      byBlock.computeIfAbsent(Key.of(entry.mode, entry.tellsFlow, piece), _ -> new ArrayList<>(1)).add(entry);
    }
    clock.addLast(entry);
    bytecodeBytes += entry.bytecodeBytes;
    while (bytecodeBytes > limit && clock.size() > 1) {
      Entry oldest = clock.removeFirst();
      if (oldest.code.used) {
        oldest.code.used = false;
        clock.addLast(oldest);
      } else {
        evict(oldest);
      }
    }
  }

  /** Evicts code that better code of the same blocks has taken the place of. */
  @SuppressWarnings("ReferenceEquality") // this very code
  synchronized void replace(TranslatedCode old, Entry better) {
    add(better);
    for (Entry entry : List.copyOf(clock)) {
      if (entry.code == old) {
        clock.remove(entry);
        evict(entry);
      }
    }
  }

  private void evict(Entry entry) {
    entry.code.evicted = true;
    bytecodeBytes -= entry.bytecodeBytes;
    for (Piece piece : entry.pieces) {
      Key key = Key.of(entry.mode, entry.tellsFlow, piece);
      List<Entry> entries = byBlock.get(key);
      if (entries != null) {
        entries.remove(entry);
        if (entries.isEmpty()) {
          byBlock.remove(key);
        }
      }
    }
    evictions.incrementAndGet();
  }

  /** Code that has a block: the candidates, whose other blocks must be compared. */
  synchronized List<Entry> find(int mode, boolean tellsFlow, Piece piece) {
    List<Entry> entries = byBlock.get(Key.of(mode, tellsFlow, piece));
    return entries == null ? List.of() : List.copyOf(entries);
  }

  /** A machine took code over from another. */
  synchronized void countTaken() {
    taken++;
  }

  /** How often code that one machine had made was taken over by another, or by itself after it had lost it. */
  public synchronized long taken() {
    return taken;
  }

  /** Regions in the store. */
  public synchronized int regions() {
    return clock.size();
  }

  /** Bytes of bytecode in the store. */
  public synchronized long bytecodeBytes() {
    return bytecodeBytes;
  }

  /** Regions evicted so far: machines that use one let go of it at their next turn. */
  public long evictions() {
    return evictions.get();
  }

  /** Says whether there is nothing to be found. */
  public synchronized boolean isEmpty() {
    return clock.isEmpty();
  }
}
