package org.demitasse.cpu.fpu;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.SystemRegisters;
import org.demitasse.cpu.state.X87State;

/** The register stack, the status word and the rules of exceptions (Intel SDM vol. 1, chapter 8). */
public final class X87 {
  /** Invalid operation. */
  public static final int IE = 1;

  /** Denormal operand. */
  public static final int DE = 1 << 1;

  /** Zero divide. */
  public static final int ZE = 1 << 2;

  /** Overflow. */
  public static final int OE = 1 << 3;

  /** Underflow. */
  public static final int UE = 1 << 4;

  /** Precision. */
  public static final int PE = 1 << 5;

  /** Stack fault. */
  public static final int SF = 1 << 6;

  /** Error summary. */
  public static final int ES = 1 << 7;

  public static final int C0 = 1 << 8;
  public static final int C1 = 1 << 9;
  public static final int C2 = 1 << 10;
  public static final int C3 = 1 << 14;

  /** Busy: a copy of {@link #ES}. */
  public static final int B = 1 << 15;

  /** The six maskable exceptions. */
  public static final int EXCEPTIONS = 0x3f;

  /** Exceptions found before the operation: unmasked, they leave all operands as they were. */
  static final int BEFORE = IE | DE | ZE;

  static final int CONDITIONS = C0 | C1 | C2 | C3;

  private static final int TOP_BITS = 7 << 11;

  private X87() {}

  // --- words
  // ---------------------------------------------------------------------------------------------------------------

  /** The status word with TOP. */
  public static int statusWord(X87State s) {
    return s.status | s.top << 11;
  }

  /** Sets the status word; ES and B follow from exceptions and masks. */
  public static void setStatusWord(X87State s, int word) {
    s.status = word & ~TOP_BITS & 0xffff;
    s.top = word >> 11 & 7;
    summarize(s);
  }

  /** Sets the control word; bit 6 reads as 1, bits 7 and 13-15 as 0. */
  public static void setControlWord(X87State s, int word) {
    s.control = (word & 0x1f7f) | 0x40;
    summarize(s);
  }

  /** Sets ES and B as exceptions and masks stand. */
  static void summarize(X87State s) {
    if ((s.status & ~s.control & EXCEPTIONS) != 0) {
      s.status |= ES | B;
    } else {
      s.status &= ~(ES | B);
    }
  }

  /** FNINIT: the registers keep their bits. */
  public static void initialize(X87State s) {
    s.control = 0x37f;
    s.status = 0;
    s.top = 0;
    s.empty = 0xff;
    s.opcode = 0;
    s.instructionPointer = 0;
    s.dataPointer = 0;
    s.instructionSelector = 0;
    s.dataSelector = 0;
  }

  /** The full tag word: 00 valid, 01 zero, 10 special, 11 empty (Intel SDM vol. 1, 8.1.7). */
  static int tagWord(X87State s) {
    int word = 0;
    for (int i = 0; i < 8; i++) {
      word |= tag(s, i) << (i * 2);
    }
    return word;
  }

  private static int tag(X87State s, int physical) {
    if ((s.empty >> physical & 1) != 0) {
      return 3;
    }
    long significand = s.significand[physical];
    int exponent = s.signExponent[physical] & 0x7fff;
    if (exponent == 0 && significand == 0) {
      return 1;
    }
    return exponent == 0 || exponent == 0x7fff || significand >= 0 ? 2 : 0;
  }

  /** Sets emptiness from a full tag word; its other distinctions follow from the registers. */
  static void setTagWord(X87State s, int word) {
    int empty = 0;
    for (int i = 0; i < 8; i++) {
      if ((word >> (i * 2) & 3) == 3) {
        empty |= 1 << i;
      }
    }
    s.empty = empty;
  }

  // --- exceptions
  // ------------------------------------------------------------------------------------------------------------

  /**
   * Raises a pending unmasked exception, as waiting instructions do first. With CR0.NE clear the exception goes to the
   * FERR# pin, which no machine of ours has wired: the instruction goes on, as if IGNNE# were asserted.
   *
   * @throws GuestFault #MF
   */
  public static void checkPending(Cpu cpu) {
    if ((cpu.x87.status & ES) != 0 && (cpu.sys.cr0 & SystemRegisters.CR0_NE) != 0) {
      throw cpu.raise(GuestFault.MF, 0);
    }
  }

  /** Forgets what an earlier instruction raised. */
  static void clear(X87State s) {
    s.raised = 0;
    s.roundedUp = false;
    s.sourceDenormal = false;
  }

  /**
   * Moves what the instruction raised to the status word.
   *
   * @return true if the result may be stored in a register: no invalid operation, denormal or zero divide is unmasked
   */
  static boolean settle(X87State s) {
    int unmasked = s.raised & ~s.control & EXCEPTIONS;
    if ((unmasked & BEFORE) != 0) {
      s.raised &= BEFORE | SF;
      s.roundedUp = false;
    }
    s.status |= s.raised;
    if (s.roundedUp) {
      s.status |= C1;
    }
    if (unmasked != 0) {
      s.status |= ES | B;
    }
    return (unmasked & BEFORE) == 0;
  }

  /**
   * As {@link #settle}, for a destination in memory: unmasked overflow and underflow keep the result from being stored,
   * too.
   */
  static boolean settleForMemory(X87State s) {
    int unmasked = s.raised & ~s.control & EXCEPTIONS;
    if ((unmasked & (OE | UE)) != 0) {
      s.raised &= ~PE;
      s.roundedUp = false;
    }
    boolean stores = settle(s);
    return stores && (unmasked & (OE | UE)) == 0;
  }

  // --- stack
  // -----------------------------------------------------------------------------------------------------------------

  /** Physical number of ST(i). */
  static int physical(X87State s, int i) {
    return s.top + i & 7;
  }

  static boolean isEmpty(X87State s, int i) {
    return (s.empty >> (s.top + i & 7) & 1) != 0;
  }

  /** Writes ST(i), which becomes valid. */
  static void write(X87State s, int i, long significand, int signExponent) {
    int physical = s.top + i & 7;
    s.significand[physical] = significand;
    s.signExponent[physical] = signExponent;
    s.empty &= ~(1 << physical);
  }

  /** Writes the result to ST(i). */
  static void writeResult(X87State s, int i) {
    write(s, i, s.resultSignificand, s.resultSignExponent);
  }

  /** Empties ST(0) and increments TOP. */
  static void pop(X87State s) {
    s.empty |= 1 << s.top;
    s.top = s.top + 1 & 7;
  }

  /** Pushes the result; the caller has settled exceptions and ST(7) was empty or the overflow is masked. */
  static void pushResult(X87State s) {
    s.top = s.top - 1 & 7;
    writeResult(s, 0);
  }

  /** Meets a stack underflow: invalid operation with C1 clear; the result is the indefinite. */
  static void underflow(X87State s) {
    s.raised = IE | SF;
    s.roundedUp = false;
    s.status &= ~C1;
    Float80.indefinite(s);
  }

  /** Meets a stack overflow: invalid operation with C1 set; the result is the indefinite. */
  static void overflow(X87State s) {
    s.raised = IE | SF;
    s.roundedUp = false;
    s.status |= C1;
    Float80.indefinite(s);
  }
}
