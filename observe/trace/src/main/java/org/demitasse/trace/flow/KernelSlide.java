package org.demitasse.trace.flow;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongToIntFunction;
import java.util.stream.Collectors;
import org.demitasse.elf.Linkage;
import org.demitasse.elf.Symbol;
import org.demitasse.elf.Symbols;

/**
 * By how much a Linux kernel has moved itself from where it is linked (CONFIG_RANDOMIZE_BASE), found without its help:
 * addresses that functions start at, because they were called or are handlers of interrupts, are starts of functions in
 * the symbol table only when the right distance is taken away. Its image stays between 0xffffffff80000000 and
 * 0xffffffffc0000000, and moves by a multiple of CONFIG_PHYSICAL_ALIGN, 2 MiB at least (Linux:
 * arch/x86/boot/compressed/kaslr.c).
 */
public final class KernelSlide {
  private static final long IMAGE_START = 0xffff_ffff_8000_0000L;
  private static final long IMAGE_END = 0xffff_ffff_c000_0000L;
  private static final long STEP = 2 << 20;

  /** Functions start at multiples of it. */
  private static final int ALIGNMENT = 16;

  /** One address in 25 or so is some function's start by accident: so many of them, for one distance, are not. */
  private static final int FEWEST = 6;

  private static final String BANNER = "Linux version ";

  private KernelSlide() {}

  /** Says whether an address may be in a kernel's image, wherever it has moved. */
  public static boolean isInImage(long address) {
    return address >= IMAGE_START && address < IMAGE_END; // both negative, so signed is as good
  }

  /**
   * Finds the distance.
   *
   * @param symbols the kernel's, as linked
   * @param starts different addresses, half of which at least functions start at; others than in the image do not count
   * @return bytes to take away from an address of the running kernel; nothing if they do not tell
   */
  public static OptionalLong of(Symbols symbols, Collection<Long> starts) {
    Set<Long> known = functions(symbols.all());
    Set<Long> inImage = starts.stream().filter(KernelSlide::isInImage).collect(Collectors.toSet());
    long best = 0;
    long most = -1;
    long next = -1;
    for (long slide = 0; slide < IMAGE_END - IMAGE_START; slide += STEP) {
      long by = slide;
      long hits = inImage.stream().filter(address -> known.contains(address - by)).count();
      if (hits > most) {
        next = most;
        most = hits;
        best = slide;
      } else {
        next = Math.max(next, hits);
      }
    }
    boolean clear = most >= FEWEST && most * 2 >= inImage.size() && next * 2 <= most;
    return clear ? OptionalLong.of(best) : OptionalLong.empty();
  }

  /**
   * Finds the distance by the kernel's text that it prints first, {@code linux_banner}, which is where the kernel is as
   * soon as it has mapped itself: long before its handlers are in place.
   *
   * @param symbols the kernel's, as linked
   * @param bytes a byte of the guest by its linear address; negative if there is none
   * @return nothing if the text has no symbol, or is nowhere
   */
  public static OptionalLong byBanner(Symbols symbols, LongToIntFunction bytes) {
    Optional<Symbol> banner = symbols.named("linux_banner");
    if (banner.isEmpty() || !isInImage(banner.get().address())) {
      return OptionalLong.empty();
    }
    long linked = banner.get().address();
    for (long slide = 0; isInImage(linked + slide); slide += STEP) {
      if (isBanner(bytes, linked + slide)) {
        return OptionalLong.of(slide);
      }
    }
    return OptionalLong.empty();
  }

  /**
   * Finds by the same text how far a kernel has been put from where its file wants it in physical memory: before it has
   * mapped itself.
   *
   * @param symbols the kernel's, as linked
   * @param linkage where its file wants it
   * @param end first gpa behind RAM
   * @param bytes a byte of the guest by its gpa; negative if there is none
   * @return nothing if the text has no symbol, or is nowhere
   */
  public static OptionalLong physically(Symbols symbols, Linkage linkage, long end, LongToIntFunction bytes) {
    Optional<Symbol> banner = symbols.named("linux_banner");
    OptionalLong wanted = banner.isEmpty() ? OptionalLong.empty() : linkage.physical(banner.get().address());
    if (wanted.isEmpty()) {
      return OptionalLong.empty();
    }
    for (long at = wanted.getAsLong() % STEP; at < end; at += STEP) {
      if (isBanner(bytes, at)) {
        return OptionalLong.of(at - wanted.getAsLong());
      }
    }
    return OptionalLong.empty();
  }

  private static boolean isBanner(LongToIntFunction bytes, long at) {
    int n = 0;
    while (n < BANNER.length() && bytes.applyAsInt(at + n) == BANNER.charAt(n)) {
      n++;
    }
    return n == BANNER.length();
  }

  /** Addresses of functions, not of what lies closer together: the trampolines of static calls fit too many. */
  private static Set<Long> functions(List<Symbol> inOrder) {
    Set<Long> functions = new HashSet<>();
    for (int n = 0; n + 1 < inOrder.size(); n++) {
      long address = inOrder.get(n).address();
      if (isInImage(address) && inOrder.get(n + 1).address() - address >= ALIGNMENT) {
        functions.add(address);
      }
    }
    return functions;
  }
}
