package org.demitasse.elf;

import java.util.List;
import java.util.OptionalLong;

/**
 * Where an executable's code is linked and where it is loaded: a kernel runs at its physical addresses until it has
 * mapped itself. Immutable.
 *
 * @param pieces its executable segments that are linked elsewhere than they are loaded
 */
public record Linkage(List<Piece> pieces) {
  /** Of a program of which nothing is known, or that is loaded where it is linked. */
  public static final Linkage NONE = new Linkage(List.of());

  private static final int PF_X = 1;

  /**
   * A segment.
   *
   * @param physical where it is loaded
   * @param linear where it is linked
   * @param bytes its size in memory
   */
  public record Piece(long physical, long linear, long bytes) {}

  /** Keeps its own copy. */
  public Linkage {
    pieces = List.copyOf(pieces);
  }

  /** Of a file. */
  public static Linkage of(ElfFile elf) {
    return new Linkage(
        elf.segments().stream()
            .filter(segment -> segment.type() == ElfSegment.PT_LOAD && (segment.flags() & PF_X) != 0)
            .filter(segment -> segment.virtualAddress() != segment.physicalAddress())
            .map(segment -> new Piece(segment.physicalAddress(), segment.virtualAddress(), segment.memorySize()))
            .toList());
  }

  /** Where code is linked that is loaded at an address. */
  public OptionalLong linear(long physical) {
    for (Piece piece : pieces) {
      if (Long.compareUnsigned(physical - piece.physical, piece.bytes) < 0) {
        return OptionalLong.of(physical - piece.physical + piece.linear);
      }
    }
    return OptionalLong.empty();
  }

  /** Where code is loaded that is linked at an address. */
  public OptionalLong physical(long linear) {
    for (Piece piece : pieces) {
      if (Long.compareUnsigned(linear - piece.linear, piece.bytes) < 0) {
        return OptionalLong.of(linear - piece.linear + piece.physical);
      }
    }
    return OptionalLong.empty();
  }
}
