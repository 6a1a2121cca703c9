package org.demitasse.kvm.abi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Holds the mirrored interface to the C headers, by a C program that prints what they say. */
class HeadersTest {
  private static final Path HEADER = Path.of("/usr/include/linux/kvm.h");

  /** Constants of {@link Structures} that are the size of the structure of their name. */
  private static final Set<String> SIZES =
      Set.of(
          "KVM_USERSPACE_MEMORY_REGION",
          "KVM_REGS",
          "KVM_SEGMENT",
          "KVM_SREGS",
          "KVM_XCRS",
          "KVM_XSAVE",
          "KVM_LAPIC_STATE",
          "KVM_DEBUGREGS",
          "KVM_VCPU_EVENTS",
          "KVM_MP_STATE",
          "KVM_MSRS",
          "KVM_MSR_ENTRY",
          "KVM_CPUID2",
          "KVM_CPUID_ENTRY2",
          "KVM_IRQCHIP",
          "KVM_IRQ_LEVEL",
          "KVM_IRQ_ROUTING",
          "KVM_IRQ_ROUTING_ENTRY",
          "KVM_TRANSLATION",
          "KVM_GUEST_DEBUG",
          "KVM_DIRTY_LOG");

  @TempDir private Path folder;

  private static Map<String, Long> mirrored() throws IllegalAccessException {
    Map<String, Long> constants = new TreeMap<>();
    for (Class<?> mirror : List.of(Requests.class, Structures.class)) {
      for (Field field : mirror.getDeclaredFields()) {
        if (Modifier.isStatic(field.getModifiers()) && field.getName().startsWith("KVM_")) {
          constants.put(field.getName(), ((Number) field.get(null)).longValue());
        }
      }
    }
    for (Capability capability : Capability.values()) {
      constants.put(capability.name(), (long) capability.number());
    }
    return constants;
  }

  private static String expression(String name) {
    String[] parts = name.toLowerCase(Locale.ROOT).split("__");
    if (parts.length > 1) {
      return "offsetof(struct %s, %s)"
          .formatted(parts[0], String.join(".", Arrays.copyOfRange(parts, 1, parts.length)));
    }
    return SIZES.contains(name) ? "sizeof(struct %s)".formatted(parts[0]) : name;
  }

  @Test
  void everyNumberAndOffsetIsThatOfTheHeaders() throws Exception {
    assumeTrue(Files.exists(HEADER), "needs " + HEADER + " (Debian: linux-libc-dev)");
    Map<String, Long> mirrored = mirrored();
    List<String> source =
        new ArrayList<>(List.of("#include <stdio.h>", "#include <stddef.h>", "#include <sys/ioctl.h>"));
    source.add("#include <linux/kvm.h>");
    source.add("int main(void) {");
    mirrored
        .keySet()
        .forEach(name -> source.add("printf(\"%s %%lu\\n\", (unsigned long)%s);".formatted(name, expression(name))));
    source.add("return 0; }");
    Path program = Files.write(folder.resolve("headers.c"), source);
    Path binary = folder.resolve("headers");
    run("gcc", "-o", binary.toString(), program.toString());
    Map<String, Long> told = new TreeMap<>();
    for (String line : run(binary.toString())) {
      String[] words = line.split(" ");
      told.put(words[0], Long.parseUnsignedLong(words[1]));
    }
    assertThat(mirrored).hasSizeGreaterThan(150).isEqualTo(told);
  }

  private List<String> run(String... command) throws IOException, InterruptedException {
    Path output = Files.createTempFile(folder, "out", "");
    Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    List<String> lines = Files.readAllLines(output);
    assertThat(process.exitValue()).as("%s: %s", List.of(command), lines).isZero();
    return lines;
  }
}
