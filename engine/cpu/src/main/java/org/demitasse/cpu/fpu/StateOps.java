package org.demitasse.cpu.fpu;

import java.util.Arrays;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.SystemRegisters;

/** Group 15 without prefix: FXSAVE, FXRSTOR, XSAVE, XSAVEOPT, XRSTOR, LDMXCSR, STMXCSR, CLFLUSH, fences. */
final class StateOps {
  private static final int HEADER = 512;
  private static final int HEADER_BYTES = 64;

  private StateOps() {}

  /** The op of 0F AE with memory and no mandatory prefix, by ModRM.reg. */
  static Op create(Instruction i) {
    return switch (i.extension()) {
      case 0 -> new FxSave(i);
      case 1 -> new FxRestore(i);
      case 2 -> new Mxcsr(i, true);
      case 3 -> new Mxcsr(i, false);
      case 4 -> new XSave(i, false);
      case 5 -> new XRestore(i);
      case 6 -> new XSave(i, true);
      default -> new FlushLine(i);
    };
  }

  private static long aligned(Cpu cpu, long linear, int alignment) {
    if ((linear & (alignment - 1)) != 0) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    return linear;
  }

  private static void requireMxcsr(Cpu cpu, int value) {
    if ((value & ~FxImage.MXCSR_MASK) != 0) {
      throw cpu.raise(GuestFault.GP, 0);
    }
  }

  private static long load(Cpu cpu, long linear, int word) {
    return cpu.memory.read64(linear + word * 8L & cpu.ripMask);
  }

  private static void store(Cpu cpu, long linear, int word, long value) {
    cpu.memory.write64(linear + word * 8L & cpu.ripMask, value);
  }

  /** Where the image's words end: XMM8-15 are there only in 64-bit mode. */
  private static int end(Cpu cpu) {
    return cpu.codeSize == 8 ? FxImage.END : FxImage.XMM + 16;
  }

  /** LFENCE, MFENCE, SFENCE: CPUs run one after the other, so every access is already in order. */
  static final class Fence extends Op {
    @Override
    public void execute(Cpu cpu) {}
  }

  /** CLFLUSH: there is no cache, but it faults as a load of the byte does. */
  static final class FlushLine extends Op {
    private final MemoryOperand memory;

    FlushLine(Instruction i) {
      memory = i.mem();
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.memory.probeRead(memory.forRead(cpu, 1), 1);
    }
  }

  /** FXSAVE. */
  static final class FxSave extends Op {
    private final MemoryOperand memory;
    private final boolean wide;

    FxSave(Instruction i) {
      memory = i.mem();
      wide = i.rexW;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireX87();
      long linear = aligned(cpu, memory.forWrite(cpu, HEADER), 16);
      cpu.memory.probeWrite(linear, HEADER);
      for (int word = 0; word < end(cpu); word++) {
        store(cpu, linear, word, FxImage.word(cpu, word, wide));
      }
    }
  }

  /** FXRSTOR. */
  static final class FxRestore extends Op {
    private final MemoryOperand memory;
    private final boolean wide;

    FxRestore(Instruction i) {
      memory = i.mem();
      wide = i.rexW;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireX87();
      long linear = aligned(cpu, memory.forRead(cpu, HEADER), 16);
      cpu.memory.probeRead(linear, HEADER);
      requireMxcsr(cpu, (int) load(cpu, linear, FxImage.MXCSR_WORD));
      for (int word = 0; word < end(cpu); word++) {
        FxImage.setWord(cpu, word, load(cpu, linear, word), wide);
      }
    }
  }

  /** LDMXCSR and STMXCSR. */
  static final class Mxcsr extends Op {
    private final MemoryOperand memory;
    private final boolean loads;

    Mxcsr(Instruction i, boolean loads) {
      memory = i.mem();
      this.loads = loads;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireSse();
      if (loads) {
        int value = cpu.memory.read32(memory.forRead(cpu, 4));
        requireMxcsr(cpu, value);
        cpu.mxcsr = value;
      } else {
        cpu.memory.write32(memory.forWrite(cpu, 4), cpu.mxcsr);
      }
    }
  }

