package org.demitasse.trace.flow;

import java.util.Arrays;
import java.util.List;
import java.util.function.ToIntFunction;
import org.demitasse.elf.Linkage;
import org.demitasse.elf.Symbol;
import org.demitasse.elf.Symbols;
import org.jspecify.annotations.Nullable;

/**
 * The functions of a kernel by any address in them, quickly: numbers for names, found once per address. A kernel runs
 * at its physical addresses before paging is on; an address below 4 GiB that has no symbol is looked up where its
 * segment is linked, or, if nothing is known of segments, in the top 2 GiB, where NetBSD's, FreeBSD's and Linux's
 * kernels are. A kernel that unpacks itself is different: what runs first, at low addresses, is no function of it, and
 * its own are looked up when it is known how far it has moved.
 */
final class AddressNames {
  /** No symbol is near. */
  static final int NONE = -1;

  private static final long KERNEL_BASE = 0xffff_ffff_8000_0000L;
  private static final long REACH = 1 << 16;

  /** How far behind a symbol's end code may still be said to be its: padding, and what a compiler cut off. */
  private static final long SLACK = 1 << 12;

  private static final int CACHE = 1 << 16;
  private static final String UNPACKER = "(unpacker)";
  private static final long LOWEST_UNPACKER = 1 << 20;

  private final long[] addresses;
  private final long[] sizes;
  private final String[] names;
  private final int[] numbers;
  private final ToIntFunction<String> strings;
  private final long[] cachedAddress = new long[CACHE];
  private final int[] cachedPlace = new int[CACHE];

  private @Nullable AddressNames modules;
  private Linkage linkage = Linkage.NONE;
  private final boolean isUpper; // whether the kernel is linked in the upper half: small numbers are no places then
  private final boolean moves;
  private boolean placed;
  private long slide;
  private boolean isInMemory; // a kernel that moves: from then on its physical addresses are known
  private long physical;

  /**
   * Sorts the symbols.
   *
   * @param moves whether the kernel unpacks itself, so that nothing is known of it before {@link #moved} says how far
   * @param strings gives a name its number
   */
  AddressNames(Symbols symbols, boolean moves, ToIntFunction<String> strings) {
    this.moves = moves;
    this.strings = strings;
    List<Symbol> all = symbols.all();
    addresses = new long[all.size()];
    sizes = new long[all.size()];
    names = new String[all.size()];
    numbers = new int[all.size()];
    int count = 0;
    for (Symbol symbol : all) {
      if (count == 0 || addresses[count - 1] != symbol.address()) {
        addresses[count] = symbol.address();
        sizes[count] = symbol.size();
        names[count] = plain(symbol.name());
        numbers[count] = NONE;
        count++;
      }
    }
    used = count;
    isUpper = count > 0 && addresses[count - 1] < 0;
  }

  /** Tells where the kernel is loaded; before any address is looked up. */
  void linkage(Linkage told) {
    linkage = told;
  }

  private final int used;

  /** Compilers cut cold parts off and number clones; they are one function to people. */
  private static String plain(String name) {
    int cold = name.indexOf(".cold");
    return cold > 0 ? name.substring(0, cold) : name;
  }

  /** From now on the kernel runs that much above where it is linked. */
  void moved(long by) {
    placed = true;
    slide = by;
    Arrays.fill(cachedPlace, 0);
  }

  /** From now on the kernel, which has unpacked itself, is that much beyond where its file wants it in memory. */
  void placed(long by) {
    isInMemory = true;
    physical = by;
    Arrays.fill(cachedPlace, 0);
  }

  /** From now on these are the kernel's modules: for addresses that it has no name for itself. */
  void modules(Symbols loaded) {
    modules = new AddressNames(loaded, false, strings);
  }

  /** The number of the function that an address is in, or {@link #NONE}. */
  int function(long address) {
    int place = place(address);
    if (moves && !placed && !isInMemory && address >>> 32 == 0 && address >= LOWEST_UNPACKER) {
      return strings.applyAsInt(UNPACKER);
    }
    return place >= 0 ? number(place) : modules == null || !isHigh(address) ? NONE : modules.function(address);
  }

  /** Says whether an address is the first of a function. */
  boolean isStart(long address) {
    int place = place(address);
    if (place < 0 && modules != null && isHigh(address)) {
      return modules.isStart(address);
    }
    return place >= 0
        && (addresses[place] == address || addresses[place] == address - slide || addresses[place] == linear(address));
  }

  /** The number of the function at a call's target: its address in hex if it has no symbol. */
  int target(long address) {
    int function = function(address);
    return function == NONE ? strings.applyAsInt("0x" + Long.toHexString(address)) : function;
  }

  /** Where modules are: those names must not be taken for low addresses plus the kernel's base. */
  private static boolean isHigh(long address) {
    return address < 0;
  }

  private int number(int place) {
    if (numbers[place] == NONE) {
      numbers[place] = strings.applyAsInt(names[place]);
    }
    return numbers[place];
  }

  private int place(long address) {
    int slot = (int) ((address * 0x9E37_79B9_7F4A_7C15L) >>> 48) & CACHE - 1;
    if (cachedAddress[slot] == address && cachedPlace[slot] != 0) {
      return cachedPlace[slot] - 2;
    }
    int place = moves ? searchMoved(address) : isUpper && address >= 0 ? -1 : search(address);
    if (place < 0 && address >>> 32 == 0 && (!moves || isInMemory)) {
      long linear = linear(address);
      place = linear == address ? -1 : search(linear);
    }
    cachedAddress[slot] = address;
    cachedPlace[slot] = place + 2;
    return place;
  }

  /** Where a physical address is linked; the address itself if that is nowhere. */
  private long linear(long address) {
    return linkage.pieces().isEmpty() ? address + KERNEL_BASE : linkage.linear(address - physical).orElse(address);
  }

  private int searchMoved(long address) {
    boolean inImage = KernelSlide.isInImage(address);
    return inImage ? placed ? search(address - slide) : -1 : address >>> 32 == 0 ? -1 : search(address);
  }

  private int search(long address) {
    int low = 0;
    int high = used;
    while (low < high) {
      int middle = low + high >>> 1;
      if (Long.compareUnsigned(addresses[middle], address) <= 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    int place = low - 1;
    return place >= 0
            && (place < used - 1 || address - addresses[place] < REACH)
            && address - addresses[place] < 1 << 22
            && (sizes[place] == 0 || address - addresses[place] - sizes[place] < SLACK)
        ? place
        : -1;
  }
}
