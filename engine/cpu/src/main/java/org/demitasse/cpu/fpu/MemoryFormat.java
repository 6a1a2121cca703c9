package org.demitasse.cpu.fpu;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.state.X87State;

/** Formats of x87 operands in memory. */
enum MemoryFormat {
  FLOAT32,
  FLOAT64,
  FLOAT80,
  INTEGER16,
  INTEGER32,
  INTEGER64,
  DECIMAL;

  /** Reads and widens the source operand. */
  void read(Cpu cpu, X87State s, MemoryOperand memory) {
    switch (this) {
      case FLOAT32 -> Conversion.fromFloat32(s, cpu.memory.read32(memory.forRead(cpu, 4)));
      case FLOAT64 -> Conversion.fromFloat64(s, cpu.memory.read64(memory.forRead(cpu, 8)));
      case INTEGER16 -> Conversion.fromInteger(s, (short) cpu.memory.read16(memory.forRead(cpu, 2)));
      case INTEGER32 -> Conversion.fromInteger(s, cpu.memory.read32(memory.forRead(cpu, 4)));
      case INTEGER64 -> Conversion.fromInteger(s, cpu.memory.read64(memory.forRead(cpu, 8)));
      default -> {
        long low = cpu.memory.read64(memory.forRead(cpu, 8));
        int high = cpu.memory.read16(memory.forRead(cpu, 8, 2));
        if (this == DECIMAL) {
          Conversion.fromDecimal(s, low, high);
        } else {
          s.sourceSignificand = low;
          s.sourceSignExponent = high;
          s.sourceDenormal = false;
        }
      }
    }
  }

  int bytes() {
    return switch (this) {
      case INTEGER16 -> 2;
      case FLOAT32, INTEGER32 -> 4;
      case FLOAT64, INTEGER64 -> 8;
      default -> 10;
    };
  }

  /** Makes sure that a store cannot fault. */
  void probeWrite(Cpu cpu, MemoryOperand memory) {
    if (bytes() == 10) {
      cpu.memory.probeWrite(memory.forWrite(cpu, 8), 8);
      cpu.memory.probeWrite(memory.forWrite(cpu, 8, 2), 2);
    } else {
      cpu.memory.probeWrite(memory.forWrite(cpu, bytes()), bytes());
    }
  }

  /**
   * Rounds a register to this format; bytes beyond the eighth go to {@code resultSignExponent}.
   *
   * @param chop true for FISTTP
   */
  long convert(X87State s, long sig, int se, boolean chop) {
    int mode = chop ? Float80.CHOP : Float80.roundingMode(s);
    return switch (this) {
      case FLOAT32 -> Conversion.toFloat32(s, sig, se);
      case FLOAT64 -> Conversion.toFloat64(s, sig, se);
      case INTEGER16 -> Conversion.toInteger(s, sig, se, 16, mode);
      case INTEGER32 -> Conversion.toInteger(s, sig, se, 32, mode);
      case INTEGER64 -> Conversion.toInteger(s, sig, se, 64, mode);
      case DECIMAL -> Conversion.toDecimal(s, sig, se);
      case FLOAT80 -> {
        s.resultSignExponent = se;
        yield sig;
      }
    };
  }

  /** What an invalid operation stores; bytes beyond the eighth go to {@code resultSignExponent}. */
  long indefinite(X87State s) {
    s.resultSignExponent = 0xffff;
    return switch (this) {
      case FLOAT32 -> 0xffc0_0000L;
      case FLOAT64 -> 0xfff8_0000_0000_0000L;
      case INTEGER16 -> 0x8000L;
      case INTEGER32 -> 0x8000_0000L;
      case INTEGER64 -> 1L << 63;
      default -> 0xc000_0000_0000_0000L;
    };
  }

  /** Stores what {@link #convert} or {@link #indefinite} gave. */
  void write(Cpu cpu, X87State s, MemoryOperand memory, long value) {
    if (bytes() == 10) {
      cpu.memory.write64(memory.forWrite(cpu, 8), value);
      cpu.memory.write16(memory.forWrite(cpu, 8, 2), s.resultSignExponent);
    } else {
      cpu.memory.write(memory.forWrite(cpu, bytes()), bytes(), value);
    }
  }
}
