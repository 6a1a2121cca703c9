package org.demitasse.machine.disassembly;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.demitasse.boot.loader.KernelLoader;
import org.demitasse.boot.protocol.Boot;
import org.demitasse.core.memory.GuestMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compares with GNU's objdump, on the code of Debian's kernel. */
class DisassemblerTest {
  private static final long TEXT = 0x100_0000;
  private static final int BYTES = 4 << 20;
  private static final Pattern LINE = Pattern.compile("\\s*([0-9a-f]+):\\t((?:[0-9a-f]{2} )+)\\s*\\t?(.*)");

  /** Prefixes that do nothing where they stand, which objdump tells: padding. */
  private static final Pattern PADDING = Pattern.compile("^((data16|cs|ds|es|ss|addr32) )+");

  @TempDir Path folder;

  @Test
  void agreesWithObjdumpAboutDebiansKernel() throws Exception {
    byte[] code = kernelText();
    int same = 0;
    int unknown = 0;
    List<String> differences = new ArrayList<>();
    for (String text : objdump(code)) {
      Matcher line = LINE.matcher(text);
      if (!line.matches()) {
        continue;
      }
      int offset = Math.toIntExact(Long.parseLong(line.group(1), 16) - TEXT);
      String wanted = plain(line.group(3));
      Disassembler.Line got = Disassembler.read(code, offset, 64, TEXT + offset);
      if (!got.isKnown()) {
        unknown++;
      } else if (plain(got.text()).equals(wanted) && got.length() == line.group(2).length() / 3) {
        same++;
      } else if (differences.size() < 20) {
        differences.add("0x%x: %s: %s".formatted(TEXT + offset, wanted, got.text()));
      }
    }
    assertThat(differences).isEmpty();
    assertThat(same).isGreaterThan(900_000);
    assertThat(unknown).as("AVX and x87").isLessThan(same / 2000);
  }

  /** Without padding; a displacement from RIP is told by its target. */
  private static String plain(String text) {
    return PADDING
        .matcher(text.strip().replaceAll("\\[rip[-+]0x[0-9a-f]+]", "[rip]"))
        .replaceFirst("")
        .replaceAll(" +", " ");
  }

  private static byte[] kernelText() throws Exception {
    Path kernel = testFile("linux-cloud/vmlinuz");
    try (GuestMemory memory = new GuestMemory(128 << 20)) {
      Boot.Request request =
          new Boot.Request(
              KernelLoader.open(kernel), Optional.empty(), "", Optional.empty(), Optional.empty(), 1, List.of());
      Boot.Prepared unused = Boot.prepare(request, memory);
      return memory.readBytes(TEXT, BYTES);
    }
  }

  private static Path testFile(String name) {
    String given = System.getenv("DEMITASSE_TEST_FILES");
    Path file =
        given == null
            ? Path.of(System.getProperty("user.home"), ".cache", "demitasse", "test-files", name)
            : Path.of(given, name);
    assertThat(file).as("a test file: ./dev test fetches it").exists();
    return file;
  }

  private List<String> objdump(byte[] code) throws IOException, InterruptedException {
    Path binary = Files.write(folder.resolve("text.bin"), code);
    Path out = folder.resolve("text.s");
    Process process =
        new ProcessBuilder(
                "objdump",
                "-D",
                "-w",
                "-b",
                "binary",
                "-m",
                "i386:x86-64",
                "-M",
                "intel",
                "--adjust-vma=0x%x".formatted(TEXT),
                binary.toString())
            .redirectOutput(out.toFile())
            .start();
    assertThat(process.waitFor()).isZero();
    return Files.readAllLines(out);
  }

  @Test
  void readsOtherModes() {
    assertThat(text("b8 78 56 34 12", 32)).isEqualTo("mov    eax,0x12345678");
    assertThat(text("8b 44 24 04", 32)).isEqualTo("mov    eax,DWORD PTR [esp+0x4]");
    assertThat(text("ea 5b e0 00 f0", 16)).isEqualTo("(bad)");
    assertThat(text("e8 fd ff", 16)).isEqualTo("call   0x1000");
    assertThat(text("89 47 10", 16)).isEqualTo("mov    WORD PTR [bx+0x10],ax");
    assertThat(text("60", 32)).isEqualTo("pusha");
  }

  @Test
  void whatIsNoInstructionOrCutShortIsOneBadByte() {
    assertThat(text("06", 64)).isEqualTo("(bad)");
    assertThat(Disassembler.read(new byte[] {0x48, (byte) 0x8b}, 0, 64, 0))
        .isEqualTo(new Disassembler.Line(1, "(bad)"));
    assertThat(Disassembler.read(new byte[0], 0, 64, 0).length()).isEqualTo(1);
    assertThat(text("66 66 66 66 66 66 66 66 66 66 66 66 66 66 66 90", 64)).isEqualTo("(bad)");
  }

  private static String text(String hex, int bits) {
    byte[] code = HexFormat.of().parseHex(hex.replace(" ", ""));
    return Disassembler.read(code, 0, bits, 0x1000).text();
  }
}
