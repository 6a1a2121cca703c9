package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
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
  static class ScalarDouble extends XmmOp {
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

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.scalar(e, this, meaning, false);
      return true;
    }
  }

  /** One single; the upper 96 bits stay. */
  static class ScalarSingle extends XmmOp {
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

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.scalar(e, this, meaning, true);
      return true;
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
  static final class AddDouble extends ScalarDouble {
    AddDouble(Instruction i) {
      super(i, FastFloat::addDouble);
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
  static final class AddSingle extends ScalarSingle {
    AddSingle(Instruction i) {
      super(i, FastFloat::addSingle);
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
  static final class SubtractDouble extends ScalarDouble {
    SubtractDouble(Instruction i) {
      super(i, FastFloat::subtractDouble);
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
  static final class SubtractSingle extends ScalarSingle {
    SubtractSingle(Instruction i) {
      super(i, FastFloat::subtractSingle);
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
  static final class MultiplyDouble extends ScalarDouble {
    MultiplyDouble(Instruction i) {
      super(i, FastFloat::multiplyDouble);
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
  static final class MultiplySingle extends ScalarSingle {
    MultiplySingle(Instruction i) {
      super(i, FastFloat::multiplySingle);
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
  static final class DivideDouble extends ScalarDouble {
    DivideDouble(Instruction i) {
      super(i, FastFloat::divideDouble);
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
  static final class DivideSingle extends ScalarSingle {
    DivideSingle(Instruction i) {
      super(i, FastFloat::divideSingle);
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
      VectorCalls.compareDouble(cpu.xmm[destination], b, cpu, signalling);
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.compare(e, this, signalling, false);
      return true;
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
      VectorCalls.compareSingle(cpu.xmm[destination], b, cpu, signalling);
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.compare(e, this, signalling, true);
      return true;
    }
  }
}
