package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.decode.Instruction;

/** Packed addition, subtraction and multiplication, without a call through a {@link FloatBinary}. */
final class PackedFloatOps {
  private static final long LOW = 0xffff_ffffL;

  private PackedFloatOps() {}

  /** ADDPD. */
  static final class AddDoubles extends XmmOp {
    AddDoubles(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long[] xmm = cpu.xmm;
      long low;
      long high;
      MemoryOperand operand = memory;
      if (operand == null) {
        low = xmm[source];
        high = xmm[source + 1];
      } else {
        long linear = alignedForRead(cpu, operand);
        low = cpu.memory.read64(linear);
        high = cpu.memory.read64(linear + 8);
      }
      long first = FastFloat.addDouble(cpu, xmm[destination], low);
      long second = FastFloat.addDouble(cpu, xmm[destination + 1], high);
      Mxcsr.commit(cpu);
      xmm[destination] = first;
      xmm[destination + 1] = second;
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.packed(e, this, FastFloat::addDouble, false);
      return true;
    }
  }

  /** ADDPS. */
  static final class AddSingles extends XmmOp {
    AddSingles(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long[] xmm = cpu.xmm;
      long low;
      long high;
      MemoryOperand operand = memory;
      if (operand == null) {
        low = xmm[source];
        high = xmm[source + 1];
      } else {
        long linear = alignedForRead(cpu, operand);
        low = cpu.memory.read64(linear);
        high = cpu.memory.read64(linear + 8);
      }
      long first = pair(cpu, xmm[destination], low);
      long second = pair(cpu, xmm[destination + 1], high);
      Mxcsr.commit(cpu);
      xmm[destination] = first;
      xmm[destination + 1] = second;
    }

    private static long pair(Cpu cpu, long a, long b) {
      return FastFloat.addSingle(cpu, a & LOW, b & LOW) | FastFloat.addSingle(cpu, a >>> 32, b >>> 32) << 32;
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.packed(e, this, FastFloat::addSingle, true);
      return true;
    }
  }

  /** SUBPD. */
  static final class SubtractDoubles extends XmmOp {
    SubtractDoubles(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long[] xmm = cpu.xmm;
      long low;
      long high;
      MemoryOperand operand = memory;
      if (operand == null) {
        low = xmm[source];
        high = xmm[source + 1];
      } else {
        long linear = alignedForRead(cpu, operand);
        low = cpu.memory.read64(linear);
        high = cpu.memory.read64(linear + 8);
      }
      long first = FastFloat.subtractDouble(cpu, xmm[destination], low);
      long second = FastFloat.subtractDouble(cpu, xmm[destination + 1], high);
      Mxcsr.commit(cpu);
      xmm[destination] = first;
      xmm[destination + 1] = second;
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.packed(e, this, FastFloat::subtractDouble, false);
      return true;
    }
  }

  /** SUBPS. */
  static final class SubtractSingles extends XmmOp {
    SubtractSingles(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long[] xmm = cpu.xmm;
      long low;
      long high;
      MemoryOperand operand = memory;
      if (operand == null) {
        low = xmm[source];
        high = xmm[source + 1];
      } else {
        long linear = alignedForRead(cpu, operand);
        low = cpu.memory.read64(linear);
        high = cpu.memory.read64(linear + 8);
      }
      long first = pair(cpu, xmm[destination], low);
      long second = pair(cpu, xmm[destination + 1], high);
      Mxcsr.commit(cpu);
      xmm[destination] = first;
      xmm[destination + 1] = second;
    }

    private static long pair(Cpu cpu, long a, long b) {
      return FastFloat.subtractSingle(cpu, a & LOW, b & LOW) | FastFloat.subtractSingle(cpu, a >>> 32, b >>> 32) << 32;
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.packed(e, this, FastFloat::subtractSingle, true);
      return true;
    }
  }

  /** MULPD. */
  static final class MultiplyDoubles extends XmmOp {
    MultiplyDoubles(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long[] xmm = cpu.xmm;
      long low;
      long high;
      MemoryOperand operand = memory;
      if (operand == null) {
        low = xmm[source];
        high = xmm[source + 1];
      } else {
        long linear = alignedForRead(cpu, operand);
        low = cpu.memory.read64(linear);
        high = cpu.memory.read64(linear + 8);
      }
      long first = FastFloat.multiplyDouble(cpu, xmm[destination], low);
      long second = FastFloat.multiplyDouble(cpu, xmm[destination + 1], high);
      Mxcsr.commit(cpu);
      xmm[destination] = first;
      xmm[destination + 1] = second;
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.packed(e, this, FastFloat::multiplyDouble, false);
      return true;
    }
  }

  /** MULPS. */
  static final class MultiplySingles extends XmmOp {
    MultiplySingles(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long[] xmm = cpu.xmm;
      long low;
      long high;
      MemoryOperand operand = memory;
      if (operand == null) {
        low = xmm[source];
        high = xmm[source + 1];
      } else {
        long linear = alignedForRead(cpu, operand);
        low = cpu.memory.read64(linear);
        high = cpu.memory.read64(linear + 8);
      }
      long first = pair(cpu, xmm[destination], low);
      long second = pair(cpu, xmm[destination + 1], high);
      Mxcsr.commit(cpu);
      xmm[destination] = first;
      xmm[destination + 1] = second;
    }

    private static long pair(Cpu cpu, long a, long b) {
      return FastFloat.multiplySingle(cpu, a & LOW, b & LOW) | FastFloat.multiplySingle(cpu, a >>> 32, b >>> 32) << 32;
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.packed(e, this, FastFloat::multiplySingle, true);
      return true;
    }
  }
}
