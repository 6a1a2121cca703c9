package org.demitasse.trace.flow;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/**
 * Where a Linux kernel has put a module.
 *
 * @param name as in {@code /proc/modules}
 * @param base linear address of its code
 * @param bytes how much is there; 0 if that is not known
 * @param sections the addresses of its sections, in their order; empty if the kernel does not tell
 */
public record ModulePlace(String name, long base, long bytes, SequencedMap<String, Long> sections) {
  /** Sections that a debugger asks for: code and variables, not what is freed once the module has begun. */
  private static final Set<String> PREFIXES = Set.of(".text", ".exit.text", ".rodata", ".data", ".bss", "__ksymtab");

  /** Keeps its own copy. */
  public ModulePlace {
    sections = new LinkedHashMap<>(sections);
  }

  /** The command that tells gdb of it; its file is taken to be called after it. */
  public String gdbCommand() {
    StringBuilder line =
        new StringBuilder("add-symbol-file %s.ko 0x%x".formatted(name, sections.getOrDefault(".text", base)));
    for (Map.Entry<String, Long> section : sections.entrySet()) {
      if (!section.getKey().equals(".text") && isWanted(section.getKey())) {
        line.append(" -s %s 0x%x".formatted(section.getKey(), section.getValue()));
      }
    }
    return line.toString();
  }

  private static boolean isWanted(String section) {
    return PREFIXES.stream().anyMatch(section::startsWith) && !section.startsWith(".rodata.str");
  }
}
