package org.demitasse.differential;

import java.nio.ByteBuffer;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Decoder;
import org.demitasse.cpu.decode.OpcodeTable;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.mmu.CodeWatcher;
import org.demitasse.cpu.state.SystemRegisters;
import org.demitasse.cpu.state.X87State;

/**
 * The pure-Java CPU op by op, without its loop and its code cache: decoder, meanings and memory, as fast as they go.
 */
final class CpuSubject implements Subject {
  private static final int MOST_STEPS = 5_000;
  private static final CodeWatcher NOTHING_CACHED =
      new CodeWatcher() {
        @Override
        public boolean isCode(long gpa) {
          return false;
        }

        @Override
        public void beforeWrite(long gpa, int bytes) {}
      };

  private final GuestMemory memory = new GuestMemory(GuestArena.BYTES);
  private final GuestArena arena = new GuestArena(memory);
  private final Cpu cpu = new Cpu(memory, new Bus("mmio"), new Bus("ports"), NOTHING_CACHED);
  private final Decoder decoder;
  private final byte[] code = new byte[2 * Decoder.MAX_LENGTH];
  private long dataSeed;
  private boolean dataLoaded;

  CpuSubject(OpcodeTable table) {
    decoder = new Decoder(table);
    SystemRegisters sys = cpu.sys;
    sys.cr0 = GuestArena.CR0;
    sys.cr3 = GuestArena.CR3;
    sys.cr4 = GuestArena.CR4;
    sys.efer = GuestArena.EFER;
    sys.xcr0 = 3;
    cpu.ldtr = GuestArena.LDTR;
    cpu.tr = GuestArena.TR;
    cpu.gdtrBase = GuestArena.GDTR.base();
    cpu.gdtrLimit = GuestArena.GDTR.limit();
    cpu.idtrBase = GuestArena.IDTR.base();
    cpu.idtrLimit = GuestArena.IDTR.limit();
    cpu.memory.alone = true;
  }

  @Override
  public void run(TestCase[] cases, Outcome[] outcomes, int count) {
    if (!dataLoaded || dataSeed != cases[0].dataSeed) {
      dataLoaded = true;
      dataSeed = cases[0].dataSeed;
      arena.load(Arena.contents(dataSeed));
    }
    for (int i = 0; i < count; i++) {
      arena.enter(cases[i]);
      try {
        enter(cases[i]);
        run(cases[i], outcomes[i]);
      } catch (RuntimeException e) {
        throw new IllegalStateException("the CPU broke on " + CaseLine.format(cases[i]), e);
      }
      arena.leave(cases[i], outcomes[i]);
    }
  }

  private void enter(TestCase test) {
    System.arraycopy(test.gpr, 0, cpu.gpr, 0, 16);
    cpu.rip = test.rip;
    cpu.sys.cpl = 3;
    cpu.setEflags((int) test.rflags);
    cpu.interruptShadow = false;
    cpu.halted = false;
    cpu.setSegment(Cpu.ES, LinuxTables.load(test.es, 0));
    cpu.setSegment(Cpu.CS, LinuxTables.load(test.mode.selector, 0));
    cpu.setSegment(Cpu.SS, LinuxTables.load(test.ss, 0));
    cpu.setSegment(Cpu.DS, LinuxTables.load(test.ds, 0));
    cpu.setSegment(Cpu.FS, LinuxTables.load(test.fs, test.fsBase));
    cpu.setSegment(Cpu.GS, LinuxTables.load(test.gs, test.gsBase));
    cpu.modeChanged();
    enterFloatingPoint(test.fx);
  }

  private void enterFloatingPoint(ByteBuffer fx) {
    X87State x87 = cpu.x87;
    x87.control = fx.getShort(XsaveImage.FCW) & 0xffff;
    int status = fx.getShort(XsaveImage.FSW) & 0xffff;
    x87.top = status >>> 11 & 7;
    x87.status = status & ~0x3800;
    x87.opcode = 0;
    x87.instructionPointer = 0;
    x87.dataPointer = 0;
    x87.instructionSelector = 0;
    x87.dataSelector = 0;
    x87.empty = ~fx.get(XsaveImage.FTW) & 0xff;
    for (int i = 0; i < 8; i++) {
      int physical = x87.top + i & 7;
      x87.significand[physical] = fx.getLong(XsaveImage.ST + 16 * i);
      x87.signExponent[physical] = fx.getShort(XsaveImage.ST + 16 * i + 8) & 0xffff;
    }
    cpu.mxcsr = fx.getInt(XsaveImage.MXCSR);
    for (int i = 0; i < 32; i++) {
      cpu.xmm[i] = fx.getLong(XsaveImage.XMM + 8 * i);
    }
  }

