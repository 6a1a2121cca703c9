package org.demitasse.cpu.integer;

import org.demitasse.core.memory.HostMemory;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.decode.OpFactory;
import org.demitasse.cpu.decode.OpcodeTable;
import org.demitasse.cpu.decode.OpcodeTable.Map;
import org.demitasse.cpu.state.Flags;

/**
 * Rows of MOVS, CMPS, STOS, LODS and SCAS. A repeated one runs at most {@link #CHUNK} steps at a time and then starts
 * itself again, so that interrupts get in; registers are right after each step, so that it can be left anywhere.
 * Repeated MOVS and STOS that go upwards are done a page at a time.
 */
final class StringOps {
  /** Steps of a repeated instruction between two looks at interrupts. */
  static final int CHUNK = 1 << 16;

  private StringOps() {}

  static void register(OpcodeTable table) {
    pair(table, 0xA4, Move::new);
    pair(table, 0xA6, Compare::new);
    pair(table, 0xAA, Store::new);
    pair(table, 0xAC, Load::new);
    pair(table, 0xAE, Scan::new);
  }

  private static void pair(OpcodeTable table, int opcode, OpFactory factory) {
    table.plain(Map.ONE_BYTE, opcode, factory);
    table.plain(Map.ONE_BYTE, opcode + 1, factory);
  }

  /** What all string instructions share: sizes, repetition, addresses. */
  abstract static class StringOp extends Op {
    final int size;
    final int addressSize;
    final long addressMask;
    final int sourceSegment;
    final int targetSegment;
    final int repeat;
    final boolean checked;

    StringOp(Instruction i) {
      size = (i.opcode & 1) == 0 ? 1 : i.operandSize;
      addressSize = i.addressSize;
      addressMask = addressSize == 8 ? -1L : addressSize == 4 ? 0xffff_ffffL : 0xffffL;
      sourceSegment = i.dataSegment();
      targetSegment = i.codeSize == 8 ? Cpu.NO_SEGMENT : Cpu.ES;
      repeat = i.repPrefix;
      checked = i.mustCheck(sourceSegment);
    }

    @Override
    public final boolean isTerminator() {
      return repeat != 0;
    }

    @Override
    public final void execute(Cpu cpu) {
      if (repeat == 0) {
        step(cpu, (cpu.sys.eflags & Flags.DF) != 0 ? -size : size);
        return;
      }
      long count = cpu.gpr[Cpu.RCX] & addressMask;
      int most = (cpu.sys.eflags & Flags.TF) != 0 ? 1 : CHUNK; // each step traps (Intel SDM vol. 3, 17.3.1.4)
      long change = (cpu.sys.eflags & Flags.DF) != 0 ? -size : size;
      for (int steps = 0; count != 0; ) {
        if (steps >= most || cpu.dataHits != 0) { // a data breakpoint traps after its step
          cpu.rip = thisRip(cpu);
          return;
        }
        long done = change > 0 && !cpu.memory.checksAlignment() ? bulk(cpu, Math.min(count, most)) : 0;
        if (done == 0) {
          step(cpu, change);
          done = 1;
        }
        count -= done;
        steps += (int) done;
        cpu.writeRegister(Cpu.RCX, addressSize, count);
        if (stops(cpu)) {
          break;
        }
      }
      cpu.rip = nextRip(cpu);
    }

    /** One step; {@code change} is what the index registers move by. */
    abstract void step(Cpu cpu, long change);

    /** Does up to {@code count} steps at once; 0 if this is not the place for it. */
    long bulk(Cpu cpu, long count) {
      return 0;
    }

    /** Says whether the flags end the repetition (REPE, REPNE of CMPS and SCAS). */
    boolean stops(Cpu cpu) {
      return false;
    }

    final boolean stopsByZeroFlag(Cpu cpu) {
      return (cpu.flagResult == 0) != (repeat == 0xF3);
    }

    final long source(Cpu cpu) {
      long offset = cpu.gpr[Cpu.RSI] & addressMask;
      return checked ? cpu.checkedLinear(sourceSegment, offset, size, false) : offset + cpu.segmentBase[sourceSegment];
    }

    final long target(Cpu cpu, boolean write) {
      long offset = cpu.gpr[Cpu.RDI] & addressMask;
      return checked ? cpu.checkedLinear(targetSegment, offset, size, write) : offset;
    }

    final void moveSource(Cpu cpu, long change) {
      cpu.writeRegister(Cpu.RSI, addressSize, (cpu.gpr[Cpu.RSI] & addressMask) + change);
    }

