package org.demitasse.differential;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** One experiment: code, and the whole user state before it. Plain fields, reused from case to case. */
final class TestCase {
  static final int MAX_CODE = 192;
  static final int MAX_PATCH = 64;
  static final int TRAP_FLAG = 0x100;

  Mode mode = Mode.LONG;
  final long[] gpr = new long[16];

  /** Relative to the code segment. */
  long rip;

  long rflags;
  long fsBase;
  long gsBase;
  int ss;
  int ds;
  int es;
  int fs;
  int gs;
  final byte[] code = new byte[MAX_CODE];
  int codeBytes;

  /** Linear address of the bytes of {@link #patch}, in a writable page. */
  long patchAddress;

  final byte[] patch = new byte[MAX_PATCH];
  int patchBytes;

  /** FXSAVE64 image. */
  final ByteBuffer fx = ByteBuffer.allocate(XsaveImage.BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /** Seed of {@link Arena#contents}. */
  long dataSeed;

  /** The undefined flags at the end of a sequence; for one instruction {@link Undefined} works them out itself. */
  long undefinedFlags;

  /** Several instructions up to an INT3. */
  boolean sequence;

  boolean singleStep() {
    return (rflags & TRAP_FLAG) != 0;
  }

  long codeAddress() {
    return mode.codeBase + rip;
  }

  void copyFrom(TestCase other) {
    mode = other.mode;
    System.arraycopy(other.gpr, 0, gpr, 0, 16);
    rip = other.rip;
    rflags = other.rflags;
    fsBase = other.fsBase;
    gsBase = other.gsBase;
    ss = other.ss;
    ds = other.ds;
    es = other.es;
    fs = other.fs;
    gs = other.gs;
    System.arraycopy(other.code, 0, code, 0, MAX_CODE);
    codeBytes = other.codeBytes;
    patchAddress = other.patchAddress;
    System.arraycopy(other.patch, 0, patch, 0, MAX_PATCH);
    patchBytes = other.patchBytes;
    System.arraycopy(other.fx.array(), 0, fx.array(), 0, XsaveImage.BYTES);
    dataSeed = other.dataSeed;
    undefinedFlags = other.undefinedFlags;
    sequence = other.sequence;
  }
}
