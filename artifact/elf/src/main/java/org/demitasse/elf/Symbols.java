package org.demitasse.elf;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The symbols of a program in address order, found by address or by name. Immutable. */
public final class Symbols {
  /** No symbols. */
  public static final Symbols NONE = new Symbols(List.of());

  /** How far behind the last symbol an address is still said to belong to it, when the symbol has no size. */
  private static final long REACH = 1L << 20;

  private final List<Symbol> inOrder;
  private final Map<String, Symbol> byName;

  /** Sorts symbols by unsigned address; those of one address keep their order. */
  public Symbols(List<Symbol> symbols) {
    List<Symbol> sorted = new ArrayList<>(symbols);
    sorted.sort(Comparator.comparing(Symbol::address, Long::compareUnsigned));
    inOrder = List.copyOf(sorted);
    byName = HashMap.newHashMap(inOrder.size());
    for (Symbol symbol : inOrder) {
      byName.putIfAbsent(symbol.name(), symbol);
    }
  }

  /** These and others. */
  public Symbols plus(Symbols others) {
    List<Symbol> both = new ArrayList<>(inOrder);
    both.addAll(others.inOrder);
    return new Symbols(both);
  }

  /** All symbols in address order. */
  public List<Symbol> all() {
    return inOrder;
  }

  /** Says whether there are none. */
  public boolean isEmpty() {
    return inOrder.isEmpty();
  }

  /** The symbol of that name; the lowest address if there are several. */
  public Optional<Symbol> named(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /**
   * The symbol that an address belongs to: the nearest at or below it. Empty if there is none, or if the address is
   * beyond that symbol's end and more than 1 MiB from its start.
   */
  public Optional<Nearest> nearest(long address) {
    int low = 0;
    int high = inOrder.size();
    while (low < high) { // the first symbol above the address
      int middle = (low + high) >>> 1;
      if (Long.compareUnsigned(inOrder.get(middle).address(), address) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    if (low == 0) {
      return Optional.empty();
    }
    Symbol symbol = firstOfItsAddress(low - 1);
    long offset = address - symbol.address();
    boolean far = Long.compareUnsigned(offset, Math.max(REACH, symbol.size())) >= 0;
    return far ? Optional.empty() : Optional.of(new Nearest(symbol, offset));
  }

  private Symbol firstOfItsAddress(int index) {
    int first = index;
    long address = inOrder.get(index).address();
    while (first > 0 && inOrder.get(first - 1).address() == address) {
      first--;
    }
    for (int i = first; i <= index; i++) { // prefer one that has an extent: a function, not a label
      if (inOrder.get(i).size() != 0) {
        return inOrder.get(i);
      }
    }
    return inOrder.get(first);
  }

  /**
   * A symbol and the distance of an address from its start.
   *
   * @param symbol the symbol
   * @param offset bytes, unsigned
   */
  public record Nearest(Symbol symbol, long offset) {
    /** As in a crash report: {@code name+0x1f}, or the bare name at its start. */
    @Override
    public String toString() {
      return offset == 0 ? symbol.name() : symbol.name() + "+0x" + Long.toHexString(offset);
    }
  }
}
