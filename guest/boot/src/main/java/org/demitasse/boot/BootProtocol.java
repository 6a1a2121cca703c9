package org.demitasse.boot;

/** How a kernel is entered. */
public enum BootProtocol {
  /** Xen's PVH: 32-bit protected mode with a start_info structure. */
  PVH("pvh"),
  /** Linux's 64-bit boot protocol: long mode with a zero page. */
  LINUX64("linux64"),
  /** Linux's 32-bit boot protocol: protected mode with a zero page. */
  LINUX32("linux32"),
  /** Multiboot 1: protected mode with a multiboot information structure. */
  MULTIBOOT("multiboot");

  private final String word;

  BootProtocol(String word) {
    this.word = word;
  }

  /** The protocol's name on a command line and in messages. */
  public String word() {
    return word;
  }
}
