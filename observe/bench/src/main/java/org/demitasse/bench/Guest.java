package org.demitasse.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What is booted, the same for everybody.
 *
 * @param kernel a PVH kernel or a bzImage with one
 * @param disks raw images, written to
 */
record Guest(Path kernel, Optional<Path> initrd, String cmdline, int memoryMib, List<Path> disks) {
  static final String DEMI = "demi";
  static final String QEMU = "qemu microvm tcg";

  /** The same with more words on its command line. */
  Guest withWords(String words) {
    return new Guest(kernel, initrd, cmdline + " " + words, memoryMib, disks);
  }

  /** The command that boots it with demi's soft CPU. */
  List<String> demi(String... more) {
    List<String> words = new ArrayList<>(List.of("./demi", "run", "--engine", "cpu"));
    words.addAll(List.of("--kernel", kernel.toString(), "-m", String.valueOf(memoryMib)));
    initrd.ifPresent(file -> words.addAll(List.of("--initrd", file.toString())));
    if (!cmdline.isEmpty()) {
      words.addAll(List.of("--append", cmdline));
    }
    disks.forEach(disk -> words.addAll(List.of("--disk", disk.toString())));
    words.addAll(List.of(more));
    return words;
  }

  /** As {@link #demi}, without translation. */
  List<String> interpreter() {
    List<String> words = new ArrayList<>(List.of("env", "JDK_JAVA_OPTIONS=-Ddemitasse.translation=none"));
    words.addAll(demi());
    return words;
  }

  /** The command that boots several in one JVM; see {@link OneJvm}. */
  List<String> inOneJvm(String what, int count, String text) {
    List<String> words = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
    words.addAll(List.of("-XX:+UseSerialGC", "--sun-misc-unsafe-memory-access=allow"));
    words.addAll(List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:+WhiteBoxAPI", "-XX:-DisplayVMOutput")); // HostCompiler
    words.addAll(
        List.of("--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED", "--enable-native-access=ALL-UNNAMED"));
    words.addAll(List.of("-cp", System.getProperty("java.class.path"), OneJvm.class.getName()));
    words.addAll(List.of(what, String.valueOf(count), text, kernel.toString()));
    words.addAll(List.of(initrd.map(Path::toString).orElse("-"), String.valueOf(memoryMib), cmdline));
    return words;
  }

  /** The command that boots it with QEMU's microvm machine under TCG. */
  List<String> qemu() {
    List<String> words =
        new ArrayList<>(List.of("qemu-system-x86_64", "-M", "microvm", "-accel", "tcg", "-cpu", "max"));
    words.addAll(List.of("-m", String.valueOf(memoryMib), "-nodefaults", "-no-user-config", "-display", "none"));
    words.addAll(List.of("-serial", "stdio", "-no-reboot", "-kernel", kernel.toString()));
    initrd.ifPresent(file -> words.addAll(List.of("-initrd", file.toString())));
    words.addAll(List.of("-append", cmdline));
    for (int n = 0; n < disks.size(); n++) {
      words.addAll(List.of("-drive", "id=d%d,if=none,format=raw,file=%s".formatted(n, disks.get(n))));
      words.addAll(List.of("-device", "virtio-blk-device,drive=d" + n));
    }
    return words;
  }
}
