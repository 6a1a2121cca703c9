package org.demitasse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's cloud kernel with a busybox initramfs: what people run first. */
class LinuxTest {
  @TempDir private static Path folder;
  private static Path initrd;

  @BeforeAll
  static void makeInitramfs() throws IOException, InterruptedException {
    Path root = Files.createDirectories(folder.resolve("root/bin")).getParent();
    Path busybox =
        List.of(Path.of("/bin/busybox"), Path.of("/usr/bin/busybox")).stream()
            .filter(Files::exists)
            .findFirst()
            .orElseThrow();
    Files.copy(busybox, root.resolve("bin/busybox"));
    Files.createDirectories(root.resolve("proc"));
    Path init =
        Files.writeString(
            root.resolve("init"),
            """
            #!/bin/busybox sh
            /bin/busybox mkdir -p /sbin /usr/bin /usr/sbin /dev
            /bin/busybox --install -s
            mount -t proc proc /proc
            mount -t devtmpfs dev /dev
            exec sh
            """);
    assertThat(init.toFile().setExecutable(true)).isTrue();
    initrd = folder.resolve("initrd");
    Process cpio =
        new ProcessBuilder("sh", "-c", "find . | cpio --quiet -o -H newc > ../initrd")
            .directory(root.toFile())
            .inheritIO()
            .start();
    assertThat(cpio.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(cpio.exitValue()).isZero();
  }

  private static DemiProcess.Result linux(String session, String... more) {
    List<String> words =
        new java.util.ArrayList<>(
            List.of(
                "run",
                "--kernel",
                DemiProcess.testFile("linux-cloud/vmlinuz").toString(),
                "--initrd",
                initrd.toString(),
                "--timeout",
                "500"));
    words.addAll(List.of(more));
    return DemiProcess.run(session, words.toArray(String[]::new));
  }

  @Test
  void aScriptedSessionComputesAndPowersOff() {
    DemiProcess.Result result =
        linux(
            """
            echo "The quick brown fox" | sha256sum
            seq 1000 | sort -r -n | awk '{ s += $1 * NR } END { print "sum", s }'
            seq 20000 | gzip | gunzip | md5sum
            i=0; while [ $i -lt 1000 ]; do /bin/true; i=$((i+1)); done; echo forked $i
            poweroff -f
            """,
            "--append",
            "quiet panic=-1");
    assertThat(result.out())
        .contains("35fb7cc2337d10d618a1bad35c7a9e957c213f00d0ed32f2454b2a99a971c0d8  -")
        .contains("sum 167167000")
        .contains("e071f707df7bbeee2a6a1eb48011ddd0  -")
        .contains("forked 1000")
        .contains("reboot: Power down");
    assertThat(result.status()).isZero();
  }

  @Test
  void aPanicIsACrashWithAReport() {
    DemiProcess.Result result = linux("", "--append", "rdinit=/no/such/file root=/dev/none panic=-1");
    assertThat(result.status()).isEqualTo(ExitStatus.GUEST_CRASHED);
    assertThat(result.err())
        .contains("demi: the guest's kernel crashed: Kernel panic - not syncing: VFS: Unable to mount root fs")
        .contains("vcpu 0  ", "\n  rip ", "\n  rax ", "\n  cr0 ", "\n  code ");
  }

  @Test
  void twoVcpusAreSeen() {
    DemiProcess.Result result = linux("grep -c ^processor /proc/cpuinfo\nreboot -f\n", "-c", "2", "--append", "quiet");
    assertThat(result.out()).contains("cpuinfo\n2\n");
    assertThat(result.status()).isZero();
  }
}
