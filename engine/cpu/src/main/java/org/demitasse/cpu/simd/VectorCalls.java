package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;

/** What translated code calls for instructions on XMM registers. 64-bit mode only. */
public final class VectorCalls {
  private static final long LOW = 0xffff_ffffL;

  private VectorCalls() {}

  /** Checks a 16-byte operand that must be aligned. */
  public static void requireAligned(long linear, Cpu cpu) {
    if ((linear & 15) != 0) {
      throw cpu.raise(GuestFault.GP, 0);
    }
  }

  /** Checks a 16-byte source anywhere: its faults come before anything is read. */
  public static void probeRead(long linear, Cpu cpu) {
    cpu.memory.requireAligned(linear, 16);
    if ((linear & 4095) > 4096 - 16) {
      cpu.memory.probeRead(linear, 16);
    }
  }

  /** Checks a 16-byte destination anywhere. */
  public static void probeWrite(long linear, Cpu cpu) {
    cpu.memory.requireAligned(linear, 16);
    if ((linear & 4095) > 4096 - 16) {
      cpu.memory.probeWrite(linear, 16);
    }
  }

  /** One half of an instruction that treats both alike. */
  public static long lane(long destination, long source, Lanewise meaning) {
    return meaning.apply(destination, source);
  }

  /** Two of four dwords, chosen by the low four bits of an order. */
  public static long dwords(long low, long high, int order) {
    return Shuffles.dword(low, high, order) & LOW | Shuffles.dword(low, high, order >> 2) << 32;
  }

  /** The sign bits of sixteen bytes. */
  public static long signs(long low, long high) {
    return Lanes.signsOfBytes(low) | Lanes.signsOfBytes(high) << 8;
  }

  /** A scalar double. */
  public static long wide(long a, long b, Cpu cpu, FloatBinary meaning) {
    long result = meaning.apply(cpu, a, b);
    Mxcsr.commit(cpu);
    return result;
  }

  /** A scalar single, of the low half of each operand or of what a conversion takes: the destination's rest stays. */
  public static long single(long a, long b, Cpu cpu, FloatBinary meaning) {
    long result = meaning.apply(cpu, a & LOW, b);
    Mxcsr.commit(cpu);
    return a & ~LOW | result;
  }

  /** One double of several: exceptions are noted only. */
  public static long oneOfTwo(long a, long b, Cpu cpu, FloatBinary meaning) {
    return meaning.apply(cpu, a, b);
  }

  /** Two singles of four: exceptions are noted only. */
  public static long twoOfFour(long a, long b, Cpu cpu, FloatBinary meaning) {
    return meaning.apply(cpu, a & LOW, b & LOW) | meaning.apply(cpu, a >>> 32, b >>> 32) << 32;
  }

  /** Raises what was noted and is not masked. */
  public static void commit(Cpu cpu) {
    Mxcsr.commit(cpu);
  }

  /** COMISD and UCOMISD: sets all flags. */
  public static void compareDouble(long a, long b, Cpu cpu, boolean signalling) {
    int order;
    if (FastFloat.usual(a) && FastFloat.usual(b)) {
      double x = Double.longBitsToDouble(a);
      double y = Double.longBitsToDouble(b);
      order = x < y ? SoftFloat.LESS : x > y ? SoftFloat.GREATER : SoftFloat.EQUAL;
    } else {
      order = SoftFloat.compare(cpu, a, b, signalling, false);
      Mxcsr.commit(cpu);
    }
    FloatCompare.setFlags(cpu, order);
  }

  /** COMISS and UCOMISS: sets all flags. */
  public static void compareSingle(long a, long b, Cpu cpu, boolean signalling) {
    int order = SoftFloat.compare(cpu, a & LOW, b & LOW, signalling, true);
    Mxcsr.commit(cpu);
    FloatCompare.setFlags(cpu, order);
  }

  /** CVTTSD2SI. */
  public static long truncateDouble(long bits, Cpu cpu, boolean wide) {
    long result = FastFloat.truncateDouble(cpu, bits, wide);
    Mxcsr.commit(cpu);
    return result;
  }
}
