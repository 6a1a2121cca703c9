package org.demitasse.guests;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** A first file system with busybox, whose init loads modules and then is a shell, or goes on to a root on a disk. */
final class Initramfs {
  private static final String INIT =
      """
      #!/bin/sh
      mount -t proc proc /proc
      mount -t sysfs sys /sys
      mount -t devtmpfs dev /dev
      for module in $(cat /modules/order); do
        insmod /modules/$module.ko || echo "cannot load $module"
      done
      root=$(sed -n 's/.*root=\\([^ ]*\\).*/\\1/p' /proc/cmdline)
      init=$(sed -n 's/.*init=\\([^ ]*\\).*/\\1/p' /proc/cmdline)
      if [ -n "$root" ]; then
        mount "$root" /root && exec switch_root /root ${init:-/sbin/init}
        echo "no root on $root"
        poweroff -f
      fi
      echo "=== ready"
      exec sh
      """;

  private final Map<String, byte[]> files = new LinkedHashMap<>();
  private final Map<String, byte[]> modules = new LinkedHashMap<>();

  /** Adds a file. */
  Initramfs file(String path, String content) {
    files.put(path, content.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** Adds modules, which are loaded in this order. */
  Initramfs modules(Map<String, byte[]> more) {
    modules.putAll(more);
    return this;
  }

  /** Writes it into a folder. */
  Path write(Path folder) {
    CpioWriter cpio = new CpioWriter();
    for (String name : new String[] {"bin", "dev", "proc", "sys", "tmp", "root", "modules"}) {
      cpio.folder(name);
    }
    cpio.device("dev/console", 5, 1);
    try {
      cpio.file("bin/busybox", Files.readAllBytes(TestFiles.busybox()));
      for (String applet : Host.output(TestFiles.busybox().toString(), "--list").split("\n")) {
        if (!applet.equals("busybox")) {
          cpio.link("bin/" + applet, "busybox");
        }
      }
      cpio.file("init", INIT.getBytes(StandardCharsets.UTF_8));
      modules.forEach((name, content) -> cpio.file("modules/" + name + ".ko", content));
      cpio.file("modules/order", String.join("\n", modules.keySet()).getBytes(StandardCharsets.UTF_8));
      files.forEach(cpio::file);
      return Files.write(Files.createTempFile(folder, "initramfs", ".cpio"), cpio.end());
    } catch (IOException failed) {
      throw new UncheckedIOException("cannot make an initramfs", failed);
    }
  }
}
