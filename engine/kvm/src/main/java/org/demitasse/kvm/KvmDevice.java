package org.demitasse.kvm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.demitasse.kvm.abi.Errno;
import org.demitasse.kvm.abi.LibC;

/**
 * The way to KVM, and why it may be closed.
 *
 * @param file the device file
 * @param cpuInfo where Linux describes the CPU
 * @param system makes what calls the C library: each thread needs its own
 */
record KvmDevice(Path file, Path cpuInfo, Supplier<? extends LibC> system) {
  /** This computer's; tests name another file. */
  static final KvmDevice HOST =
      new KvmDevice(
          Path.of(System.getProperty("demitasse.kvm.device", "/dev/kvm")), Path.of("/proc/cpuinfo"), LibC::new);

  /** For one thread's calls. */
  LibC newCalls() {
    return system.get();
  }

  /** Why this system can have no KVM, or an empty string. */
  static String systemHasNone() {
    String system = System.getProperty("os.name", "");
    String architecture = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
    if (!system.equals("Linux")) {
      return "KVM is a part of Linux, and this is " + system;
    }
    if (!architecture.equals("amd64") && !architecture.equals("x86_64")) {
      return "the KVM of a CPU of architecture %s runs no x86 guests".formatted(architecture);
    }
    return "";
  }

  /** Why opening failed, and what helps. */
  String whyNotOpened(int errno) {
    return switch (errno) {
      case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO -> whyMissing();
      case Errno.EACCES, Errno.EPERM -> whyForbidden();
      default -> "cannot open %s: %s".formatted(file, Errno.meaning(errno));
    };
  }

  private String whyMissing() {
    String cpu;
    try {
      cpu = Files.readString(cpuInfo);
    } catch (IOException unreadable) {
      cpu = "";
    }
    String because = "there is no %s: ".formatted(file);
    if (hasFlag(cpu, "vmx")) {
      return because + "the kernel module kvm_intel is not loaded (sudo modprobe kvm_intel)";
    }
    if (hasFlag(cpu, "svm")) {
      return because + "the kernel module kvm_amd is not loaded (sudo modprobe kvm_amd)";
    }
    if (hasFlag(cpu, "hypervisor")) {
      return because + "this computer is a virtual machine whose host has nested virtualisation off";
    }
    return because + "this CPU has no virtualisation, or the firmware has it off";
  }

  private static boolean hasFlag(String text, String flag) {
    return Pattern.compile("^flags\\s*:.*\\b" + flag + "\\b", Pattern.MULTILINE).matcher(text).find();
  }

  private String whyForbidden() {
    String group = "";
    try {
      PosixFileAttributes attributes = Files.readAttributes(file, PosixFileAttributes.class);
      group = attributes.group().getName();
    } catch (IOException | UnsupportedOperationException unknown) {
      group = "";
    }
    if (group.isEmpty() || group.equals("root")) {
      return "no permission to open %s: only root may".formatted(file);
    }
    return "no permission to open %s: join the group %s (sudo usermod -aG %s $USER) and log in again"
        .formatted(file, group, group);
  }
}
