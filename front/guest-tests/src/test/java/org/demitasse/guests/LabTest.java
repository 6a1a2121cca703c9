package org.demitasse.guests;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.platform.engine.UniqueId;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;
import org.junit.platform.launcher.core.LauncherFactory;

/**
 * The tests that need a real KVM: {@code ./dev lab} is started once and runs them all, and each is told here under its
 * own name. Where the lab cannot start, each is skipped, with the reason.
 */
@Isolated("a guest in an emulated computer is slow enough without other tests beside it")
class LabTest {
  private static final List<String> CLASSES =
      List.of(
          "org.demitasse.engines.KvmEngineTest",
          "org.demitasse.engines.MovedMachineTest",
          KvmMachineTest.class.getName());

  /** Exit status of tools/lab.sh. */
  private static final int CANNOT_START = 99;

  /** How much of the lab's own output goes into a message. */
  private static final int TAIL = 3000;

  @TempDir private Path folder;

  private record End(String verb, double seconds, String text) {}

  /** What came back from the lab. */
  private record Report(int status, String output, Map<String, End> ends, Map<String, Double> began) {
    OptionalDouble time(String key) {
      Double from = began.get(key);
      End end = ends.get(key);
      return from == null || end == null ? OptionalDouble.empty() : OptionalDouble.of(end.seconds - from);
    }
  }

  @TestFactory
  Stream<DynamicNode> inTheLab() throws IOException, InterruptedException {
    boolean slow = !System.getProperty("demitasse.test.excluded", "slow").contains("slow");
    TestPlan plan = LauncherFactory.create().discover(LabRun.request(CLASSES, slow));
    Report report = lab(slow);
    List<DynamicNode> classes = new ArrayList<>();
    for (TestIdentifier root : plan.getRoots()) {
      for (TestIdentifier container : plan.getChildren(root)) {
        Stream<DynamicNode> tests =
            plan.getDescendants(container).stream().filter(TestIdentifier::isTest).map(test -> told(test, report));
        classes.add(dynamicContainer(container.getDisplayName(), tests));
      }
    }
    return classes.stream();
  }

  private static DynamicNode told(TestIdentifier test, Report report) {
    String name = test.getLegacyReportingName();
    String key = key(test.getUniqueId());
    String container = key(UniqueId.parse(test.getUniqueId()).removeLastSegment().toString());
    return dynamicTest(
        name,
        () -> {
          End end = report.ends.getOrDefault(key, report.ends.get(container));
          report.time(key).ifPresent(seconds -> System.out.printf("in the lab: %5.1f s for %s%n", seconds, name));
          if (end == null) {
            missing(name, report, report.began.containsKey(key));
          } else if (end.verb.equals(LabRun.FAILED)) {
            fail("%s in the lab: %s", name, end.text);
          } else if (end.verb.equals(LabRun.SKIPPED)) {
            abort("%s in the lab: %s".formatted(name, end.text));
          }
        });
  }

  private static void missing(String name, Report report, boolean began) {
    String output = report.output.substring(Math.max(0, report.output.length() - TAIL));
    if (report.status == CANNOT_START && report.began.isEmpty()) {
      abort("%s is skipped: the lab cannot start: %s".formatted(name, output.strip()));
    }
    fail(
        "%s %s in the lab, which ended with status %d: %s",
        name, began ? "did not end" : "was not reached", report.status, output);
  }

  private static String key(String uniqueId) {
    return uniqueId.replace(' ', '_');
  }

  private Report lab(boolean slow) throws IOException, InterruptedException {
    Path top = Path.of("").toAbsolutePath().getParent().getParent(); // of front/guest-tests
    Path output = folder.resolve("lab.txt");
    Path shared = Files.createDirectories(Path.of("target", "lab"));
    Path initramfs = KvmMachineTest.writeInitramfs(shared).toAbsolutePath();
    Path modules = ModuleNames.initramfs(shared).toAbsolutePath();
    List<String> command = command(top, slow, initramfs, modules);
    ProcessBuilder builder = new ProcessBuilder(command).directory(top.toFile()).redirectErrorStream(true);
    builder.environment().putIfAbsent("DEMITASSE_LAB_SECONDS", slow ? "1800" : "900");
    builder.environment().putIfAbsent("DEMITASSE_LAB_MIB", "2560");
    Process process = builder.redirectOutput(output.toFile()).start();
    process.getOutputStream().close();
    int status = process.waitFor();
    Files.delete(initramfs);
    Files.delete(modules);
    return report(status, Files.readString(output, StandardCharsets.ISO_8859_1));
  }

  private static List<String> command(Path top, boolean slow, Path initramfs, Path modules) {
    List<String> command = new ArrayList<>(List.of(top.resolve("dev").toString(), "lab"));
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1", "-ea"));
    command.addAll(
        List.of("--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED"));
    command.add("-D" + KvmMachineTest.INITRAMFS + "=" + initramfs);
    command.add("-D" + KvmMachineTest.MODULE_INITRAMFS + "=" + modules);
    command.addAll(List.of("--sun-misc-unsafe-memory-access=allow", "-cp", classPath(), LabRun.class.getName()));
    if (slow) {
      command.add("slow");
    }
    command.addAll(CLASSES);
    return command;
  }

  private static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static Report report(int status, String output) {
    Map<String, End> ends = new HashMap<>();
    Map<String, Double> began = new HashMap<>();
    for (String line : output.split("\r?\n")) {
      String[] words = line.split(" ", 5);
      if (words.length < 4 || !words[0].equals(LabRun.MARK)) {
        continue;
      }
      double seconds = Double.parseDouble(words[3]);
      if (words[1].equals(LabRun.BEGAN)) {
        began.put(words[2], seconds);
      } else {
        byte[] text = Base64.getDecoder().decode(words.length > 4 ? words[4].strip() : "");
        ends.put(words[2], new End(words[1], seconds, new String(text, StandardCharsets.UTF_8)));
      }
    }
    return new Report(status, output, ends, began);
  }
}
