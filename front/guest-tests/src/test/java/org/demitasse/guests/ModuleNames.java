package org.demitasse.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.demitasse.guests.LinuxKernel.Flavour;
import org.demitasse.trace.record.TraceFile;
import org.demitasse.trace.report.TraceSummary;
import org.demitasse.trace.span.FunctionTotal;

/**
 * Names of functions in Linux modules, in samples and in the real gdb: of raid6_pq, which measures for most of a second
 * when it is loaded which of its functions is the fastest.
 */
final class ModuleNames {
  /** What the guest does once it is up, and then waits. */
  private static final String SECTIONS =
      """
      cd /sys/module/raid6_pq/sections
      for s in .text .rodata .data; do [ -e $s ] && echo "section $s $(cat $s)"; done
      sed 's/^/module /' /proc/modules
      echo 'all is' told
      """;

  private static final Pattern MODULE = Pattern.compile("^module (\\S+) (\\d+) .* (0x[0-9a-f]+)", Pattern.MULTILINE);
  private static final Pattern SECTION = Pattern.compile("^section (\\S+) (0x[0-9a-f]+)", Pattern.MULTILINE);

  private ModuleNames() {}

  /** What the guest needs to have modules. */
  static Path initramfs(Path folder) {
    return new Initramfs().modules(new LinuxKernel(Flavour.CLOUD).modules("raid6_pq")).write(folder);
  }

  /** Boots, compares what gdb is told with what the guest knows, and looks for the functions in the samples. */
  static void check(Path folder, Demi demi, int seconds) throws IOException, InterruptedException {
    Path trace = folder.resolve("samples.trace");
    try (DebuggedGuest guest = new DebuggedGuest(folder, demi.tracing(trace), seconds)) {
      guest.await("=== ready");
      guest.type(SECTIONS);
      String console = guest.await("all is told");
      String said =
          guest.gdb(
              Path.of(""),
              "monitor lsmod",
              "monitor symbol-files",
              "symbol-file target:kernel.sym",
              "info address raid6_int1_gen_syndrome",
              "info symbol start_kernel",
              "symbol-file target:nothing.sym");
      guest.type("poweroff -f\n");
      assertThat(guest.ended()).as(guest.errors()).isZero();
      assertAgree(console, said);
    }
    assertThat(functions(trace)).anyMatch(name -> name.startsWith("raid6_") && name.contains("gen_syndrome"));
  }

  private static void assertAgree(String console, String said) {
    Matcher module = MODULE.matcher(console);
    assertThat(module.find()).as(console).isTrue();
    assertThat(said).containsPattern("(?m)^%s +%s +%s$".formatted(module.group(1), module.group(3), module.group(2)));
    Matcher section = SECTION.matcher(console);
    int sections = 0;
    for (; section.find(); sections++) {
      String option = section.group(1).equals(".text") ? "raid6_pq.ko " : "-s %s ".formatted(section.group(1));
      assertThat(said).contains(option + section.group(2).replaceFirst("^0x0+", "0x"));
    }
    assertThat(sections).isGreaterThan(1);
    assertThat(said)
        .containsPattern("\"raid6_int1_gen_syndrome\" is at 0xffffffffc[0-9a-f]{7}")
        .contains("start_kernel in section .text")
        .contains("target:nothing.sym");
  }

  private static Set<String> functions(Path trace) throws IOException {
    return TraceSummary.of(new TraceFile(trace)).functions().stream()
        .map(FunctionTotal::name)
        .collect(Collectors.toSet());
  }
}
