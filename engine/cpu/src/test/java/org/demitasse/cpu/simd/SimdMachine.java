package org.demitasse.cpu.simd;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Decoder;
import org.demitasse.cpu.decode.OpcodeTable;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.mmu.CodeWatcher;
import org.demitasse.cpu.state.SystemRegisters;

/** A CPU in 64-bit mode without paging that executes one SIMD instruction at a time on a state as the oracle has it. */
final class SimdMachine implements AutoCloseable {
  static final long MEMORY = 0x4000;

  private static final int SET_FLAGS = 0x8d5;

  private final GuestMemory memory = new GuestMemory(1 << 20);
  final Cpu cpu;
  private final Decoder decoder;

  SimdMachine() {
    CodeWatcher noCode =
        new CodeWatcher() {
          @Override
          public boolean isCode(long gpa) {
            return false;
          }

          @Override
          public void beforeWrite(long gpa, int bytes) {}
        };
    cpu = new Cpu(memory, new Bus("mmio"), new Bus("ports"), noCode);
    cpu.sys.efer = SystemRegisters.EFER_LMA | SystemRegisters.EFER_LME;
    cpu.sys.cr4 = SystemRegisters.CR4_OSFXSR | SystemRegisters.CR4_OSXMMEXCPT;
    cpu.setSegment(Cpu.CS, new Segment(8, 0, 0xffff_ffffL, 0x29b));
    cpu.modeChanged();
    OpcodeTable table = new OpcodeTable();
    SimdOps.register(table);
    decoder = new Decoder(table);
  }

  /** Decodes an instruction. */
  Op decode(byte[] code) {
    byte[] padded = java.util.Arrays.copyOf(code, 32);
    Op op = decoder.decode(padded, 0, padded.length, 0, cpu);
    if (op == null) {
      throw new IllegalStateException("not enough code");
    }
    return op;
  }

  /** Executes; the answer has the signal that Linux would send for a fault. */
  ByteBuffer run(byte[] code, ByteBuffer state) {
    load(state);
    Op op = decode(code);
    int signal = 0;
    if (op.length() != code.length) {
      throw new IllegalStateException("length %d instead of %d".formatted(op.length(), code.length));
    }
    try {
      op.execute(cpu);
    } catch (GuestFault fault) {
      signal =
          switch (fault.vector()) {
            case GuestFault.XM -> SimdOracle.SIGFPE;
            case GuestFault.UD -> SimdOracle.SIGILL;
            default -> SimdOracle.SIGSEGV;
          };
    }
    return store(state, signal);
  }

  private void load(ByteBuffer state) {
    for (int n = 0; n < 16; n++) {
      cpu.xmm[n] = state.getLong(8 * n);
    }
    for (int n = 0; n < 8; n++) {
      cpu.x87.significand[n] = state.getLong(SimdOracle.MM + 8 * n);
    }
    for (int n = 0; n < 32; n += 8) {
      memory.writeLong(MEMORY + n, state.getLong(SimdOracle.MEMORY + n));
    }
    for (int n = 0; n < 4; n++) {
      cpu.gpr[n] = state.getLong(SimdOracle.GPR + 8 * n);
    }
    cpu.gpr[Cpu.RSI] = MEMORY;
    cpu.gpr[Cpu.RDI] = MEMORY;
    cpu.mxcsr = state.getInt(SimdOracle.MXCSR);
    cpu.setArithmeticFlags(state.getInt(SimdOracle.FLAGS));
  }

  private ByteBuffer store(ByteBuffer before, int signal) {
    ByteBuffer state = ByteBuffer.allocate(SimdOracle.STATE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int n = 0; n < 16; n++) {
      state.putLong(8 * n, cpu.xmm[n]);
    }
    for (int n = 0; n < 8; n++) {
      state.putLong(SimdOracle.MM + 8 * n, cpu.x87.significand[n]);
    }
    for (int n = 0; n < 32; n += 8) {
      state.putLong(SimdOracle.MEMORY + n, memory.readLong(MEMORY + n));
    }
    for (int n = 0; n < 4; n++) {
      state.putLong(SimdOracle.GPR + 8 * n, cpu.gpr[n]);
    }
    state.putInt(SimdOracle.MXCSR, cpu.mxcsr);
    int flags = before.getInt(SimdOracle.FLAGS) & ~SET_FLAGS | cpu.eflags() & SET_FLAGS;
    state.putInt(SimdOracle.FLAGS, signal == 0 ? flags : before.getInt(SimdOracle.FLAGS));
    state.putInt(SimdOracle.SIGNAL, signal);
    return state;
  }

  @Override
  public void close() {
    cpu.memory.close();
    memory.close();
  }
}
