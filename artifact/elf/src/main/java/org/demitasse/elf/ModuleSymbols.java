package org.demitasse.elf;

import java.util.List;
import java.util.OptionalLong;

/**
 * The functions of a Linux module, a relocatable file, placed where a kernel has put it: its sections with code lie one
 * behind the other in file order, each at its alignment, from the address that {@code /proc/modules} prints; those
 * whose names start with {@code .init} lie elsewhere, for a moment only, and have no place here (Linux:
 * kernel/module/main.c).
 */
public final class ModuleSymbols {
  private static final int ET_REL = 1;
  private static final long SHF_ALLOC = 2;
  private static final long SHF_EXECINSTR = 4;

  private ModuleSymbols() {}

  /**
   * Reads the symbols.
   *
   * @param address where the module is
   * @throws ElfFormatException if the file is not relocatable, or has no functions
   */
  public static Symbols of(ElfFile module, long address) throws ElfFormatException {
    if (module.type() != ET_REL) {
      throw new ElfFormatException("it is no module: only a relocatable file can be placed at an address");
    }
    List<ElfSection> sections = module.sections();
    OptionalLong[] places = new OptionalLong[sections.size()];
    long next = address;
    for (int n = 0; n < places.length; n++) {
      ElfSection section = sections.get(n);
      boolean code = (section.flags() & (SHF_ALLOC | SHF_EXECINSTR)) == (SHF_ALLOC | SHF_EXECINSTR);
      if (code && !section.name().startsWith(".init")) {
        long alignment = Math.max(1, Long.highestOneBit(section.alignment()));
        next = next + alignment - 1 & -alignment;
        places[n] = OptionalLong.of(next);
        next += section.size();
      } else {
        places[n] = OptionalLong.empty();
      }
    }
    Symbols symbols = module.symbols((section, value) -> place(places, section, value));
    if (symbols.isEmpty()) {
      throw new ElfFormatException("there is no function in it");
    }
    return symbols;
  }

  private static OptionalLong place(OptionalLong[] places, int section, long value) {
    return section < places.length && places[section].isPresent()
        ? OptionalLong.of(places[section].getAsLong() + value)
        : OptionalLong.empty();
  }
}
