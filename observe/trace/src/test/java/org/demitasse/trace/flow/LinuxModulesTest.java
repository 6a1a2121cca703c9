package org.demitasse.trace.flow;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.demitasse.elf.Symbol;
import org.demitasse.elf.Symbols;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A kernel's memory with two modules in it, made by hand. */
class LinuxModulesTest {
  private static final long BASE = 0xffff_ffff_8100_0000L;
  private static final long SLIDE = 0x120_0000;
  private static final int LIST = 0;
  private static final int BTF = 0x100;
  private static final int FIRST = 0x1000;
  private static final int SECOND = 0x1100;
  private static final int LIST_OFFSET = 8;
  private static final long CODE = 0xffff_ffff_c000_0000L;

  private final ByteBuffer memory = ByteBuffer.allocate(0x4000).order(ByteOrder.LITTLE_ENDIAN);
  private int btfBytes;
  private int next = 0x2000;

  private byte[] read(long linear, int bytes) {
    long offset = linear - BASE - SLIDE;
    if (offset < 0 || bytes < 0 || offset + bytes > memory.capacity()) {
      return null;
    }
    byte[] copy = new byte[bytes];
    memory.get((int) offset, copy);
    return copy;
  }

  private static long address(int offset) {
    return BASE + SLIDE + offset;
  }

  @BeforeEach
  void fill() {
    btf();
    memory.putLong(LIST, address(FIRST + LIST_OFFSET));
    memory.putLong(FIRST + LIST_OFFSET, address(SECOND + LIST_OFFSET));
    memory.putLong(SECOND + LIST_OFFSET, address(LIST));
    module(FIRST, CODE, "one_init", "one_read");
    place(FIRST, "one", CODE, ".note.Linux", ".text", ".init.text", ".data", ".rodata.str1.8", ".bss");
    module(SECOND, CODE + 0x1000, "two_write");
    place(SECOND, "two", CODE + 0x1000);
  }

  /** As in Linux 6.1, but with less in each structure. */
  private void btf() {
    structure(
        "module",
        256,
        "state",
        0,
        "list",
        LIST_OFFSET,
        "kallsyms",
        24,
        "name",
        32,
        "core_layout",
        88,
        "sect_attrs",
        112);
    structure("mod_kallsyms", 32, "symtab", 0, "num_symtab", 8, "strtab", 16);
    structure("module_layout", 16, "base", 0, "size", 8);
    structure("module_sect_attrs", 24, "nsections", 16, "attrs", 24);
    structure("module_sect_attr", 40, "battr", 8, "address", 32);
    structure("bin_attribute", 24, "attr", 8);
    structure("attribute", 16, "name", 0);
    finishBtf();
  }

  private StringBuilder strings = new StringBuilder("\0");
  private ByteBuffer types = ByteBuffer.allocate(2048).order(ByteOrder.LITTLE_ENDIAN);

  private void structure(String name, int bytes, Object... members) {
    types.putInt(string(name)).putInt(4 << 24 | members.length / 2).putInt(bytes);
    for (int n = 0; n < members.length; n += 2) {
      types.putInt(string((String) members[n])).putInt(1).putInt((int) members[n + 1] * 8);
    }
  }

  private int string(String text) {
    strings.append(text).append('\0');
    return strings.length() - text.length() - 1;
  }

  private void finishBtf() {
    ByteBuffer all = memory.slice(BTF, 0x800).order(ByteOrder.LITTLE_ENDIAN);
    all.putShort((short) 0xeb9f).putShort((short) 1).putInt(24).putInt(0).putInt(types.position());
    all.putInt(types.position()).putInt(strings.length());
    all.put(types.array(), 0, types.position()).put(strings.toString().getBytes(StandardCharsets.US_ASCII));
    btfBytes = all.position();
  }

