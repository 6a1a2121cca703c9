package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.decode.Instruction;

/** Conversions that have one element, or an MMX or general register on one side. */
final class ConvertOps {
  private static final long LOW = 0xffff_ffffL;

  private ConvertOps() {}

  /** A general register or memory as a signed integer. */
  private static long integer(Cpu cpu, XmmOp op, int register, boolean wide) {
    MemoryOperand operand = op.memory;
    if (wide) {
      return operand == null ? cpu.gpr[register] : cpu.memory.read64(operand.forRead(cpu, 8));
    }
    return operand == null ? (int) cpu.gpr[register] : cpu.memory.read32(operand.forRead(cpu, 4));
  }

  /** CVTSI2SD. */
  static final class IntegerToDouble extends XmmOp {
    private final int from;
    private final boolean wide;

    IntegerToDouble(Instruction i) {
      super(i);
      from = i.rm;
      wide = i.rexW;
    }

    @Override
    public int registersRead() {
      return memory == null ? 1 << from : super.registersRead();
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long result = FastFloat.doubleFromLong(cpu, integer(cpu, this, from, wide));
      Mxcsr.commit(cpu);
      cpu.xmm[destination] = result;
    }

    @Override
    public boolean emit(Emitter e) {
      e.requireSse();
      VectorEmission.integer(e, memory, from, wide);
      VectorEmission.finish(e, this, (cpu, a, b) -> FastFloat.doubleFromLong(cpu, b), false);
      return true;
    }
  }

  /** CVTSI2SS. */
  static final class IntegerToSingle extends XmmOp {
    private final int from;
    private final boolean wide;

    IntegerToSingle(Instruction i) {
      super(i);
      from = i.rm;
      wide = i.rexW;
    }

    @Override
    public int registersRead() {
      return memory == null ? 1 << from : super.registersRead();
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long result = FastFloat.singleFromLong(cpu, integer(cpu, this, from, wide));
      Mxcsr.commit(cpu);
      cpu.xmm[destination] = (cpu.xmm[destination] & ~LOW) | result;
    }
  }

  /** CVTTSD2SI. */
  static final class TruncateDouble extends XmmOp {
    private final int to;
    private final boolean wide;

    TruncateDouble(Instruction i) {
      super(i);
      to = i.reg;
      wide = i.rexW;
    }

    @Override
    public int registersChanged() {
      return 1 << to;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long result = FastFloat.truncateDouble(cpu, FloatOps.sourceDouble(cpu, this), wide);
      Mxcsr.commit(cpu);
      cpu.gpr[to] = result;
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.truncate(e, this, to, wide);
      return true;
    }
  }

  /** CVTSD2SI, CVTSS2SI, CVTTSS2SI. */
  static final class ToInteger extends XmmOp {
    private final int to;
    private final boolean wide;
    private final boolean truncate;
    private final boolean single;

    ToInteger(Instruction i, boolean truncate, boolean single) {
      super(i);
      to = i.reg;
      wide = i.rexW;
      this.truncate = truncate;
      this.single = single;
    }

    @Override
    public int registersChanged() {
      return 1 << to;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long value = single ? FloatOps.sourceSingle(cpu, this) : FloatOps.sourceDouble(cpu, this);
      int mode = truncate ? Mxcsr.RZ : Mxcsr.rounding(cpu.mxcsr);
      long result = SoftFloat.toInteger(cpu, value, mode, wide, single);
      Mxcsr.commit(cpu);
      cpu.gpr[to] = result;
    }
  }

  /** CVTSS2SD. */
  static final class SingleToDouble extends XmmOp {
    SingleToDouble(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long result = FastFloat.doubleFromSingle(cpu, FloatOps.sourceSingle(cpu, this));
      Mxcsr.commit(cpu);
      cpu.xmm[destination] = result;
    }

    @Override
    public boolean emit(Emitter e) {
      e.requireSse();
      VectorEmission.lowSource(e, this, 4);
      VectorEmission.finish(e, this, (cpu, a, b) -> FastFloat.doubleFromSingle(cpu, b & LOW), false);
      return true;
    }
  }

  /** CVTSD2SS. */
  static final class DoubleToSingle extends XmmOp {
    DoubleToSingle(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      long result = FastFloat.singleFromDouble(cpu, FloatOps.sourceDouble(cpu, this));
      Mxcsr.commit(cpu);
      cpu.xmm[destination] = (cpu.xmm[destination] & ~LOW) | result;
    }

    @Override
    public boolean emit(Emitter e) {
      e.requireSse();
      VectorEmission.lowSource(e, this, 8);
      VectorEmission.finish(e, this, (cpu, a, b) -> FastFloat.singleFromDouble(cpu, b), true);
      return true;
    }
  }

  /** CVTPI2PS and CVTPI2PD. From memory they leave the x87 state alone, as measured on AMD's Zen. */
  static final class MmxToFloats extends XmmOp {
    private final int from;
    private final boolean single;

    MmxToFloats(Instruction i, boolean single) {
      super(i);
      from = i.rm;
      this.single = single;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      MemoryOperand operand = memory;
      boolean usesMmx = operand == null;
      if (usesMmx) {
        Mmx.require(cpu);
      }
      long dwords = operand == null ? Mmx.read(cpu, from) : cpu.memory.read64(operand.forRead(cpu, 8));
      if (usesMmx) {
        Mmx.enter(cpu);
      }
      if (single) {
        long result = ConvertRows.singles(cpu, dwords);
        Mxcsr.commit(cpu);
        cpu.xmm[destination] = result;
      } else {
        cpu.xmm[destination] = Double.doubleToRawLongBits((int) dwords);
        cpu.xmm[destination + 1] = Double.doubleToRawLongBits((int) (dwords >>> 32));
      }
    }
  }

  /** CVTPS2PI, CVTTPS2PI, CVTPD2PI, CVTTPD2PI. */
  static final class FloatsToMmx extends XmmOp {
    private final int to;
    private final boolean truncate;
    private final boolean single;

    FloatsToMmx(Instruction i, boolean truncate, boolean single) {
      super(i);
      to = i.reg;
      this.truncate = truncate;
      this.single = single;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      Mmx.require(cpu);
      long result = single ? fromSingles(cpu) : fromDoubles(cpu);
      Mmx.enter(cpu); // even if the conversion then faults, as measured on AMD's Zen
      Mxcsr.commit(cpu);
      Mmx.write(cpu, to, result);
    }

    private long fromSingles(Cpu cpu) {
      return ConvertRows.dwordsOfSingles(cpu, FloatOps.sourceDouble(cpu, this), truncate);
    }

    private long fromDoubles(Cpu cpu) {
      MemoryOperand operand = memory;
      if (operand == null) {
        return ConvertRows.dwordsOfDoubles(cpu, cpu.xmm[source], cpu.xmm[source + 1], truncate);
      }
      long linear = alignedForRead(cpu, operand);
      long low = cpu.memory.read64(linear);
      return ConvertRows.dwordsOfDoubles(cpu, low, cpu.memory.read64(linear + 8), truncate);
    }
  }
}
