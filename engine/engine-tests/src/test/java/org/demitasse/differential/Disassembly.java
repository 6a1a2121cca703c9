package org.demitasse.differential;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What objdump calls some code; for people to read, nothing depends on it. */
final class Disassembly {
  private Disassembly() {}

  static String of(TestCase test) {
    String machine =
        switch (test.mode) {
          case LONG -> "i386:x86-64";
          case COMPAT -> "i386";
          case CODE16 -> "i8086";
        };
    try {
      Path file = Files.createTempFile("code", ".bin");
      try {
        Files.write(file, Arrays.copyOf(test.code, test.codeBytes));
        List<String> command =
            List.of(
                "objdump", "-D", "-b", "binary", "-m", machine, "-M", "intel", "--no-show-raw-insn", file.toString());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return text.lines()
            .filter(line -> line.matches("\\s+[0-9a-f]+:\\s.*"))
            .limit(test.sequence ? 40 : 1)
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .reduce((a, b) -> a + "; " + b)
            .orElse("?");
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      return "(objdump: " + e.getMessage() + ")";
    }
  }
}
