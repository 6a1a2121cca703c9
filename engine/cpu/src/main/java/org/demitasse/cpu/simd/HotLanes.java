package org.demitasse.cpu.simd;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.decode.Instruction;

/**
 * The integer instructions that programs execute most, each with its meaning written into its own execute: no call
 * through a {@link Lanewise}.
 */
final class HotLanes {
  private HotLanes() {}

  /** PXOR and XORPS. */
  static final class Pxor extends XmmOp {
    Pxor(Instruction i) {
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
      xmm[destination] = xmm[destination] ^ low;
      xmm[destination + 1] = xmm[destination + 1] ^ high;
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.bothHalves(e, this, x -> x.code().lxor());
      return true;
    }
  }

  /** PAND and ANDPS. */
  static final class Pand extends XmmOp {
    Pand(Instruction i) {
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
      xmm[destination] = xmm[destination] & low;
      xmm[destination + 1] = xmm[destination + 1] & high;
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.bothHalves(e, this, x -> x.code().land());
      return true;
    }
  }

  /** POR and ORPS. */
  static final class Por extends XmmOp {
    Por(Instruction i) {
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
      xmm[destination] = xmm[destination] | low;
      xmm[destination + 1] = xmm[destination + 1] | high;
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.bothHalves(e, this, x -> x.code().lor());
      return true;
    }
  }

  /** PANDN and ANDNPS. */
  static final class Pandn extends XmmOp {
    Pandn(Instruction i) {
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
      xmm[destination] = ~xmm[destination] & low;
      xmm[destination + 1] = ~xmm[destination + 1] & high;
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.bothHalves(
          e,
          this,
          x -> {
            VectorEmission.swap(x);
            x.code().loadConstant(-1L).lxor().land();
          });
      return true;
    }
  }

  /** PADDB. */
  static final class Paddb extends XmmOp {
    Paddb(Instruction i) {
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
      xmm[destination] = Lanes.add(xmm[destination], low, Lanes.BYTES);
      xmm[destination + 1] = Lanes.add(xmm[destination + 1], high, Lanes.BYTES);
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.bothHalves(e, this, x -> VectorEmission.lanes(x, "add", Lanes.BYTES));
      return true;
    }
  }

  /** PADDW. */
  static final class Paddw extends XmmOp {
    Paddw(Instruction i) {
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
      xmm[destination] = Lanes.add(xmm[destination], low, Lanes.WORDS);
      xmm[destination + 1] = Lanes.add(xmm[destination + 1], high, Lanes.WORDS);
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.bothHalves(e, this, x -> VectorEmission.lanes(x, "add", Lanes.WORDS));
      return true;
    }
  }

  /** PADDD. */
  static final class Paddd extends XmmOp {
    Paddd(Instruction i) {
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
      xmm[destination] = Lanes.add(xmm[destination], low, Lanes.DWORDS);
      xmm[destination + 1] = Lanes.add(xmm[destination + 1], high, Lanes.DWORDS);
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.bothHalves(e, this, x -> VectorEmission.lanes(x, "add", Lanes.DWORDS));
      return true;
    }
  }

  /** PADDQ. */
  static final class Paddq extends XmmOp {
    Paddq(Instruction i) {
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
      xmm[destination] = xmm[destination] + low;
      xmm[destination + 1] = xmm[destination + 1] + high;
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.bothHalves(e, this, x -> x.code().ladd());
      return true;
    }
  }

  /** PSUBB. */
  static final class Psubb extends XmmOp {
    Psubb(Instruction i) {
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
      xmm[destination] = Lanes.subtract(xmm[destination], low, Lanes.BYTES);
      xmm[destination + 1] = Lanes.subtract(xmm[destination + 1], high, Lanes.BYTES);
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.bothHalves(e, this, x -> VectorEmission.lanes(x, "subtract", Lanes.BYTES));
      return true;
    }
  }

  /** PSUBD. */
  static final class Psubd extends XmmOp {
    Psubd(Instruction i) {
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
      xmm[destination] = Lanes.subtract(xmm[destination], low, Lanes.DWORDS);
      xmm[destination + 1] = Lanes.subtract(xmm[destination + 1], high, Lanes.DWORDS);
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.bothHalves(e, this, x -> VectorEmission.lanes(x, "subtract", Lanes.DWORDS));
      return true;
    }
  }

