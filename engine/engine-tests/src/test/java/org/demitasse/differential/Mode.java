package org.demitasse.differential;

/** The code segments that user code may run in on Linux, by which the processor knows its mode. */
enum Mode {
  /** 64-bit mode. */
  LONG(0x33, 64, 0),
  /** Compatibility mode with 32-bit defaults. */
  COMPAT(0x23, 32, 0),
  /** Compatibility mode with 16-bit defaults, in a segment of the LDT that starts at the code page. */
  CODE16(0x27, 16, Arena.CODE);

  final int selector;
  final int defaultBits;
  final long codeBase;

  Mode(int selector, int defaultBits, long codeBase) {
    this.selector = selector;
    this.defaultBits = defaultBits;
    this.codeBase = codeBase;
  }

  static Mode ofSelector(int selector) {
    for (Mode mode : values()) {
      if (mode.selector == selector) {
        return mode;
      }
    }
    throw new IllegalArgumentException("no mode has the code selector 0x%x".formatted(selector));
  }
}
