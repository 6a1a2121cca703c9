package org.demitasse.cpu.state;

/**
 * The six arithmetic flags, kept lazily in two longs.
 *
 * <p><b>result</b> is the last result, sign-extended from its operand size: ZF is {@code result == 0}, SF its sign, PF
 * the parity of its low byte. <b>carries</b> has in bit 63 the carry out of the operand (CF), in bit 62 the carry into
 * its top bit (OF is bit 63 xor bit 62), and in bit 3 the carry out of the low nibble (AF); its other bits are 0. Two
 * corrections, normally 0, make any combination expressible: bit 16 of carries flips SF, bit 8 flips PF.
 */
public final class Flags {
  public static final int CF = 1;
  public static final int PF = 1 << 2;
  public static final int AF = 1 << 4;
  public static final int ZF = 1 << 6;
  public static final int SF = 1 << 7;
  public static final int TF = 1 << 8;
  public static final int IF = 1 << 9;
  public static final int DF = 1 << 10;
  public static final int OF = 1 << 11;
  public static final int IOPL = 3 << 12;
  public static final int NT = 1 << 14;
  public static final int RF = 1 << 16;
  public static final int VM = 1 << 17;
  public static final int AC = 1 << 18;
  public static final int VIF = 1 << 19;
  public static final int VIP = 1 << 20;
  public static final int ID = 1 << 21;

  /** The six flags that {@link #pack} gives. */
  public static final int ARITHMETIC = CF | PF | AF | ZF | SF | OF;

  private static final long FLIP_SF = 1L << 16;
  private static final long FLIP_PF = 1L << 8;

  private Flags() {}

  /** Carries of an addition {@code sum = a + b (+ carry in)} in 64 bits. */
  public static long addCarries(long a, long b, long sum) {
    return (a & b) | ((a | b) & ~sum);
  }

  /** Borrows of a subtraction {@code difference = a - b (- borrow in)} in 64 bits. */
  public static long subtractBorrows(long a, long b, long difference) {
    return (~a & b) | ((~a | b) & difference);
  }

  public static boolean carry(long carries) {
    return carries < 0;
  }

  public static boolean overflow(long carries) {
    return (carries ^ (carries << 1)) < 0;
  }

  public static boolean sign(long result, long carries) {
    return (result ^ (carries << 47)) < 0;
  }

  public static boolean adjust(long carries) {
    return (carries & 8) != 0;
  }

  public static boolean parity(long result, long carries) {
    return ((Long.bitCount(result & 0xff) ^ (carries >>> 8)) & 1) == 0;
  }

  /** SF differs from OF: signed less. */
  public static boolean less(long result, long carries) {
    return (result ^ (carries << 47) ^ carries ^ (carries << 1)) < 0;
  }

  /** The six flags as EFLAGS bits. */
  public static int pack(long result, long carries) {
    return (carry(carries) ? CF : 0)
        | (parity(result, carries) ? PF : 0)
        | (adjust(carries) ? AF : 0)
        | (result == 0 ? ZF : 0)
        | (sign(result, carries) ? SF : 0)
        | (overflow(carries) ? OF : 0);
  }

  /** A result word that expresses the ZF of EFLAGS bits; goes with {@link #carriesOf}. */
  public static long resultOf(int flags) {
    return (flags & ZF) != 0 ? 0 : 0x100;
  }

  /** A carries word that expresses the other five flags of EFLAGS bits; goes with {@link #resultOf}. */
  public static long carriesOf(int flags) {
    long carries = (flags & AF) != 0 ? 8 : 0;
    boolean carry = (flags & CF) != 0;
    boolean overflow = (flags & OF) != 0;
    if (carry) {
      carries |= 1L << 63;
    }
    if (carry != overflow) {
      carries |= 1L << 62;
    }
    if ((flags & SF) != 0) {
      carries |= FLIP_SF;
    }
    if ((flags & PF) == 0) {
      carries |= FLIP_PF;
    }
    return carries;
  }
}
