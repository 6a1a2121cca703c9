package org.demitasse.boot.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.demitasse.boot.Programs;
import org.demitasse.elf.ElfFile;
import org.demitasse.elf.Symbol;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The committed guests are what their source gives. */
class OwnGuestTest {
  @TempDir Path folder;

  @BeforeEach
  void build() throws Exception {
    Programs.run("bash", Path.of("src/main/guest/build").toAbsolutePath().toString(), folder.toString());
  }

  private static String compiler(ElfFile elf) {
    return elf.section(".comment")
        .map(section -> StandardCharsets.US_ASCII.decode(elf.bytes(section)).toString().trim())
        .orElse("");
  }

  /** Bit for bit with the compiler that made the committed file; with another one, the same names and the same note. */
  @ParameterizedTest
  @EnumSource(OwnGuest.class)
  void theSourceGivesTheCommittedFile(OwnGuest guest, TestReporter reporter) throws Exception {
    byte[] rebuilt = Files.readAllBytes(folder.resolve(guest.name().toLowerCase(java.util.Locale.ROOT) + ".elf"));
    String here = compiler(ElfFile.parse(Files.readAllBytes(folder.resolve("hello.elf"))));
    String there = compiler(ElfFile.parse(OwnGuest.HELLO.bytes()));
    if (here.equals(there)) {
      assertThat(rebuilt).isEqualTo(guest.bytes());
      return;
    }
    reporter.publishEntry(
        "%s was built by %s, which is not here (%s): only names and notes are compared".formatted(guest, there, here));
    ElfFile expected = ElfFile.parse(guest.bytes());
    ElfFile actual = ElfFile.parse(rebuilt);
    assertThat(actual.symbols().all().stream().map(Symbol::name))
        .containsExactlyInAnyOrderElementsOf(expected.symbols().all().stream().map(Symbol::name).toList());
    assertThat(actual.notes().getFirst().number()).isEqualTo(expected.notes().getFirst().number());
  }

  @Test
  void helloUsesIntegerRegistersOnly() throws Exception {
    String code = Programs.run("objdump", "-d", "--no-show-raw-insn", folder.resolve("hello.elf").toString());
    assertThat(code).contains("<hello>:").doesNotContainPattern("%[xyz]mm|%st|fld");
  }
}
