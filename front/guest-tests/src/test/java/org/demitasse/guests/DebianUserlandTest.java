package org.demitasse.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.demitasse.guests.LinuxKernel.Flavour;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Debian's own perl, openssl and coreutils, and floating-point programs that gcc made, print the same bytes in the
 * guest as on this computer: the same files, there from an ext4 disk, here by chroot.
 */
class DebianUserlandTest {
  /**
   * The mathematical library picks functions by CPUID; its variants for FMA round otherwise. The guest has none of
   * these.
   */
  private static final Map<String, String> WITHOUT_FMA =
      Map.of("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2,-AVX2_Usable,-FMA_Usable,-FMA4_Usable");

  private static final List<String> FLAGS =
      List.of("-O0", "-O2", "-O3 -msse4.2", "-O2 -mfpmath=387", "-O3 -march=x86-64-v2 -fno-math-errno");

  private static final String INIT =
      """
      #!/bin/sh
      mount -t proc proc /proc
      mount -t devtmpfs dev /dev
      mount -o remount,rw /
      echo; echo "=== begin"
      sh /work/userland.sh /work 2>&1
      echo "=== end"
      mount -o remount,ro /
      echo o > /proc/sysrq-trigger
      while :; do sleep 1; done
      """;

  @TempDir private Path folder;

  @Test
  void printsTheSameBytesAsOnThisComputer() throws IOException {
    Path tree = folder.resolve("tree");
    Host.output("cp", "-a", TestFiles.require("debian").toRealPath().toString(), tree.toString());
    Path work = Files.createDirectory(tree.resolve("work"));
    fill(work);
    Path disk = folder.resolve("debian.img");
    Host.output("mke2fs", "-q", "-t", "ext4", "-d", tree.toString(), disk.toString(), "400M");
    LinuxKernel kernel = new LinuxKernel(Flavour.CLOUD);
    Initramfs initramfs = new Initramfs().modules(kernel.modules("virtio_mmio", "virtio_blk", "crc32c_intel", "ext4"));

    Demi.Result result =
        new Demi(folder)
            .with("--kernel", kernel.image(), "--initrd", initramfs.write(folder), "--disk", disk, "-m", 512)
            .with("--append", "root=/dev/vda init=/work/init loglevel=4")
            .run()
            .poweredOff();

    Host.Result here = Host.runIn(tree, WITHOUT_FMA, "/bin/sh", "/work/userland.sh", "/work");
    assertThat(here.status()).as(here.text()).isZero();
    assertThat(result.between("=== begin", "=== end")).isEqualTo(here.text());
    Host.Result check = Host.run("e2fsck", "-fn", disk.toString());
    assertThat(check.status()).as(check.text()).isZero();
  }

  private void fill(Path work) throws IOException {
    Path source = copy("floating.c", folder.resolve("floating.c"));
    for (String flags : FLAGS) {
      String program = work.resolve("floating" + flags.replaceAll("[ =]", "")).toString();
      List<String> command = new ArrayList<>(List.of("gcc", "-std=gnu11", "-static", "-frounding-math", "-o", program));
      command.addAll(Arrays.asList(flags.split(" ")));
      command.addAll(List.of(source.toString(), "-lm"));
      Host.output(command.toArray(String[]::new));
    }
    copy("userland.sh", work.resolve("userland.sh"));
    copy("userland.pl", work.resolve("userland.pl"));
    Path init = Files.writeString(work.resolve("init"), INIT);
    assertThat(init.toFile().setExecutable(true)).isTrue();
    Random random = new Random(20260101);
    byte[] bytes = new byte[300_000];
    random.nextBytes(bytes);
    Files.write(work.resolve("random"), bytes);
    Files.writeString(
        work.resolve("random.txt"),
        random.ints(4000, 0, 1_000_000_000).mapToObj(value -> value + "\n").collect(Collectors.joining()));
    Host.output("openssl", "genrsa", "-out", work.resolve("rsa.pem").toString(), "2048");
    Host.output("openssl", "genpkey", "-algorithm", "ed25519", "-out", work.resolve("ed25519.pem").toString());
  }

  private static Path copy(String resource, Path to) throws IOException {
    try (InputStream in = DebianUserlandTest.class.getResourceAsStream("/" + resource)) {
      assertThat(in).as(resource).isNotNull();
      Files.copy(in, to);
      return to;
    }
  }
}
