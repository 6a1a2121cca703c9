package org.demitasse.cpu.integer;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter.FlagKind;
import org.demitasse.cpu.core.Emitter.Overlay;
import org.demitasse.cpu.state.Flags;

/**
 * Flags that translated code has not made yet: the operands of the last instruction that sets all of them, and what a
 * later one that sets CF alone, or CF and OF, lays over them. Made by the instruction's own meaning.
 */
public final class PendingFlags {
  /** Bits of what {@link #pack} gives. */
  public static final int BITS = 8;

  private static final int KIND_MASK = 15;
  private static final int SIZE_SHIFT = 4;
  private static final int OVERLAY_SHIFT = 6;
  private static final long TOP_TWO = 3L << 62;

  /** What to OR into a packed description for an overlay of CF and OF. */
  public static final int OVERLAY_BOTH = Overlay.CARRY_AND_OVERFLOW.ordinal() << OVERLAY_SHIFT;

  /** What to OR into a packed description for an overlay of CF, if there is none of both. */
  public static final int OVERLAY_CARRY = Overlay.CARRY.ordinal() << OVERLAY_SHIFT;

  private static final FlagKind[] KINDS = FlagKind.values();

  private PendingFlags() {}

  /** Packs what the flag locals mean into 8 bits; 0 is {@link FlagKind#IN_CPU} without an overlay. */
  public static int pack(FlagKind kind, int size, Overlay overlay) {
    boolean sized = kind != FlagKind.IN_CPU && kind != FlagKind.ELSEWHERE;
    return kind.ordinal()
        | (sized ? Integer.numberOfTrailingZeros(size) << SIZE_SHIFT : 0)
        | overlay.ordinal() << OVERLAY_SHIFT;
  }

  /** Says whether a packed description is of {@link FlagKind#ELSEWHERE}. */
  public static boolean isElsewhere(int packed) {
    return (packed & KIND_MASK) == FlagKind.ELSEWHERE.ordinal();
  }

  /** Makes the CPU's flag fields right. Called by generated code. */
  public static void settle(Cpu cpu, int packed, long first, long second, long third, long over) {
    if (packed == 0) {
      return;
    }
    int shift = 64 - (8 << (packed >>> SIZE_SHIFT & 3));
    switch (KINDS[packed & KIND_MASK]) {
      case ADD -> Alu.add(cpu, first, second, shift);
      case SUB -> Alu.sub(cpu, first, second, shift);
      case LOGIC -> Alu.or(cpu, first, second, shift);
      case ADC -> adc(cpu, first, second, third, shift);
      case SBB -> sbb(cpu, first, second, third, shift);
      case INC -> inc(cpu, first, second, shift);
      case DEC -> dec(cpu, first, second, shift);
      case SHL -> Shifts.shl(cpu, first, second, shift);
      case SHR -> Shifts.shr(cpu, first, second, shift);
      case SAR -> Shifts.sar(cpu, first, second, shift);
      case IMUL -> Multiply.imul(cpu, first, second, shift);
      case WIDE_MUL -> Multiply.wideFlags(cpu, first, second, shift);
      case WIDE_IMUL -> Multiply.imul(cpu, first, second, shift);
      default -> {} // they are in the CPU
    }
    int overlay = packed >>> OVERLAY_SHIFT;
    if (overlay >= Overlay.CARRY_AND_OVERFLOW.ordinal()) {
      overlayBoth(cpu, over);
    } else if (overlay != 0) {
      overlayCarry(cpu, over);
    }
  }

  /** Flags of ADC. Called by generated code, as are the next. */
  public static void adc(Cpu cpu, long first, long second, long carry, int shift) {
    cpu.flagCarries = carry << 63;
    Alu.adc(cpu, first, second, shift);
  }

  /** Flags of SBB. */
  public static void sbb(Cpu cpu, long first, long second, long carry, int shift) {
    cpu.flagCarries = carry << 63;
    Alu.sbb(cpu, first, second, shift);
  }

  /** Flags of INC. */
  public static void inc(Cpu cpu, long first, long carry, int shift) {
    cpu.flagCarries = carry << 63;
    Alu.inc(cpu, first, shift);
  }

  /** Flags of DEC. */
  public static void dec(Cpu cpu, long first, long carry, int shift) {
    cpu.flagCarries = carry << 63;
    Alu.dec(cpu, first, shift);
  }

  /** Lays CF and OF over the CPU's flags. */
  public static void overlayBoth(Cpu cpu, long over) {
    cpu.flagCarries = cpu.flagCarries & ~TOP_TWO | over & TOP_TWO;
  }

  /** Lays CF over the CPU's flags. */
  public static void overlayCarry(Cpu cpu, long over) {
    Alu.setCarry(cpu, over < 0);
  }

  /** The overlay of both flags that ROL leaves, by its result. */
  public static long rolOverlay(long result, int shift) {
    return result << 63 | result << shift >>> 1 & 1L << 62;
  }

  /** The overlay when CF (bit 63) is set to something else, by the overlay of before. */
  public static long withCarry(int packed, long over, long carry) {
    if (packed >>> OVERLAY_SHIFT < Overlay.CARRY_AND_OVERFLOW.ordinal()) {
      return carry;
    }
    long overflow = (over ^ over << 1) & Long.MIN_VALUE;
    return carry | (carry ^ overflow) >>> 1;
  }

  /** CF of an addition, 0 or 1. */
  public static long addCarry(long first, long second, long third, int shift) {
    long x = first << shift;
    long y = second << shift;
    return Flags.addCarries(x, y, x + y + (third << shift)) >>> 63;
  }

  /** CF of a subtraction, 0 or 1. */
  public static long subtractCarry(long first, long second, long third, int shift) {
    long x = first << shift;
    long y = second << shift;
    return Flags.subtractBorrows(x, y, x - y - (third << shift)) >>> 63;
  }

  /** CF, 0 or 1, of flags whose kind is only known now; the CPU's fields change only where that is needed. */
  public static long carry(Cpu cpu, int packed, long first, long second, long third, long over) {
    if (packed >>> OVERLAY_SHIFT != 0) {
      return over >>> 63;
    }
    int shift = 64 - (8 << (packed >>> SIZE_SHIFT & 3));
    return switch (KINDS[packed & KIND_MASK]) {
      case IN_CPU, ELSEWHERE -> cpu.flagCarries >>> 63;
      case ADD -> addCarry(first, second, 0, shift);
      case SUB -> subtractCarry(first, second, 0, shift);
      case LOGIC -> 0;
      case ADC -> addCarry(first, second, third, shift);
      case SBB -> subtractCarry(first, second, third, shift);
      case INC, DEC -> second;
      default -> {
        settle(cpu, packed, first, second, third, over);
        yield cpu.flagCarries >>> 63;
      }
    };
  }
}