  /** Raises #UD without CR4.OSXSAVE, #NM with CR0.TS. */
  private static void requireXsave(Cpu cpu) {
    if ((cpu.sys.cr4 & SystemRegisters.CR4_OSXSAVE) == 0) {
      throw cpu.raise(GuestFault.UD, 0);
    }
    if ((cpu.sys.cr0 & SystemRegisters.CR0_TS) != 0) {
      throw cpu.raise(GuestFault.NM, 0);
    }
  }

  /** The requested-feature bitmap: EDX:EAX and XCR0. */
  private static long requested(Cpu cpu) {
    long mask = cpu.gpr[Cpu.RDX] << 32 | (cpu.gpr[Cpu.RAX] & 0xffff_ffffL);
    return mask & cpu.sys.xcr0;
  }

  /** XSAVE and XSAVEOPT; the latter leaves out components in their initial configuration. */
  static final class XSave extends Op {
    private final MemoryOperand memory;
    private final boolean wide;
    private final boolean optimized;

    XSave(Instruction i, boolean optimized) {
      memory = i.mem();
      wide = i.rexW;
      this.optimized = optimized;
    }

    @Override
    public void execute(Cpu cpu) {
      requireXsave(cpu);
      long linear = aligned(cpu, memory.forWrite(cpu, ExtendedState.BYTES), HEADER_BYTES);
      cpu.memory.probeWrite(linear, ExtendedState.BYTES);
      long requested = requested(cpu);
      long inUse = ExtendedState.inUse(cpu);
      long written = optimized ? requested & inUse : requested;
      for (int word = 0; word < end(cpu); word++) {
        if (word != FxImage.MXCSR_WORD && (ExtendedState.componentOf(word) & written) != 0) {
          store(cpu, linear, word, FxImage.word(cpu, word, wide));
        }
      }
      if ((requested & ExtendedState.SSE_COMPONENT) != 0) {
        store(cpu, linear, FxImage.MXCSR_WORD, FxImage.word(cpu, FxImage.MXCSR_WORD, wide));
      }
      long present = load(cpu, linear + HEADER, 0);
      store(cpu, linear + HEADER, 0, (present & ~requested) | (requested & inUse));
    }
  }

  /** XRSTOR of the standard format. */
  static final class XRestore extends Op {
    private final MemoryOperand memory;
    private final boolean wide;

    XRestore(Instruction i) {
      memory = i.mem();
      wide = i.rexW;
    }

    @Override
    public void execute(Cpu cpu) {
      requireXsave(cpu);
      long linear = aligned(cpu, memory.forRead(cpu, ExtendedState.BYTES), HEADER_BYTES);
      cpu.memory.probeRead(linear, ExtendedState.BYTES);
      long present = load(cpu, linear + HEADER, 0);
      checkHeader(cpu, linear, present);
      long requested = requested(cpu);
      if ((requested & ExtendedState.SSE_COMPONENT) != 0) {
        int mxcsr = (int) load(cpu, linear, FxImage.MXCSR_WORD);
        requireMxcsr(cpu, mxcsr);
        cpu.mxcsr = mxcsr;
      }
      initialize(cpu, requested & ~present);
      long loaded = requested & present;
      for (int word = 0; word < end(cpu); word++) {
        if (word != FxImage.MXCSR_WORD && (ExtendedState.componentOf(word) & loaded) != 0) {
          FxImage.setWord(cpu, word, load(cpu, linear, word), wide);
        }
      }
    }

    /** XSTATE_BV within XCR0; XCOMP_BV and the 8 bytes after it zero (Intel SDM vol. 2, XRSTOR). */
    private static void checkHeader(Cpu cpu, long linear, long present) {
      long compact = load(cpu, linear + HEADER, 1);
      long reserved = load(cpu, linear + HEADER, 2);
      if ((present & ~cpu.sys.xcr0) != 0 || compact != 0 || reserved != 0) {
        throw cpu.raise(GuestFault.GP, 0);
      }
    }

    private static void initialize(Cpu cpu, long components) {
      if ((components & ExtendedState.X87_COMPONENT) != 0) {
        ExtendedState.initializeX87(cpu.x87);
      }
      if ((components & ExtendedState.SSE_COMPONENT) != 0) {
        int registers = cpu.codeSize == 8 ? 32 : 16;
        Arrays.fill(cpu.xmm, 0, registers, 0);
      }
    }
  }
}