  /** PSUBQ. */
  static final class Psubq extends XmmOp {
    Psubq(Instruction i) {
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
      xmm[destination] = xmm[destination] - low;
      xmm[destination + 1] = xmm[destination + 1] - high;
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.bothHalves(e, this, x -> x.code().lsub());
      return true;
    }
  }

  /** PCMPEQB. */
  static final class Pcmpeqb extends XmmOp {
    Pcmpeqb(Instruction i) {
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
      xmm[destination] = Lanes.equal(xmm[destination], low, Lanes.BYTES, 8);
      xmm[destination + 1] = Lanes.equal(xmm[destination + 1], high, Lanes.BYTES, 8);
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.bothHalves(e, this, x -> VectorEmission.lanes(x, "equal", Lanes.BYTES, 8));
      return true;
    }
  }

  /** PCMPEQD. */
  static final class Pcmpeqd extends XmmOp {
    Pcmpeqd(Instruction i) {
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
      xmm[destination] = Lanes.equal(xmm[destination], low, Lanes.DWORDS, 32);
      xmm[destination + 1] = Lanes.equal(xmm[destination + 1], high, Lanes.DWORDS, 32);
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.bothHalves(e, this, x -> VectorEmission.lanes(x, "equal", Lanes.DWORDS, 32));
      return true;
    }
  }

  /** PCMPGTB. */
  static final class Pcmpgtb extends XmmOp {
    Pcmpgtb(Instruction i) {
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
      xmm[destination] = Lanes.greater(xmm[destination], low, Lanes.BYTES, 8);
      xmm[destination + 1] = Lanes.greater(xmm[destination + 1], high, Lanes.BYTES, 8);
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.bothHalves(e, this, x -> VectorEmission.lanes(x, "greater", Lanes.BYTES, 8));
      return true;
    }
  }

  /** PMINUB. */
  static final class Pminub extends XmmOp {
    Pminub(Instruction i) {
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
      xmm[destination] = Lanes.minimumUnsigned(xmm[destination], low, Lanes.BYTES, 8);
      xmm[destination + 1] = Lanes.minimumUnsigned(xmm[destination + 1], high, Lanes.BYTES, 8);
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.bothHalves(e, this, x -> VectorEmission.lanes(x, "minimumUnsigned", Lanes.BYTES, 8));
      return true;
    }
  }

  /** PMULUDQ. */
  static final class Pmuludq extends XmmOp {
    Pmuludq(Instruction i) {
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
      xmm[destination] = Lanes.multiplyUnsignedDword(xmm[destination], low);
      xmm[destination + 1] = Lanes.multiplyUnsignedDword(xmm[destination + 1], high);
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.bothHalves(e, this, x -> VectorEmission.lanewise(x, Lanes::multiplyUnsignedDword));
      return true;
    }
  }

  /** PMOVMSKB. */
  static final class Pmovmskb extends XmmOp {
    private final int to;

    Pmovmskb(Instruction i) {
      super(i);
      to = i.reg;
    }

    @Override
    public int registersChanged() {
      return 1 << to;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      cpu.gpr[to] = Lanes.signsOfBytes(cpu.xmm[source]) | Lanes.signsOfBytes(cpu.xmm[source + 1]) << 8;
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.signs(e, source, to);
      return true;
    }
  }

  /** PSHUFD. */
  static final class Pshufd extends XmmOp {
    private final int order;

    Pshufd(Instruction i) {
      super(i);
      order = (int) i.immediate & 0xff;
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
      xmm[destination] = Shuffles.dword(low, high, order) & 0xffff_ffffL | Shuffles.dword(low, high, order >> 2) << 32;
      xmm[destination + 1] =
          Shuffles.dword(low, high, order >> 4) & 0xffff_ffffL | Shuffles.dword(low, high, order >> 6) << 32;
    }

    @Override
    public boolean emit(Emitter e) {
      VectorEmission.shuffleDwords(e, this, order);
      return true;
    }
  }
}
