package org.demitasse.kvm;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Locale;
import java.util.regex.Pattern;
import org.demitasse.kvm.abi.Errno;

/** The file {@code /dev/kvm}, and why it cannot be used. */
final class KvmDevice {
  static final String PATH = "/dev/kvm";

  private static final Path CPUINFO = Path.of("/proc/cpuinfo");

  private KvmDevice() {}

  /** Says whether this system and CPU can have a KVM for our guests at all. */
  static boolean isPossible() {
    return systemHasNone().isEmpty();
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
  static String whyNotOpened(int errno) {
    return switch (errno) {
      case Errno.ENOENT, Errno.ENODEV, Errno.ENXIO -> whyMissing();
      case Errno.EACCES, Errno.EPERM -> whyForbidden();
      default -> "cannot open %s: %s".formatted(PATH, Errno.meaning(errno));
    };
  }

  private static String whyMissing() {
    String cpu;
    try {
      cpu = Files.readString(CPUINFO);
    } catch (IOException unreadable) {
      cpu = "";
    }
    String because = "there is no %s: ".formatted(PATH);
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

  private static boolean hasFlag(String cpuinfo, String flag) {
    return Pattern.compile("^flags\\s*:.*\\b" + flag + "\\b", Pattern.MULTILINE).matcher(cpuinfo).find();
  }

  private static String whyForbidden() {
    String group = "";
    try {
      PosixFileAttributes attributes = Files.readAttributes(Path.of(PATH), PosixFileAttributes.class);
      group = attributes.group().getName();
    } catch (IOException | UnsupportedOperationException unknown) {
      group = "";
    }
    if (group.isEmpty() || group.equals("root")) {
      return "no permission to open %s: only root may".formatted(PATH);
    }
    return "no permission to open %s: join the group %s (sudo usermod -aG %s $USER) and log in again"
        .formatted(PATH, group, group);
  }
}