  private void module(int at, long code, String... functions) {
    int table = next;
    int symbols = table + 32;
    int names = symbols + 24 * (functions.length + 2);
    memory.putLong(at + 24, address(table));
    memory.putLong(table, address(symbols)).putInt(table + 8, functions.length + 2).putLong(table + 16, address(names));
    int name = names + 1;
    int symbol = symbols + 24; // the first is empty
    for (int n = 0; n < functions.length; n++) {
      memory.putInt(symbol, name - names).put(symbol + 4, (byte) 0x12).putShort(symbol + 6, (short) 1);
      memory.putLong(symbol + 8, code + n * 0x100L).putLong(symbol + 16, 0x80);
      memory.put(name, functions[n].getBytes(StandardCharsets.US_ASCII));
      name += functions[n].length() + 1;
      symbol += 24;
    }
    memory.putInt(symbol, 1).put(symbol + 4, (byte) 0x12); // undefined: the kernel's printk
    memory.putLong(symbol + 8, BASE);
    next = (name + 63) & -64;
  }

  /** Its name, where it is, and its sections, which are 0x40 apart. */
  private void place(int at, String name, long code, String... sections) {
    int table = next;
    int names = table + 24 + 40 * sections.length;
    put(at + 32, name);
    memory.putLong(at + 88, code).putInt(at + 96, 0x1000);
    memory.putLong(at + 112, address(table)).putInt(table + 16, sections.length);
    for (int n = 0; n < sections.length; n++) {
      int section = table + 24 + 40 * n;
      memory.putLong(section + 16, address(names)).putLong(section + 32, code + n * 0x40L);
      put(names, sections[n]);
      names += sections[n].length() + 1;
    }
    next = (names + 63) & -64;
  }

  private void put(int at, String text) {
    memory.put(at, (text + "\0").getBytes(StandardCharsets.US_ASCII));
  }

  /** As in Linux 6.14: {@code bin_attrs} is in an anonymous union, and a section's address is an attribute's own. */
  private void btfOfLinux614() {
    strings = new StringBuilder("\0");
    types = ByteBuffer.allocate(2048).order(ByteOrder.LITTLE_ENDIAN);
    structure("module", 256, "state", 0, "list", LIST_OFFSET, "kallsyms", 24, "name", 32, "mem", 88, "sect_attrs", 112);
    structure("mod_kallsyms", 32, "symtab", 0, "num_symtab", 8, "strtab", 16);
    structure("module_memory", 16, "base", 0, "size", 8);
    structure("module_sect_attrs", 48, "grp", 8, "attrs", 48);
    types.putInt(string("attribute_group")).putInt(4 << 24 | 2).putInt(40);
    types.putInt(string("name")).putInt(1).putInt(0);
    types.putInt(0).putInt(6).putInt(32 * 8);
    types.putInt(0).putInt(5 << 24 | 2).putInt(8); // type 6
    types.putInt(string("bin_attrs")).putInt(1).putInt(0);
    types.putInt(string("bin_attrs_new")).putInt(1).putInt(0);
    structure("bin_attribute", 48, "attr", 8, "size", 24, "private", 32);
    structure("attribute", 16, "name", 0);
    finishBtf();
  }

  /** As {@link #place}, for Linux 6.14. */
  private void placeOfLinux614(int at, String name, long code, String... sections) {
    int table = next;
    int list = table + 48 + 48 * sections.length;
    int names = list + 8 * (sections.length + 1);
    put(at + 32, name);
    memory.putLong(at + 88, code).putInt(at + 96, 0x1000).putLong(at + 112, address(table));
    memory.putLong(table + 8 + 32, address(list));
    for (int n = 0; n < sections.length; n++) {
      int section = table + 48 + 48 * n;
      memory.putLong(list + 8 * n, address(section));
      memory.putLong(section + 8, address(names)).putLong(section + 32, code + n * 0x40L);
      put(names, sections[n]);
      names += sections[n].length() + 1;
    }
    memory.putLong(list + 8 * sections.length, 0);
    next = (names + 63) & -64;
  }

  private List<ModulePlace> places() {
    return LinuxModules.of(kernel(), SLIDE, this::read).orElseThrow().places();
  }

  private Symbols kernel(String... without) {
    return new Symbols(
        List.of(
                new Symbol("modules", BASE + LIST, 16),
                new Symbol("__start_BTF", BASE + BTF, 0),
                new Symbol("__stop_BTF", BASE + BTF + btfBytes, 0))
            .stream()
            .filter(symbol -> !List.of(without).contains(symbol.name()))
            .toList());
  }

