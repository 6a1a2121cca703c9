package org.demitasse.cpu.fpu;

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

/** Our FPU, one instruction at a time, in 64-bit mode without paging. */
final class SoftFpu implements AutoCloseable {
  static final long CODE = 0x10_0000;
  static final long DATA = 0x20_0000;

  /** The host's instruction comes after FXRSTOR64, PUSH and POPF. */
  private static final int BEFORE = 7;

  private static final byte[] FNSTENV = {(byte) 0xd9, 0x32};

  final GuestMemory memory = new GuestMemory(4 << 20);
  final Cpu cpu;
  final Decoder decoder;

  SoftFpu() {
    Bus bus = new Bus("nothing");
    cpu = new Cpu(memory, bus, bus, new NoCode());
    OpcodeTable table = new OpcodeTable();
    FpuOps.register(table);
    decoder = new Decoder(table);
    cpu.sys.cr0 = SystemRegisters.CR0_PE | SystemRegisters.CR0_NE | SystemRegisters.CR0_MP;
    cpu.sys.cr4 = SystemRegisters.CR4_OSFXSR | SystemRegisters.CR4_OSXSAVE;
    cpu.sys.efer = SystemRegisters.EFER_LMA | SystemRegisters.EFER_LME;
    cpu.sys.xcr0 = 3;
    cpu.setSegment(Cpu.CS, new Segment(0x33, 0, 0xffff_ffffL, 0xa9b));
    cpu.setSegment(Cpu.SS, new Segment(0x2b, 0, 0xffff_ffffL, 0xc93));
    cpu.modeChanged();
  }

  FpuOutcome run(FpuCase test) {
    cpu.gpr[Cpu.RDX] = DATA;
    cpu.gpr[Cpu.RAX] = test.rax;
    cpu.gpr[Cpu.BLOCK_RIP] = CODE + BEFORE;
    cpu.setEflags((int) test.flags);
    memory.writeBytes(DATA, test.memory);
    ExtendedState.restore(cpu, test.image);
    FpuOutcome o = new FpuOutcome();
    try {
      op(test.code, test.length).execute(cpu);
    } catch (GuestFault fault) {
      o.signal =
          switch (fault.vector()) {
            case GuestFault.UD -> FpuOutcome.SIGILL;
            case GuestFault.MF -> FpuOutcome.SIGFPE;
            default -> FpuOutcome.SIGSEGV;
          };
    }
    System.arraycopy(memory.readBytes(DATA, FpuCase.MEMORY_BYTES), 0, o.memory, 0, FpuCase.MEMORY_BYTES);
    if (o.signal == 0) {
      o.flags = cpu.eflags();
      o.rax = cpu.gpr[Cpu.RAX];
      System.arraycopy(ExtendedState.save(cpu), 0, o.image, 0, 512);
      op(FNSTENV, 2).execute(cpu);
      System.arraycopy(memory.readBytes(DATA, 28), 0, o.environment, 0, 28);
    }
    return o;
  }

  private Op op(byte[] code, int length) {
    Op op = decoder.decode(code, 0, Math.max(length, code.length), 0, cpu);
    if (op == null) {
      throw new IllegalStateException("truncated instruction");
    }
    return op;
  }

  private record NoCode() implements CodeWatcher {
    @Override
    public boolean isCode(long gpa) {
      return false;
    }

    @Override
    public void beforeWrite(long gpa, int bytes) {}
  }

  @Override
  public void close() {
    cpu.memory.close();
    memory.close();
  }
}
