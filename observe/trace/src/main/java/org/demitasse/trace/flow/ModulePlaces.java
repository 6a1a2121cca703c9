package org.demitasse.trace.flow;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.Set;
import org.demitasse.elf.Btf;

/**
 * Reads out of a {@code struct module} where the module is: its name, its code ({@code core_layout}, or since Linux 6.4
 * the first {@code mem}), and its sections as {@code /sys/module} has them (Linux: kernel/module/sysfs.c), until Linux
 * 6.13.
 */
final class ModulePlaces {
  /** What it must be told of. */
  static final Set<String> STRUCTURES =
      Set.of(
          "module",
          "module_layout",
          "module_memory",
          "module_sect_attrs",
          "module_sect_attr",
          "bin_attribute",
          "attribute");

  private static final int MODULE_NAME_LEN = 56;
  private static final int MAX_SECTIONS = 256;
  private static final int MAX_NAME = 64;

  private final Map<String, Btf.Structure> structures;

  ModulePlaces(Map<String, Btf.Structure> structures) {
    this.structures = structures;
  }

  /** Where a module is; nothing if that is not to be read. */
  Optional<ModulePlace> of(LinuxModules.Memory memory, long module) {
    OptionalInt name = offset("module", "name");
    boolean old = offset("module", "core_layout").isPresent();
    OptionalInt code = old ? offset("module", "core_layout") : offset("module", "mem");
    OptionalInt base = offset(old ? "module_layout" : "module_memory", "base");
    OptionalInt size = offset(old ? "module_layout" : "module_memory", "size");
    if (name.isEmpty() || code.isEmpty() || base.isEmpty() || size.isEmpty()) {
      return Optional.empty();
    }
    String told = text(memory, module + name.getAsInt(), MODULE_NAME_LEN);
    long start = number(memory, module + code.getAsInt() + base.getAsInt(), 8);
    long bytes = number(memory, module + code.getAsInt() + size.getAsInt(), 4);
    return told.isEmpty() || start == 0
        ? Optional.empty()
        : Optional.of(new ModulePlace(told, start, bytes, sections(memory, module)));
  }

  private SequencedMap<String, Long> sections(LinuxModules.Memory memory, long module) {
    SequencedMap<String, Long> found = new LinkedHashMap<>();
    OptionalInt pointer = offset("module", "sect_attrs");
    OptionalInt count = offset("module_sect_attrs", "nsections");
    OptionalInt first = offset("module_sect_attrs", "attrs");
    Btf.Structure one = structures.get("module_sect_attr");
    OptionalInt file = offset("module_sect_attr", "battr");
    OptionalInt address = offset("module_sect_attr", "address");
    OptionalInt attribute = offset("bin_attribute", "attr");
    OptionalInt name = offset("attribute", "name");
    boolean told = pointer.isPresent() && count.isPresent() && first.isPresent() && file.isPresent();
    if (!told || one == null || address.isEmpty() || attribute.isEmpty() || name.isEmpty()) {
      return found;
    }
    long table = number(memory, module + pointer.getAsInt(), 8);
    long sections = table == 0 ? 0 : number(memory, table + count.getAsInt(), 4);
    for (int n = 0; n < Math.min(sections, MAX_SECTIONS); n++) {
      long at = table + first.getAsInt() + (long) n * one.bytes();
      long nameAt = number(memory, at + file.getAsInt() + attribute.getAsInt() + name.getAsInt(), 8);
      String section = text(memory, nameAt, MAX_NAME);
      if (!section.isEmpty()) {
        found.putIfAbsent(section, number(memory, at + address.getAsInt(), 8));
      }
    }
    return found;
  }

  private OptionalInt offset(String structure, String member) {
    Btf.Structure found = structures.get(structure);
    return found == null ? OptionalInt.empty() : found.offset(member);
  }

  /** A number in memory; 0 if it is not there. */
  private static long number(LinuxModules.Memory memory, long linear, int bytes) {
    byte[] read = memory.read(linear, bytes);
    ByteBuffer little = read == null ? ByteBuffer.allocate(8) : ByteBuffer.wrap(read).order(ByteOrder.LITTLE_ENDIAN);
    return bytes == 8 ? little.getLong() : little.getInt() & 0xffff_ffffL;
  }

  /** A text that is a word in a debugger's command, whatever the guest has written there; else an empty one. */
  private static String text(LinuxModules.Memory memory, long linear, int most) {
    StringBuilder text = new StringBuilder();
    for (int n = 0; n < most; n++) {
      byte[] one = memory.read(linear + n, 1);
      if (one == null || !isWord(one[0])) {
        return one != null && one[0] == 0 ? text.toString() : "";
      }
      text.append((char) one[0]);
    }
    return "";
  }

  private static boolean isWord(int c) {
    return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_' || c == '.' || c == '-';
  }
}
