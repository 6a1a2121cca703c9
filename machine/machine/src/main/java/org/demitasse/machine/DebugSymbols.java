package org.demitasse.machine;

import java.util.List;
import java.util.function.Supplier;
import org.demitasse.elf.Symbol;
import org.demitasse.elf.SymbolFile;
import org.demitasse.elf.Symbols;
import org.demitasse.trace.flow.KernelSlide;
import org.demitasse.trace.flow.LinuxModules;
import org.demitasse.trace.flow.ModulePlace;

/** What someone with gdb needs to have names in a kernel and its modules, as they are now. Machine's thread. */
final class DebugSymbols {
  /** The file that gdb can ask for. */
  static final String FILE = "kernel.sym";

  /** The same for a kernel that has not mapped itself yet. */
  static final String EARLY_FILE = "early.sym";

  private static final String NO_MODULES =
      "no modules: none is loaded, or this is no Linux kernel that describes its types (CONFIG_DEBUG_INFO_BTF)\n";

  private final Supplier<KernelNames> names;
  private final LinuxModules.Memory memory;

  DebugSymbols(Supplier<KernelNames> names, LinuxModules.Memory memory) {
    this.names = names;
    this.memory = memory;
  }

  /** A line for each module: name, address, bytes. */
  String modules() {
    List<ModulePlace> places = places(names.get());
    StringBuilder text = new StringBuilder(places.isEmpty() ? NO_MODULES : "");
    places.forEach(place -> text.append("%-24s 0x%x %8d\n".formatted(place.name(), place.base(), place.bytes())));
    return text.toString();
  }

  /** Commands for gdb. */
  String commands() {
    KernelNames kernel = names.get();
    StringBuilder text = new StringBuilder();
    kernel.slide().ifPresent(slide -> kernelFile(slide, text));
    if (!early(kernel).isEmpty()) {
      text.append("# while it runs at its physical addresses:\nadd-symbol-file target:%s\n".formatted(EARLY_FILE));
    }
    List<ModulePlace> places = places(kernel);
    if (!places.isEmpty()) {
      text.append("# with the types that they may have, from the modules' files:\n");
      places.forEach(place -> text.append(place.gdbCommand()).append('\n'));
    }
    return text.isEmpty() ? kernel.explanation() : text.toString();
  }

  private static void kernelFile(long slide, StringBuilder text) {
    text.append("# names of the kernel and its modules, read from this machine:\n");
    text.append("symbol-file target:%s\n".formatted(FILE));
    if (slide != 0) {
      text.append("# or, from the kernel's own file:\nsymbol-file vmlinux -o 0x%x\n".formatted(slide));
    }
  }

  /** An ELF file with the symbols of the kernel and the functions of its modules where they are. */
  byte[] file() {
    KernelNames kernel = names.get().withModules(memory);
    long slide = kernel.slide().orElse(0);
    return SymbolFile.of(
        new Symbols(
            kernel.symbols().all().stream()
                .map(symbol -> KernelSlide.isInImage(symbol.address()) ? moved(symbol, slide) : symbol)
                .toList()));
  }

  /** An ELF file with the kernel's symbols at physical addresses. */
  byte[] earlyFile() {
    return SymbolFile.of(new Symbols(early(names.get())));
  }

  private static List<Symbol> early(KernelNames kernel) {
    return kernel.physicalSlide().isEmpty()
        ? List.of()
        : kernel.symbols().all().stream()
            .flatMap(symbol ->
                kernel.linkage().physical(symbol.address()).stream()
                    .mapToObj(physical ->
                        new Symbol(symbol.name(), physical + kernel.physicalSlide().getAsLong(), symbol.size())))
            .toList();
  }

  private static Symbol moved(Symbol symbol, long slide) {
    return new Symbol(symbol.name(), symbol.address() + slide, symbol.size());
  }

  private List<ModulePlace> places(KernelNames kernel) {
    return kernel.slide().isEmpty()
        ? List.of()
        : LinuxModules.of(kernel.symbols(), kernel.slide().getAsLong(), memory)
            .map(LinuxModules::places)
            .orElse(List.of());
  }
}
