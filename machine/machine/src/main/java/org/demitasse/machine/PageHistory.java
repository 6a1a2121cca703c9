package org.demitasse.machine;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.demitasse.core.memory.DirtyBitmap;
import org.demitasse.core.memory.GuestMemory;

/** The contents of RAM at several moments: for each, the pages that were written since the one before. */
final class PageHistory {
  private static final int PAGE = 1 << DirtyBitmap.PAGE_SHIFT;
  private static final byte[] ZEROES = new byte[PAGE];

  private final GuestMemory memory;
  private final Runnable forgetWrites;
  private final List<Map<Long, byte[]>> moments = new ArrayList<>();
  private long pages;

  /**
   * Starts with no moment.
   *
   * @param forgetWrites takes write permissions from the engine after the dirty bitmap was cleared
   */
  PageHistory(GuestMemory memory, Runnable forgetWrites) {
    this.memory = memory;
    this.forgetWrites = forgetWrites;
  }

  /** Pages that are kept. */
  long pages() {
    return pages;
  }

  /** Keeps the present contents as the last moment. */
  void keep() {
    Map<Long, byte[]> changed = new HashMap<>();
    for (long page : dirty()) {
      changed.put(page, memory.readBytes(gpa(page), PAGE));
    }
    pages += changed.size();
    moments.add(changed);
    clear();
  }

  /** Makes RAM what it was at a moment. */
  void restore(int moment) {
    Set<Long> differing = new HashSet<>(dirty());
    for (int later = moment + 1; later < moments.size(); later++) {
      differing.addAll(moments.get(later).keySet());
    }
    for (long page : differing) {
      memory.writeBytes(gpa(page), contents(page, moment));
    }
    clear();
  }

  private byte[] contents(long page, int moment) {
    for (int n = moment; n >= 0; n--) {
      byte[] found = moments.get(n).get(page);
      if (found != null) {
        return found;
      }
    }
    return ZEROES;
  }

  /** Forgets the moments after one; what they had written must be restored by then. */
  void forgetAfter(int moment) {
    while (moments.size() > moment + 1) {
      Map<Long, byte[]> forgotten = moments.removeLast();
      pages -= forgotten.size();
      forgotten.keySet().forEach(memory.dirty()::mark);
    }
  }

  /** Forgets one moment between others: what it has and the next has not goes to the next. */
  void merge(int moment) {
    Map<Long, byte[]> next = moments.get(moment + 1);
    Map<Long, byte[]> merged = moments.remove(moment);
    int before = merged.size() + next.size();
    merged.forEach(next::putIfAbsent);
    pages -= before - next.size();
  }

  private List<Long> dirty() {
    DirtyBitmap bitmap = memory.dirty();
    List<Long> found = new ArrayList<>();
    for (long page = 0; page < bitmap.pages(); page++) {
      if (bitmap.isDirty(page)) {
        found.add(page);
      }
    }
    return found;
  }

  private long gpa(long page) {
    long address = page << DirtyBitmap.PAGE_SHIFT;
    long low = memory.regions().getFirst().bytes();
    return address < low ? address : address - low + GuestMemory.HIGH_START;
  }

  private void clear() {
    memory.dirty().clear();
    forgetWrites.run();
  }
}
