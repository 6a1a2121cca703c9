package org.demitasse.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.demitasse.guests.LinuxKernel.Flavour;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An ext4 disk as root behind the kernel's own virtio modules: written to, powered off, and judged by e2fsck. */
class LinuxDiskTest {
  private static final String INIT =
      """
      #!/bin/sh
      mount -t proc proc /proc
      mount -t devtmpfs dev /dev
      mount -o remount,rw /
      grep ' / ' /proc/mounts
      nproc
      echo; echo "=== begin"
      sha256sum /bin/busybox | cut -d' ' -f1
      mkdir /made
      i=0; while [ $i -lt 300 ]; do echo "file $i" > /made/$i; i=$((i+1)); done
      rm /made/1*
      cat /bin/busybox /bin/busybox /bin/busybox > /made/big
      sync
      echo 3 > /proc/sys/vm/drop_caches
      ls /made | wc -l
      sha256sum /made/big | cut -d' ' -f1
      mv /made/big /made/bigger
      echo "=== end"
      dmesg | grep -i -e 'ext4-fs error' -e 'i/o error'
      mount -o remount,ro /
      poweroff -f
      """;

  /** Has ext4 report an error that it was mounted to panic of. */
  private static final String BREAK =
      """
      #!/bin/sh
      mount -t proc proc /proc
      mount -t sysfs sysfs /sys
      mount -o remount,rw,errors=panic /
      echo 1 > /sys/fs/ext4/vda/trigger_fs_error
      """;

  @TempDir private Path folder;

  @Test
  void fullKernelKeepsItsRootOnADiskWithTwoVcpus() throws IOException {
    Demi.Result result = rootOnADisk(Flavour.FULL, "-m", 2048, "-c", 2);
    assertThat(result.console()).as("what nproc says").contains("\n2\n");
  }

  @Test
  @Tag("slow")
  void cloudKernelKeepsItsRootOnADisk() throws IOException {
    rootOnADisk(Flavour.CLOUD, "-m", 256);
  }

  @Test
  void aPanicInAModuleShowsTheModulesFunctions() throws IOException {
    LinuxKernel kernel = new LinuxKernel(Flavour.CLOUD);
    Initramfs initramfs = new Initramfs().modules(kernel.modules("virtio_mmio", "virtio_blk", "crc32c_intel", "ext4"));
    Demi.Result result =
        new Demi(folder)
            .with("--kernel", kernel.image(), "--initrd", initramfs.write(folder), "--disk", disk(BREAK))
            .with("--append", "root=/dev/vda loglevel=4", "-m", 256)
            .run();
    assertThat(result.status()).as(result.errors()).isEqualTo(80);
    assertThat(result.errors()).contains("panic forced after error").contains("__ext4_error+0x", "trigger_test_error");
  }

  private Demi.Result rootOnADisk(Flavour flavour, Object... more) throws IOException {
    LinuxKernel kernel = new LinuxKernel(flavour);
    Path disk = disk(INIT);
    Initramfs initramfs = new Initramfs().modules(kernel.modules("virtio_mmio", "virtio_blk", "crc32c_intel", "ext4"));
    Demi.Result result =
        new Demi(folder)
            .with("--kernel", kernel.image(), "--initrd", initramfs.write(folder), "--disk", disk)
            .with("--append", "root=/dev/vda loglevel=4")
            .with(more)
            .run()
            .poweredOff();

    String once = Host.output("sha256sum", TestFiles.busybox().toString()).substring(0, 64);
    String busybox = TestFiles.busybox().toString();
    Path big = folder.resolve("big");
    Host.output("sh", "-c", "cat %1$s %1$s %1$s > %2$s".formatted(busybox, big));
    String thrice = Host.output("sha256sum", big.toString()).substring(0, 64);
    assertThat(result.between("=== begin", "=== end")).isEqualTo("%s\n190\n%s\n".formatted(once, thrice));
    assertThat(result.console()).contains("/dev/vda / ext4 rw").doesNotContain("Call Trace");
    Host.Result check = Host.run("e2fsck", "-fn", disk.toString());
    assertThat(check.status()).as(check.text()).isZero();
    Path dumped = folder.resolve("dumped");
    Host.output("debugfs", "-R", "dump /made/bigger " + dumped, disk.toString());
    assertThat(Files.mismatch(dumped, big)).as("first difference of what is on the disk").isEqualTo(-1);
    return result;
  }

  private Path disk(String script) throws IOException {
    Path tree = Files.createDirectory(folder.resolve("tree"));
    for (String name : new String[] {"bin", "sbin", "dev", "proc", "sys"}) {
      Files.createDirectory(tree.resolve(name));
    }
    Files.copy(TestFiles.busybox(), tree.resolve("bin/busybox"));
    for (String applet : Host.output(TestFiles.busybox().toString(), "--list").split("\n")) {
      if (!applet.equals("busybox")) {
        Files.createSymbolicLink(tree.resolve("bin").resolve(applet), Path.of("busybox"));
      }
    }
    Path init = Files.writeString(tree.resolve("sbin/init"), script);
    assertThat(tree.resolve("bin/busybox").toFile().setExecutable(true)).isTrue();
    assertThat(init.toFile().setExecutable(true)).isTrue();
    Path disk = folder.resolve("root.img");
    Host.output("mke2fs", "-q", "-t", "ext4", "-d", tree.toString(), disk.toString(), "64M");
    return disk;
  }
}
