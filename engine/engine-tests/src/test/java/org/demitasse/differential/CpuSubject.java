package org.demitasse.differential;

import org.demitasse.core.bus.Bus;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Decoder;
import org.demitasse.cpu.decode.OpcodeTable;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.mmu.CodeWatcher;

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
  private final CpuRegisters registers = new CpuRegisters(cpu);
  private final Decoder decoder;
  private final byte[] code = new byte[2 * Decoder.MAX_LENGTH];
  private long dataSeed;
  private boolean dataLoaded;

  CpuSubject(OpcodeTable table) {
    decoder = new Decoder(table);
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
        registers.enter(cases[i]);
        run(cases[i], outcomes[i]);
      } catch (RuntimeException e) {
        throw new IllegalStateException("the CPU broke on " + CaseLine.format(cases[i]), e);
      }
      arena.leave(cases[i], outcomes[i]);
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
        registers.leave(outcome, true);
        return;
      }
      if (vector >= 0) {
        outcome.vector = vector;
        registers.leave(outcome, false);
        return;
      }
    }
    outcome.timedOut = true;
    outcome.vector = -1;
    registers.leave(outcome, false);
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

  @Override
  public void close() {
    cpu.memory.close();
    memory.close();
  }
}
