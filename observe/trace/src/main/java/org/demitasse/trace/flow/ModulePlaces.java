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
 * the first {@code mem}), and its sections as {@code /sys/module} has them (Linux: kernel/module/sysfs.c).
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
          "attribute_group",
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
    OptionalInt pointer = offset("module", "sect_attrs");
    OptionalInt attribute = offset("bin_attribute", "attr");
    OptionalInt name = offset("attribute", "name");
    long table = pointer.isEmpty() ? 0 : number(memory, module + pointer.getAsInt(), 8);
    if (table == 0 || attribute.isEmpty() || name.isEmpty()) {
      return new LinkedHashMap<>();
    }
    int nameOffset = attribute.getAsInt() + name.getAsInt();
    return structures.containsKey("module_sect_attr")
        ? counted(memory, table, nameOffset)
        : listed(memory, table, nameOffset);
  }

  /** Until Linux 6.13: so many {@code module_sect_attr} behind each other. */
  private SequencedMap<String, Long> counted(LinuxModules.Memory memory, long table, int name) {
    SequencedMap<String, Long> found = new LinkedHashMap<>();
    OptionalInt count = offset("module_sect_attrs", "nsections");
    OptionalInt first = offset("module_sect_attrs", "attrs");
    Btf.Structure one = structures.get("module_sect_attr");
    OptionalInt file = offset("module_sect_attr", "battr");
    OptionalInt address = offset("module_sect_attr", "address");
    if (one == null || count.isEmpty() || first.isEmpty() || file.isEmpty() || address.isEmpty()) {
      return found;
    }
    long sections = number(memory, table + count.getAsInt(), 4);
    for (int n = 0; n < Math.min(sections, MAX_SECTIONS); n++) {
      long at = table + first.getAsInt() + (long) n * one.bytes();
      add(memory, at + file.getAsInt() + name, at + address.getAsInt(), found);
    }
    return found;
  }

  /** Since Linux 6.14: a list of {@code bin_attribute}, ended by 0, each with the section's address for its own use. */
  private SequencedMap<String, Long> listed(LinuxModules.Memory memory, long table, int name) {
    SequencedMap<String, Long> found = new LinkedHashMap<>();
    OptionalInt group = offset("module_sect_attrs", "grp");
    OptionalInt list = offset("attribute_group", "bin_attrs");
    OptionalInt address = offset("bin_attribute", "private");
    if (group.isEmpty() || list.isEmpty() || address.isEmpty()) {
      return found;
    }
    long next = number(memory, table + group.getAsInt() + list.getAsInt(), 8);
    for (int n = 0; n < MAX_SECTIONS && next != 0; n++, next += 8) {
      long file = number(memory, next, 8);
      if (file == 0) {
        break;
      }
      add(memory, file + name, file + address.getAsInt(), found);
    }
    return found;
  }

  private static void add(LinuxModules.Memory memory, long name, long address, SequencedMap<String, Long> found) {
    String section = text(memory, number(memory, name, 8), MAX_NAME);
    if (!section.isEmpty()) {
      found.putIfAbsent(section, number(memory, address, 8));
    }
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
