package org.demitasse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class HelloTest {
  @TempDir private Path folder;

  @Test
  void theEmbeddedGuestTellsWhatItWasGivenAndPowersOff() {
    DemiProcess.Result result = DemiProcess.run("", "run", "hello", "-m", "64", "--append", "one two");
    assertThat(result.err()).isEmpty();
    assertThat(result.status()).isZero();
    assertThat(result.out())
        .contains("cmdline   one two virtio_mmio.device=512@0xfeb00e00:12")
        .contains("0x000100000 to 0x004000000 usable")
        .contains("TSC at 1000000000 Hz by CPUID 0x15")
        .contains("disk (2), version 2, 1024 KiB, wrote and read back 4096 bytes")
        .contains("All is well.");
  }

  @Test
  void theVirtioConsolePrintsTheSame() {
    DemiProcess.Result result = DemiProcess.run("", "run", "hello", "--console", "virtio");
    assertThat(result.status()).isZero();
    assertThat(result.out()).contains("Hello from a microVM.", "All is well.");
  }

  @Test
  void onVirtualTimeTwoRunsAreIdentical() throws IOException {
    String[] outputs = new String[2];
    String[] instructions = new String[2];
    for (int i = 0; i < 2; i++) {
      Path stats = folder.resolve("stats" + i);
      outputs[i] = DemiProcess.run("", "run", "hello", "--clock", "virtual", "--stats", stats.toString()).out();
      Matcher found = Pattern.compile("\"instructions\": (\\d{4,}),").matcher(Files.readString(stats));
      assertThat(found.find()).isTrue();
      instructions[i] = found.group(1);
    }
    assertThat(outputs[1]).isEqualTo(outputs[0]).contains("All is well.");
    assertThat(instructions[1]).isEqualTo(instructions[0]);
  }

  @Test
  void untilEndsTheRunAsSoonAsTheTextIsThere() throws IOException {
    Path stats = folder.resolve("stats");
    DemiProcess.Result result = DemiProcess.run("", "run", "hello", "--until", "microVM", "--stats", stats.toString());
    assertThat(result.status()).isZero();
    assertThat(result.out()).endsWith("microVM");
    assertThat(Files.readString(stats))
        .contains("\"process_start\"", "\"first_guest_instruction\"", "\"first_console_byte\"", "\"until_text\"")
        .contains("\"exit\"", "\"serial\": {", "\"peak_rss_bytes\": ");
  }

  @Test
  void theSameDiskKeepsWhatTheGuestWrote() throws IOException {
    Path disk = Files.write(folder.resolve("disk.img"), new byte[1 << 20]);
    DemiProcess.run("", "run", "hello", "--disk", disk.toString());
    assertThat(DemiProcess.run("", "run", "hello", "--disk", disk.toString()).out()).contains("visit 2");
    assertThat(DemiProcess.run("", "run", "hello", "--disk", disk + ",overlay").out()).contains("visit 3");
    assertThat(DemiProcess.run("", "run", "hello", "--disk", disk.toString()).out()).contains("visit 3");
  }

  @Test
  void unusableInputIsOneSentence() throws IOException {
    Path text = Files.writeString(folder.resolve("text"), "not a kernel");
    assertOneSentence(DemiProcess.run("", "run", "--kernel", text.toString()), "text is not a kernel");
    assertOneSentence(DemiProcess.run("", "run", "hello", "--disk", folder.resolve("gone").toString()), "gone");
    assertOneSentence(DemiProcess.run("", "run", "hello", "--initrd", folder.resolve("gone").toString()), "gone");
    assertOneSentence(DemiProcess.run("", "run", "hello", "--stats", folder.toString()), folder.toString());
    assertOneSentence(DemiProcess.run("", "run", "hello", "--append", "x".repeat(70_000)), "command line");
  }

  private static void assertOneSentence(DemiProcess.Result result, String part) {
    assertThat(result.status()).isEqualTo(ExitStatus.UNUSABLE_INPUT);
    assertThat(result.err()).startsWith("demi: ").contains(part).hasLineCount(1);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void aTrailingPartOfASectorIsIgnoredWithANote() throws IOException {
    Path disk = Files.write(folder.resolve("disk.img"), new byte[(1 << 20) + 56]);
    DemiProcess.Result result = DemiProcess.run("", "run", "hello", "--disk", disk.toString());
    assertThat(result.status()).isZero();
    assertThat(result.err()).contains("its last 56 bytes").hasLineCount(1);
    byte[] written = Files.readAllBytes(disk);
    DemiProcess.Result overlay = DemiProcess.run("", "run", "hello", "--disk", disk + ",overlay");
    assertThat(overlay.status()).isZero();
    assertThat(overlay.err()).contains("its last 56 bytes").hasLineCount(1);
    assertThat(Files.readAllBytes(disk)).isEqualTo(written);
  }

  /** A multiboot kernel with addresses of its own (Multiboot 0.6.96 3.1.3): its code writes 0x15 to the exit port. */
  @Test
  void theDebugExitPortEndsWithTheGuestsStatus() throws IOException {
    ByteBuffer kernel = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    kernel.putInt(0x1badb002).putInt(0x10000).putInt(-(0x1badb002 + 0x10000));
    kernel.putInt(0x100000).putInt(0x100000).putInt(0).putInt(0).putInt(0x100020);
    kernel.put(HexFormat.of().parseHex("b015" + "e6f4" + "f4" + "ebfd")); // mov al, 15h; out 0f4h, al; hlt; jmp
    String file = Files.write(folder.resolve("exits"), kernel.array()).toString();
    DemiProcess.Result result = DemiProcess.run("", "run", "--kernel", file, "--debug-exit");
    assertThat(result.status()).as(result.err()).isEqualTo(2 * 0x15 + 1);
    assertThat(DemiProcess.run("", "run", "--kernel", file, "--timeout", "5").status())
        .as("without the port the guest goes on to halt for ever")
        .isZero();
  }

  /** JLine's shutdown hook once waited for a key here. */
  @Test
  @Timeout(120)
  void onATerminalItEndsWithoutAKey() {
    DemiProcess.Result result = DemiProcess.runOnTerminal("run", "hello");
    assertThat(result.status()).isZero();
    assertThat(result.out()).contains("All is well. Goodbye.");
  }
}