  private void run(TestCase test, Outcome outcome) {
    outcome.timedOut = false;
    boolean step = test.singleStep();
    for (int steps = 0; steps < MOST_STEPS; steps++) {
      int vector = executeOne(outcome);
      if (vector < 0 && step && !cpu.interruptShadow) {
        vector = Outcome.DEBUG;
      }
      if (cpu.sys.cpl != 3) { // INT n, INT3 or INTO went through the IDT
        outcome.vector = GuestArena.vectorOf(cpu.rip);
        arena.readFrame(cpu.gpr[Cpu.RSP], outcome);
        leave(outcome, true);
        return;
      }
      if (vector >= 0) {
        outcome.vector = vector;
        leave(outcome, false);
        return;
      }
    }
    outcome.timedOut = true;
    outcome.vector = -1;
    leave(outcome, false);
  }

  /** Executes an instruction; the vector of the fault that it raised, or -1. */
  private int executeOne(Outcome outcome) {
    Op op = null;
    long rip = cpu.rip;
    try {
      cpu.gpr[Cpu.BLOCK_RIP] = rip;
      op = fetch();
      cpu.interruptShadow = false;
      op.execute(cpu);
      if (!op.isTerminator()) {
        cpu.rip = op.nextRip(cpu);
      }
      return -1;
    } catch (GuestFault fault) {
      cpu.rip = rip;
      boolean stack = op != null && op.stackSegment && fault.isNonCanonical();
      outcome.error = fault.errorCode();
      return stack ? GuestFault.SS : fault.vector();
    }
  }

  private Op fetch() {
    long start = cpu.rip + (cpu.codeSize == 8 ? 0 : cpu.segmentBase[Cpu.CS]);
    int bytes = fetchBytes(start, 0);
    Op op = decoder.decode(code, 0, bytes, 0, cpu);
    if (op == null) {
      bytes += fetchBytes(start + bytes, bytes);
      op = decoder.decode(code, 0, bytes, 0, cpu);
    }
    if (op == null) {
      throw new IllegalStateException("the decoder wants more than %d bytes".formatted(bytes));
    }
    return op;
  }

  /** Reads up to an instruction's bytes to the end of the page. */
  private int fetchBytes(long linear, int at) {
    long gpa = cpu.memory.fetch(linear);
    int bytes = (int) Math.min(Decoder.MAX_LENGTH, Arena.PAGE - (gpa & Arena.PAGE - 1));
    for (int i = 0; i < bytes; i++) {
      code[at + i] = (byte) memory.readByte(gpa + i);
    }
    return bytes;
  }

  private void leave(Outcome outcome, boolean delivered) {
    long rsp = outcome.gpr[4];
    System.arraycopy(cpu.gpr, 0, outcome.gpr, 0, 16);
    outcome.cr2 = cpu.sys.cr2;
    if (delivered) {
      outcome.gpr[4] = rsp;
    } else {
      outcome.rip = cpu.rip;
      outcome.rflags = cpu.eflags() & 0xffff_ffffL;
      outcome.cs = cpu.selector[Cpu.CS];
      outcome.ss = cpu.selector[Cpu.SS];
    }
    outcome.ds = cpu.selector[Cpu.DS];
    outcome.es = cpu.selector[Cpu.ES];
    outcome.fs = cpu.selector[Cpu.FS];
    outcome.gs = cpu.selector[Cpu.GS];
    outcome.fsBase = cpu.segmentBase[Cpu.FS];
    outcome.gsBase = cpu.segmentBase[Cpu.GS];
    leaveFloatingPoint(outcome.fx);
  }

  private void leaveFloatingPoint(ByteBuffer fx) {
    X87State x87 = cpu.x87;
    fx.putShort(XsaveImage.FCW, (short) x87.control);
    fx.putShort(XsaveImage.FSW, (short) (x87.status | x87.top << 11));
    fx.put(XsaveImage.FTW, (byte) ~x87.empty);
    for (int i = 0; i < 8; i++) {
      int physical = x87.top + i & 7;
      fx.putLong(XsaveImage.ST + 16 * i, x87.significand[physical]);
      fx.putShort(XsaveImage.ST + 16 * i + 8, (short) x87.signExponent[physical]);
    }
    fx.putInt(XsaveImage.MXCSR, cpu.mxcsr);
    for (int i = 0; i < 32; i++) {
      fx.putLong(XsaveImage.XMM + 8 * i, cpu.xmm[i]);
    }
  }

  @Override
  public void close() {
    cpu.memory.close();
    memory.close();
  }
}
