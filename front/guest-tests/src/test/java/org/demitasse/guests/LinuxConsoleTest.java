package org.demitasse.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.demitasse.guests.LinuxKernel.Flavour;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The virtio console behind the kernel's own driver: a session on port 0, and the line on port 1 that powers off. */
class LinuxConsoleTest {
  private static final String START =
      """
      #!/bin/sh
      mount -t proc proc /proc
      mount -t sysfs sys /sys
      mount -t devtmpfs dev /dev
      for module in $(cat /modules/order); do insmod /modules/$module.ko; done
      until [ -c /dev/vport0p1 ]; do sleep 0.1; done
      """;

  @TempDir private Path folder;

  private Demi linux(String lastLine) {
    LinuxKernel kernel = new LinuxKernel(Flavour.CLOUD);
    Initramfs initramfs =
        new Initramfs().modules(kernel.modules("virtio_mmio", "virtio_console")).file("start", START + lastLine);
    return new Demi(folder)
        .with("--kernel", kernel.image(), "--initrd", initramfs.write(folder), "--append", "rdinit=/start");
  }

  @Test
  void aSessionOnTheVirtioConsole() {
    Demi.Result result =
        linux("until grep -q hvc0 /proc/consoles; do sleep 0.1; done; exec sh </dev/hvc0 >/dev/hvc0 2>&1")
            .with("--console", "virtio")
            .typing("stty size; seq 1 2000 | md5sum; cat /proc/consoles; poweroff -f\n")
            .run()
            .poweredOff();
    assertThat(result.console())
        .contains("\n25 80\n", "ea4d0a24dabcaa11f9aa979b872d162b  -", "hvc0")
        .doesNotContain("Call Trace");
  }

  @Test
  void aLineOnTheControlPortPowersOff() {
    Demi.Result result =
        linux("exec sh")
            .typing(
                """
                cat /sys/class/virtio-ports/vport*p1/name
                echo 'something else' > /dev/$(basename /sys/class/virtio-ports/vport*p1)
                echo still here
                echo 'JEMATA!' > /dev/$(basename /sys/class/virtio-ports/vport*p1); sleep 1; echo never printed
                """)
            .run()
            .poweredOff();
    assertThat(result.console()).contains("org.demitasse.control\n", "\nstill here\n").doesNotContain("\nnever");
  }
}
