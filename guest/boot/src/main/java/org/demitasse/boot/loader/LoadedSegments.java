package org.demitasse.boot.loader;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.boot.BootException;
import org.demitasse.boot.Placement;
import org.demitasse.elf.ElfSegment;

/** The segments of an ELF kernel that are loaded, with their place in guest memory checked and claimed. */
final class LoadedSegments {
  private final String name;
  private final List<ElfSegment> segments;

  private LoadedSegments(String name, List<ElfSegment> segments) {
    this.name = name;
    this.segments = segments;
  }

  /**
   * Claims the segments as the pieces they are; those that touch or overlap each other as one.
   *
   * @param name the kernel's, for messages
   * @param all of the file's segments
   */
  static LoadedSegments claim(String name, List<ElfSegment> all, Placement placement) throws BootException {
    List<ElfSegment> segments = all.stream().filter(LoadedSegments::isLoaded).toList();
    for (ElfSegment segment : segments) {
      if (segment.memorySize() < 0 || !placement.memory().contains(segment.physicalAddress(), segment.memorySize())) {
        throw tooLarge(name, segment, placement);
      }
    }
    LoadedSegments loaded = new LoadedSegments(name, segments);
    loaded.claim(placement);
    return loaded;
  }

  /** Says whether a segment takes guest memory. */
  static boolean isLoaded(ElfSegment segment) {
    return segment.type() == ElfSegment.PT_LOAD && segment.memorySize() != 0;
  }

  private void claim(Placement placement) throws BootException {
    List<ElfSegment> sorted = new ArrayList<>(segments);
    sorted.sort((a, b) -> Long.compareUnsigned(a.physicalAddress(), b.physicalAddress()));
    long start = sorted.getFirst().physicalAddress();
    long end = start;
    for (ElfSegment segment : sorted) {
      if (segment.physicalAddress() > end) {
        placement.claim(name, start, end - start);
        start = segment.physicalAddress();
      }
      end = Math.max(end, segment.physicalAddress() + segment.memorySize());
    }
    placement.claim(name, start, end - start);
  }

  private static BootException tooLarge(String name, ElfSegment segment, Placement placement) {
    return new BootException(
        "%s loads 0x%x bytes at guest-physical 0x%x, which does not fit in %s of memory"
            .formatted(
                name, segment.memorySize(), segment.physicalAddress(), Placement.size(placement.memory().bytes())));
  }

  /** In the order of the file's headers. */
  List<ElfSegment> segments() {
    return segments;
  }

  /** The lowest gpa. */
  long start() {
    return segments.stream().mapToLong(ElfSegment::physicalAddress).min().orElseThrow();
  }

  /** The gpa behind the highest one. */
  long end() {
    return segments.stream().mapToLong(s -> s.physicalAddress() + s.memorySize()).max().orElseThrow();
  }

  /** Refuses an entry point that is not in what is loaded. */
  void requireInside(long entry) throws BootException {
    if (segments.stream()
        .noneMatch(s -> entry >= s.physicalAddress() && entry < s.physicalAddress() + s.memorySize())) {
      throw new BootException("%s has its entry at 0x%x, outside what it loads".formatted(name, entry));
    }
  }
}