    final void moveTarget(Cpu cpu, long change) {
      cpu.writeRegister(Cpu.RDI, addressSize, (cpu.gpr[Cpu.RDI] & addressMask) + change);
    }

    /** How many whole elements fit from an address to the end of its page. */
    final long fitting(long linear) {
      return (4096 - (linear & 4095)) / size;
    }
  }

  private static final class Move extends StringOp {
    Move(Instruction i) {
      super(i);
    }

    @Override
    void step(Cpu cpu, long change) {
      long value = cpu.memory.read(source(cpu), size);
      cpu.memory.write(target(cpu, true), size, value);
      moveSource(cpu, change);
      moveTarget(cpu, change);
    }

    @Override
    long bulk(Cpu cpu, long count) {
      if (checked || count < 4) {
        return 0;
      }
      long from = source(cpu);
      long to = target(cpu, true);
      long steps = Math.min(count, Math.min(fitting(from), fitting(to)));
      if (steps == 0) {
        return 0;
      }
      int bytes = (int) (steps * size);
      long hostFrom = cpu.memory.hostForRead(from);
      long hostTo = hostFrom == 0 ? 0 : cpu.memory.hostForWrite(to, bytes);
      if (hostTo == 0 || (hostTo > hostFrom && hostTo < hostFrom + bytes)) {
        return 0;
      }
      HostMemory.copy(hostFrom, hostTo, bytes);
      moveSource(cpu, bytes);
      moveTarget(cpu, bytes);
      return steps;
    }
  }

  private static final class Store extends StringOp {
    Store(Instruction i) {
      super(i);
    }

    @Override
    void step(Cpu cpu, long change) {
      cpu.memory.write(target(cpu, true), size, cpu.gpr[Cpu.RAX]);
      moveTarget(cpu, change);
    }

    @Override
    long bulk(Cpu cpu, long count) {
      if (checked || count < 4) {
        return 0;
      }
      long to = target(cpu, true);
      long steps = Math.min(count, fitting(to));
      if (steps == 0) {
        return 0;
      }
      int bytes = (int) (steps * size);
      long host = cpu.memory.hostForWrite(to, bytes);
      if (host == 0) {
        return 0;
      }
      fill(host, steps, cpu.gpr[Cpu.RAX]);
      moveTarget(cpu, bytes);
      return steps;
    }

    private void fill(long host, long steps, long value) {
      long pattern = value & 0xff;
      pattern |= pattern << 8;
      pattern |= pattern << 16;
      pattern |= pattern << 32;
      long wanted = value << (64 - size * 8) >>> (64 - size * 8);
      if (pattern << (64 - size * 8) >>> (64 - size * 8) == wanted) {
        HostMemory.fill(host, steps * size, (byte) value);
        return;
      }
      for (long n = 0; n < steps; n++) {
        long address = host + n * size;
        switch (size) {
          case 8 -> HostMemory.putLong(address, value);
          case 4 -> HostMemory.putInt(address, (int) value);
          default -> HostMemory.putShort(address, (short) value);
        }
      }
    }
  }

  private static final class Load extends StringOp {
    Load(Instruction i) {
      super(i);
    }

    @Override
    void step(Cpu cpu, long change) {
      long value = cpu.memory.read(source(cpu), size);
      if (size == 1) {
        cpu.write8(Cpu.RAX, true, (int) value);
      } else {
        cpu.writeRegister(Cpu.RAX, size, value);
      }
      moveSource(cpu, change);
    }
  }

  private static final class Compare extends StringOp {
    Compare(Instruction i) {
      super(i);
    }

    @Override
    void step(Cpu cpu, long change) {
      long second = cpu.memory.read(target(cpu, false), size); // its faults come first
      long first = cpu.memory.read(source(cpu), size);
      Alu.sub(cpu, first, second, 64 - size * 8);
      moveSource(cpu, change);
      moveTarget(cpu, change);
    }

    @Override
    boolean stops(Cpu cpu) {
      return stopsByZeroFlag(cpu);
    }
  }

  private static final class Scan extends StringOp {
    Scan(Instruction i) {
      super(i);
    }

    @Override
    void step(Cpu cpu, long change) {
      Alu.sub(cpu, cpu.gpr[Cpu.RAX], cpu.memory.read(target(cpu, false), size), 64 - size * 8);
      moveTarget(cpu, change);
    }

    @Override
    boolean stops(Cpu cpu) {
      return stopsByZeroFlag(cpu);
    }
  }
}
