package org.demitasse.cli;

import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Holds the whole source tree to the layout that ARCHITECTURE.md draws. Lives here because the command is on top of
 * all.
 */
class ArchitectureTest {
  /** A module may require those of the levels below its own, and none beside it. */
  private static final List<Set<String>> LEVELS =
      List.of(
          Set.of("core", "storage", "network", "elf", "oci", "image"),
          Set.of("devices", "virtio", "boot", "cpu", "kvm", "gdb", "kernel", "trace"),
          Set.of("machine"),
          Set.of("build", "api", "junit", "bench"),
          Set.of("cli", "kubernetes"));

  private static final List<String> FOLDERS =
      List.of("guest", "engine", "host", "machine", "artifact", "observe", "front");

  private static final Pattern REQUIRES =
      Pattern.compile("requires\\s+(?:static |transitive )*org\\.demitasse\\.(\\w+);");
  private static final Pattern COMMENT = Pattern.compile("/\\*.*?\\*/|//[^\n]*", Pattern.DOTALL);
  private static final Pattern LINUX_ONLY =
      Pattern.compile("\"[^\"\n]*(?:/proc/|/sys/|/dev/|epoll|io_uring|eventfd|memfd|libc\\.so)[^\"\n]*\"");
  private static final Pattern WEAK_NAME = Pattern.compile(".*(?:Impl|Manager|Helper|Utils?|Handler|Context)\\.java");

  /** Tables and mirrors of a specification, which may be long. */
  private static final Pattern MAY_BE_LONG = Pattern.compile(".*(?:Table|Registers)\\.java");

  private static Path root() {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("ARCHITECTURE.md"))) {
      folder = folder.getParent();
    }
    return folder;
  }

  private static TreeMap<String, Path> modules() {
    TreeMap<String, Path> modules = new TreeMap<>();
    for (String folder : FOLDERS) {
      Path parent = root().resolve(folder);
      if (Files.isDirectory(parent)) {
        try (Stream<Path> children = Files.list(parent)) {
          children
              .filter(child -> Files.exists(child.resolve("pom.xml")))
              .forEach(child -> modules.put(child.getFileName().toString(), child));
        } catch (IOException unreadable) {
          throw new UncheckedIOException(unreadable);
        }
      }
    }
    return modules;
  }

  private static List<Path> mainSources() {
    List<Path> sources = new ArrayList<>();
    for (Path module : modules().values()) {
      Path main = module.resolve("src/main/java");
      if (Files.isDirectory(main)) {
        try (Stream<Path> files = Files.walk(main)) {
          files.filter(file -> file.toString().endsWith(".java")).forEach(sources::add);
        } catch (IOException unreadable) {
          throw new UncheckedIOException(unreadable);
        }
      }
    }
    assertThat(sources).hasSizeGreaterThan(100);
    return sources;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static int level(String module) {
    for (int level = 0; level < LEVELS.size(); level++) {
      if (LEVELS.get(level).contains(module)) {
        return level;
      }
    }
    throw new AssertionError("module %s is not in ARCHITECTURE.md's layout".formatted(module));
  }

  @Test
  void modulesRequireOnlyLowerOnes() {
    List<String> wrong = new ArrayList<>();
    modules()
        .forEach((name, folder) -> {
          Path declaration = folder.resolve("src/main/java/module-info.java");
          if (!Files.exists(declaration)) {
            return; // tests only
          }
          assertThat(read(declaration)).contains("module org.demitasse.%s {".formatted(name));
          for (MatchResult required : REQUIRES.matcher(read(declaration)).results().toList()) {
            if (level(required.group(1)) >= level(name)) {
              wrong.add("%s requires %s".formatted(name, required.group(1)));
            }
          }
        });
    assertThat(wrong).isEmpty();
  }

  @Test
  void packagesFormNoCycles() {
    List<Path> classes =
        modules().values().stream().map(module -> module.resolve("target/classes")).filter(Files::isDirectory).toList();
    JavaClasses imported = new ClassFileImporter().importPaths(classes);
    assertThat(imported.containPackage("org.demitasse.machine")).isTrue();
    slices().matching("org.demitasse.(**)").should().beFreeOfCycles().check(imported);
  }

  @Test
  void packagesCarryTheirModulesName() {
    modules()
        .forEach((name, folder) -> {
          Path packages = folder.resolve("src/main/java/org/demitasse");
          if (Files.isDirectory(packages)) {
            try (Stream<Path> children = Files.list(packages)) {
              assertThat(children).as("packages of %s", folder).allMatch(child -> child.endsWith(name));
            } catch (IOException unreadable) {
              throw new UncheckedIOException(unreadable);
            }
          }
        });
  }

  @Test
  void onlyKvmAndTapAreLinuxOnly() {
    List<String> wrong = new ArrayList<>();
    for (Path source : mainSources()) {
      String path = root().relativize(source).toString().replace('\\', '/');
      if (!path.startsWith("engine/kvm/") && !path.contains("/network/tap/") && !path.contains("/bench/Kvm")) {
        String code = COMMENT.matcher(read(source)).replaceAll("");
        LINUX_ONLY.matcher(code).results().forEach(found -> wrong.add(path + ": " + found.group()));
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void onlyTheHostsMemoryAndCompilerUseTheJdksUnsafe() {
    assertThat(mainSources())
        .filteredOn(source -> COMMENT.matcher(read(source)).replaceAll("").contains("jdk.internal.misc."))
        .extracting(source -> source.getFileName().toString())
        .containsExactlyInAnyOrder("HostCompiler.java", "HostMemory.java");
  }

  /**
   * C2 would spend seconds on it, which code of the guest waits for: the translator's package, but not what it makes.
   */
  @Test
  void whatWritesBytecodeIsKeptFromC2() {
    String directives = read(root().resolve("tools/quick-code.json"));
    assertThat(mainSources())
        .filteredOn(source -> source.getParent().endsWith("org/demitasse/cpu/translate"))
        .filteredOn(source -> !source.endsWith("package-info.java"))
        .isNotEmpty()
        .allSatisfy(source ->
            assertThat(directives)
                .contains("\"org/demitasse/cpu/translate/" + source.getFileName().toString().replace(".java", "*.*")));
  }

  @Test
  void fileNamesSaySomethingAndFilesAreShort() {
    assertThat(mainSources()).noneMatch(source -> WEAK_NAME.matcher(source.toString()).matches());
    assertThat(mainSources())
        .filteredOn(source -> !MAY_BE_LONG.matcher(source.toString()).matches())
        .allSatisfy(source -> assertThat(read(source).lines().count()).as("lines of %s", source).isLessThan(800));
  }
}