  private List<String> names() {
    return LinuxModules.of(kernel(), SLIDE, this::read).orElseThrow().symbols().all().stream()
        .map(Symbol::name)
        .toList();
  }

  @Test
  void theFunctionsOfAllModulesAreFound() {
    Symbols found = LinuxModules.of(kernel(), SLIDE, this::read).orElseThrow().symbols();
    assertThat(found.all())
        .containsExactly(
            new Symbol("one_init", CODE, 0x80),
            new Symbol("one_read", CODE + 0x100, 0x80),
            new Symbol("two_write", CODE + 0x1000, 0x80));
  }

  @Test
  void gdbIsToldWhereTheSectionsOfModulesAre() {
    assertThat(places()).extracting(ModulePlace::name).containsExactly("one", "two");
    ModulePlace one = places().getFirst();
    assertThat(one.base()).isEqualTo(CODE);
    assertThat(one.bytes()).isEqualTo(0x1000);
    assertThat(one.gdbCommand())
        .isEqualTo("add-symbol-file one.ko 0xffffffffc0000040 -s .data 0xffffffffc00000c0 -s .bss 0xffffffffc0000140");
    assertThat(places().getLast().gdbCommand())
        .as("no sections are told: the module's first byte")
        .isEqualTo("add-symbol-file two.ko 0xffffffffc0001000");
  }

  @Test
  void gdbIsToldWhereTheSectionsOfModulesAreSinceLinux614() {
    btfOfLinux614();
    placeOfLinux614(FIRST, "one", CODE, ".note.Linux", ".text", ".init.text", ".data", ".rodata.str1.8", ".bss");
    assertThat(places().getFirst().gdbCommand())
        .isEqualTo("add-symbol-file one.ko 0xffffffffc0000040 -s .data 0xffffffffc00000c0 -s .bss 0xffffffffc0000140");
  }

  @Test
  void aGuestCannotPutCommandsIntoGdb() {
    put(FIRST + 32, "a\nshell b");
    assertThat(places()).extracting(ModulePlace::name).containsExactly("two");
    memory.putLong(FIRST + 112, 0x1234);
    put(FIRST + 32, "one");
    assertThat(places().getFirst().gdbCommand()).isEqualTo("add-symbol-file one.ko 0xffffffffc0000000");
  }

  @Test
  void aModuleThatIsOnlyBeingReadInIsLeftOut() {
    memory.putInt(FIRST, 3);
    assertThat(names()).containsExactly("two_write");
  }

  @Test
  void aKernelWithoutTypeInformationOrModulesTellsNothing() {
    assertThat(LinuxModules.of(kernel("__start_BTF"), SLIDE, this::read)).isEmpty();
    assertThat(LinuxModules.of(kernel("modules"), SLIDE, this::read)).isEmpty();
    assertThat(LinuxModules.of(kernel(), SLIDE + 0x10_0000, this::read)).as("not mapped").isEmpty();
    memory.putShort(BTF, (short) 0);
    assertThat(LinuxModules.of(kernel(), SLIDE, this::read)).isEmpty();
  }

  @Test
  void aListThatGoesInACircleEnds() {
    memory.putLong(SECOND + LIST_OFFSET, address(FIRST + LIST_OFFSET));
    assertThat(names()).contains("one_init", "two_write");
  }

  @Test
  void damagedModulesHarmNobody() {
    damage();
    btfOfLinux614();
    placeOfLinux614(FIRST, "one", CODE, ".text", ".data");
    damage();
  }

  private void damage() {
    byte[] good = memory.array().clone();
    Random random = new Random(7);
    for (int n = 0; n < 3000; n++) {
      memory.put(0, good);
      for (int m = 0; m < 4; m++) {
        memory.put(
            random.nextInt(4) == 0 ? random.nextInt(8) : 0x1000 + random.nextInt(0x1400), (byte) random.nextInt());
      }
      Optional<LinuxModules> modules = LinuxModules.of(kernel(), SLIDE, this::read);
      assertThat(modules.map(one -> one.symbols().all().size()).orElse(0)).isLessThan(100_000);
      assertThat(modules.map(one -> one.places().size()).orElse(0)).isLessThan(2000);
    }
  }
}
