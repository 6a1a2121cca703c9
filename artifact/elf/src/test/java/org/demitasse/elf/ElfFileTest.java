package org.demitasse.elf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ElfFileTest {
  @Test
  void readsSegmentsSectionsNotesAndSymbolsOfClass64() throws Exception {
    ElfFile elf = ElfFile.parse(SmallElf.elf64());
    assertThat(elf.is64()).isTrue();
    assertThat(elf.machine()).isEqualTo(ElfMachine.EM_X86_64);
    assertThat(elf.entry()).isEqualTo(SmallElf.BASE);
    ElfSegment load = elf.segments().getFirst();
    assertThat(load.physicalAddress()).isEqualTo(SmallElf.BASE);
    assertThat(load.memorySize()).isEqualTo(0x2000);
    byte[] code = new byte[4];
    elf.bytes(load).get(code);
    assertThat(code).isEqualTo(SmallElf.CODE);
    assertThat(elf.section(".symtab").orElseThrow().link()).isEqualTo(3);
    assertThat(elf.notes()).hasSize(2); // by segment and by section
    assertThat(elf.notes().getFirst().name()).isEqualTo("Xen");
    assertThat(elf.notes().getFirst().type()).isEqualTo(18);
    assertThat(elf.notes().getFirst().number()).isEqualTo(SmallElf.BASE);
    assertThat(elf.symbols().all())
        .containsExactly(new Symbol("start", SmallElf.BASE, 3), new Symbol("data", SmallElf.BASE + 0x1000, 0));
  }

  @Test
  void readsClass32WithoutSections() throws Exception {
    ElfFile elf = ElfFile.parse(SmallElf.elf32());
    assertThat(elf.is64()).isFalse();
    assertThat(elf.segments()).hasSize(1);
    assertThat(elf.segments().getFirst().virtualAddress()).isEqualTo(0xc010_0000L);
    assertThat(elf.sections()).isEmpty();
    assertThat(elf.symbols().isEmpty()).isTrue();
  }

  @Test
  void saysThatAFileIsTruncatedWhereverItIsCut() {
    byte[] whole = SmallElf.elf64();
    for (int length = 4; length < 0x200 + 5 * 64; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> ElfFile.parse(cut))
          .isInstanceOf(ElfFormatException.class)
          .hasMessageContaining("truncated");
    }
  }

  @Property(tries = 20_000)
  void givesNothingButAFormatExceptionForFlippedBytes(
      @ForAll @Size(min = 1, max = 4) int[] bits, @ForAll boolean wide) {
    byte[] bytes = wide ? SmallElf.elf64() : SmallElf.elf32();
    for (int bit : bits) {
      bytes[Math.floorMod(bit / 8, bytes.length)] ^= (byte) (1 << (bit & 7));
    }
    readAll(bytes);
  }

  @Property(tries = 5_000)
  void givesNothingButAFormatExceptionForAnyHeader(
      @ForAll @Size(min = 0, max = 200) byte[] tail, @ForAll boolean wide) {
    byte[] bytes = Arrays.copyOf(wide ? SmallElf.elf64() : SmallElf.elf32(), 16 + tail.length);
    System.arraycopy(tail, 0, bytes, 16, tail.length);
    readAll(bytes);
  }

  private static void readAll(byte[] bytes) {
    try {
      ElfFile elf = ElfFile.parse(bytes);
      elf.segments().forEach(segment -> assertThat(elf.bytes(segment).limit()).isEqualTo(segment.fileSize()));
      elf.sections().forEach(section -> assertThat(elf.bytes(section).limit()).isEqualTo(section.size()));
      assertThat(elf.notes()).hasSizeLessThanOrEqualTo(4096);
      elf.symbols().nearest(SmallElf.BASE);
    } catch (ElfFormatException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  @Test
  void agreesWithReadelfOnARealLibrary() throws Exception {
    Path library = Path.of(System.getProperty("java.home"), "lib", "server", "libjvm.so");
    Map<String, Long> expected = readelf(library);
    Symbols symbols = ElfFile.parse(Files.readAllBytes(library)).symbols();
    Map<String, Long> found = new TreeMap<>();
    symbols.all().forEach(symbol -> found.putIfAbsent(symbol.name(), symbol.address()));
    assertThat(expected).hasSizeGreaterThan(100);
    expected.forEach((name, address) -> assertThat(found).as(name).containsKey(name));
    assertThat(found.get("JNI_CreateJavaVM")).isEqualTo(expected.get("JNI_CreateJavaVM"));
  }

  /** Names and addresses of the defined functions in the table that {@link ElfFile#symbols} prefers. */
  private static Map<String, Long> readelf(Path file) throws IOException, InterruptedException {
    Process process = new ProcessBuilder("readelf", "-sW", file.toString()).start();
    String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    boolean whole = output.contains("'.symtab'");
    String table = output.substring(output.indexOf(whole ? "'.symtab'" : "'.dynsym'"));
    Map<String, Long> symbols = new TreeMap<>();
    for (String line : table.split("\n")) {
      String[] words = line.strip().split(" +");
      if (words.length == 8 && words[3].equals("FUNC") && !words[6].equals("UND") && words[7].length() < 200) {
        symbols.put(words[7].replaceAll("@.*", ""), Long.parseUnsignedLong(words[1], 16));
      }
    }
    return symbols;
  }
}
