package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.decode.Instruction;

/** Forms of floating-point instructions: scalar and packed, double and single. */
final class FloatOps {
  private static final long LOW = 0xffff_ffffL;

  private FloatOps() {}

  /** The low double of the source. */
  static long sourceDouble(Cpu cpu, XmmOp op) {
    MemoryOperand operand = op.memory;
    return operand == null ? cpu.xmm[op.source] : cpu.memory.read64(operand.forRead(cpu, 8));
  }

  /** The low single of the source, zero-extended. */
  static long sourceSingle(Cpu cpu, XmmOp op) {
    MemoryOperand operand = op.memory;
    return operand == null ? cpu.xmm[op.source] & LOW : cpu.memory.read32(operand.forRead(cpu, 4)) & LOW;
  }

  /** One double; the upper half stays. */
  static final class ScalarDouble extends XmmOp {
    private final FloatBinary meaning;

    ScalarDouble(Instruction i, FloatBinary meaning) {
      super(i);
      this.meaning = meaning;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long result = meaning.apply(cpu, cpu.xmm[destination], sourceDouble(cpu, this));
      Mxcsr.commit(cpu);
      cpu.xmm[destination] = result;
    }
  }

  /** One single; the upper 96 bits stay. */
  static final class ScalarSingle extends XmmOp {
    private final FloatBinary meaning;

    ScalarSingle(Instruction i, FloatBinary meaning) {
      super(i);
      this.meaning = meaning;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long old = cpu.xmm[destination];
      long result = meaning.apply(cpu, old & LOW, sourceSingle(cpu, this));
      Mxcsr.commit(cpu);
      cpu.xmm[destination] = (old & ~LOW) | result;
    }
  }

  /** Two doubles. */
  static Vectorwise packedDouble(FloatBinary meaning) {
    return (cpu, d, low, high) -> {
      long first = meaning.apply(cpu, cpu.xmm[d], low);
      long second = meaning.apply(cpu, cpu.xmm[d + 1], high);
      Mxcsr.commit(cpu);
      cpu.xmm[d] = first;
      cpu.xmm[d + 1] = second;
    };
  }

  /** Four singles. */
  static Vectorwise packedSingle(FloatBinary meaning) {
    return (cpu, d, low, high) -> {
      long first = twoSingles(cpu, meaning, cpu.xmm[d], low);
      long second = twoSingles(cpu, meaning, cpu.xmm[d + 1], high);
      Mxcsr.commit(cpu);
      cpu.xmm[d] = first;
      cpu.xmm[d + 1] = second;
    };
  }

  private static long twoSingles(Cpu cpu, FloatBinary meaning, long a, long b) {
    return meaning.apply(cpu, a & LOW, b & LOW) | meaning.apply(cpu, a >>> 32, b >>> 32) << 32;
  }

  /** ADDSD. */
  static final class AddDouble extends XmmOp {
    AddDouble(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long result = FastFloat.addDouble(cpu, cpu.xmm[destination], sourceDouble(cpu, this));
      Mxcsr.commit(cpu);
      cpu.xmm[destination] = result;
    }
  }

  /** ADDSS. */
  static final class AddSingle extends XmmOp {
    AddSingle(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long old = cpu.xmm[destination];
      long result = FastFloat.addSingle(cpu, old & LOW, sourceSingle(cpu, this));
      Mxcsr.commit(cpu);
      cpu.xmm[destination] = (old & ~LOW) | result;
    }
  }

  /** SUBSD. */
  static final class SubtractDouble extends XmmOp {
    SubtractDouble(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long result = FastFloat.subtractDouble(cpu, cpu.xmm[destination], sourceDouble(cpu, this));
      Mxcsr.commit(cpu);
      cpu.xmm[destination] = result;
    }
  }

  /** SUBSS. */
  static final class SubtractSingle extends XmmOp {
    SubtractSingle(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long old = cpu.xmm[destination];
      long result = FastFloat.subtractSingle(cpu, old & LOW, sourceSingle(cpu, this));
      Mxcsr.commit(cpu);
      cpu.xmm[destination] = (old & ~LOW) | result;
    }
  }

  /** MULSD. */
  static final class MultiplyDouble extends XmmOp {
    MultiplyDouble(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long result = FastFloat.multiplyDouble(cpu, cpu.xmm[destination], sourceDouble(cpu, this));
      Mxcsr.commit(cpu);
      cpu.xmm[destination] = result;
    }
  }

  /** MULSS. */
  static final class MultiplySingle extends XmmOp {
    MultiplySingle(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long old = cpu.xmm[destination];
      long result = FastFloat.multiplySingle(cpu, old & LOW, sourceSingle(cpu, this));
      Mxcsr.commit(cpu);
      cpu.xmm[destination] = (old & ~LOW) | result;
    }
  }

  /** DIVSD. */
  static final class DivideDouble extends XmmOp {
    DivideDouble(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long result = FastFloat.divideDouble(cpu, cpu.xmm[destination], sourceDouble(cpu, this));
      Mxcsr.commit(cpu);
      cpu.xmm[destination] = result;
    }
  }

  /** DIVSS. */
  static final class DivideSingle extends XmmOp {
    DivideSingle(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long old = cpu.xmm[destination];
      long result = FastFloat.divideSingle(cpu, old & LOW, sourceSingle(cpu, this));
      Mxcsr.commit(cpu);
      cpu.xmm[destination] = (old & ~LOW) | result;
    }
  }

  /** UCOMISD and COMISD. */
  static final class CompareDouble extends XmmOp {
    private final boolean signalling;

    CompareDouble(Instruction i, boolean signalling) {
      super(i);
      this.signalling = signalling;
    }

    @Override
    public int registersRead() {
      return ANYTHING;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long b = sourceDouble(cpu, this);
      long a = cpu.xmm[destination];
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
  }

  /** UCOMISS and COMISS. */
  static final class CompareSingle extends XmmOp {
    private final boolean signalling;

    CompareSingle(Instruction i, boolean signalling) {
      super(i);
      this.signalling = signalling;
    }

    @Override
    public int registersRead() {
      return ANYTHING;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long b = sourceSingle(cpu, this);
      int order = SoftFloat.compare(cpu, cpu.xmm[destination] & LOW, b, signalling, true);
      Mxcsr.commit(cpu);
      FloatCompare.setFlags(cpu, order);
    }
  }
}
