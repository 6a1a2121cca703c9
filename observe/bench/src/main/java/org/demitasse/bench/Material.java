package org.demitasse.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What guests are made of: Debian's kernel that ./dev bench fetches, programs of this computer, our own in C. */
final class Material {
  private static final Pattern LIBRARY = Pattern.compile("(/\\S+) \\(0x");

  private final Path folder;

  /** Makes everything in an empty folder. */
  Material(Path folder) {
    this.folder = folder;
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /** Debian's cloud kernel. */
  static Path linux() throws IOException {
    return fetched("linux-cloud/vmlinuz");
  }

  /** A file that ./dev bench has fetched. */
  static Path fetched(String name) throws IOException {
    String files = System.getenv("DEMITASSE_TEST_FILES");
    if (files == null) {
      throw new IOException("DEMITASSE_TEST_FILES is not set: ./dev bench sets it to where the kernels are");
    }
    Path file = Path.of(files, name);
    if (!Files.isReadable(file)) {
      throw new IOException(file + " cannot be read: ./dev bench fetches it on Debian");
    }
    return file;
  }

  /** A module of that kernel; empty if it is built in. */
  static Optional<byte[]> module(String name) throws IOException {
    try (Stream<Path> files = Files.walk(fetched("linux-cloud/lib/modules"))) {
      Optional<Path> found = files.filter(file -> file.getFileName().toString().equals(name + ".ko")).findFirst();
      return found.isEmpty() ? Optional.empty() : Optional.of(Files.readAllBytes(found.get()));
    }
  }

  /** A file of bytes that nobody can compress, always the same. */
  Path randomFile(String name, int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new Random(bytes).nextBytes(content);
    return Files.write(file(name), content);
  }

  static Path busybox() throws IOException {
    for (String place : new String[] {"/bin/busybox", "/usr/bin/busybox"}) {
      if (Files.isExecutable(Path.of(place))) {
        return Path.of(place);
      }
    }
    throw new IOException("busybox is at neither /bin/busybox nor /usr/bin/busybox");
  }

  /** Compiles one of our C programs to a static one. */
  byte[] program(String name) throws IOException, InterruptedException {
    return Files.readAllBytes(compile(name, "", "-O2"));
  }

  /** The small kernel. */
  Path smallKernel() throws IOException, InterruptedException {
    return compile("small-kernel", SmallKernel.functions(), SmallKernel.options());
  }

  private Path compile(String name, String more, String... options) throws IOException, InterruptedException {
    Path source = resource(name + ".c");
    Files.writeString(source, more, StandardOpenOption.APPEND);
    Path program = file(name);
    List<String> command = new ArrayList<>(List.of("gcc", "-static"));
    command.addAll(List.of(options));
    command.addAll(List.of("-o", program.toString(), source.toString()));
    output(command);
    return program;
  }

  /** Adds a program of this computer with its shared libraries; nothing if this computer has it not. */
  static void addProgram(Initramfs files, String name) throws IOException, InterruptedException {
    for (String place : new String[] {"/usr/bin/", "/bin/"}) {
      Path program = Path.of(place + name);
      if (Files.isExecutable(program)) {
        files.file("bin/" + name, Files.readAllBytes(program));
        addLibraries(files, program);
        return;
      }
    }
  }

  private static void addLibraries(Initramfs files, Path program) throws IOException, InterruptedException {
    Matcher libraries = LIBRARY.matcher(output(List.of("ldd", program.toString())));
    while (libraries.find()) {
      files.file(libraries.group(1).substring(1), Files.readAllBytes(Path.of(libraries.group(1))));
    }
  }

  /** A file of ours that comes with the benchmarks. */
  Path resource(String name) throws IOException {
    try (InputStream resource = Material.class.getResourceAsStream(name)) {
      if (resource == null) {
        throw new IllegalStateException("the resource %s is missing from this build".formatted(name));
      }
      return Files.write(file(name), resource.readAllBytes());
    }
  }

  /** What a command prints. */
  static String output(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + " failed: " + output);
    }
    return output;
  }
}
