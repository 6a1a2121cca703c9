package org.demitasse.cpu.integer;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Encoding;
import org.demitasse.cpu.decode.Encoding.Immediate;
import org.demitasse.cpu.decode.Encoding.Size;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.decode.OpFactory;
import org.demitasse.cpu.decode.OpcodeTable;
import org.demitasse.cpu.decode.OpcodeTable.Map;
import org.jspecify.annotations.Nullable;

/** Rows of PUSH, POP, PUSHA, POPA, ENTER and LEAVE on general registers. */
final class StackOps {
  private static final MemoryOperand BELOW_64 = at(Cpu.RSP, -8, 8);
  private static final MemoryOperand BELOW_32 = at(Cpu.RSP, -4, 4);
  private static final MemoryOperand TOP_64 = at(Cpu.RSP, 0, 8);
  private static final MemoryOperand TOP_32 = at(Cpu.RSP, 0, 4);
  private static final MemoryOperand FRAME_64 = at(Cpu.RBP, 0, 8);
  private static final MemoryOperand FRAME_32 = at(Cpu.RBP, 0, 4);

  private StackOps() {}

  static void register(OpcodeTable table) {
    for (int register = 0; register < 8; register++) {
      row(table, 0x50 + register, false, Immediate.NONE, i -> new PushReg(i.opcodeRegister, i.operandSize));
      row(table, 0x58 + register, false, Immediate.NONE, i -> new PopReg(i.opcodeRegister, i.operandSize));
    }
    row(table, 0x68, false, Immediate.IZ, i -> new PushImm(i.immediate, i.operandSize));
    row(table, 0x6A, false, Immediate.IB, i -> new PushImm(i.immediate, i.operandSize));
    row(table, 0x8F, true, Immediate.NONE, StackOps::pop);
    row(table, 0xC8, false, Immediate.IW_IB, Enter::new);
    row(table, 0xC9, false, Immediate.NONE, i -> new Leave(i.operandSize));
    row(table, 0x60, false, Immediate.NONE, i -> i.codeSize == 8 ? null : new PushAll(i.operandSize));
    row(table, 0x61, false, Immediate.NONE, i -> i.codeSize == 8 ? null : new PopAll(i.operandSize));
  }

  private static void row(OpcodeTable table, int opcode, boolean modrm, Immediate immediate, OpFactory factory) {
    table.any(Map.ONE_BYTE, opcode, new Encoding(modrm, immediate, Size.STACK, false, factory));
  }

  /** Group 5's PUSH r/m. */
  static Op push(Instruction i) {
    int size = i.codeSize == 8 ? (i.operandPrefix && !i.rexW ? 2 : 8) : i.operandSize;
    return i.isMemory() ? new PushMem(i.mem(), size) : new PushReg(i.rm, size);
  }

  private static @Nullable Op pop(Instruction i) {
    if (i.extension() != 0) {
      return null;
    }
    return i.isMemory() ? new PopMem(i.mem(), i.operandSize) : new PopReg(i.rm, i.operandSize);
  }

  private static MemoryOperand at(int register, int displacement, int size) {
    return new MemoryOperand(register, Cpu.ZERO, 0, displacement, size, Cpu.NO_SEGMENT, false);
  }

  /** Says whether stack operations of a size are emitted: 8 bytes in 64-bit mode, 4 in flat 32-bit code. */
  static boolean isEmitted(int size) {
    return size >= 4;
  }

  /** The stack pointer is moved. */
  static void moveStack(Emitter e, long distance, int size) {
    e.register(Cpu.RSP);
    e.code().loadConstant(distance).ladd();
    e.setRegister(Cpu.RSP, size);
  }

  /** First half of a push: then its value is pushed, and {@link #pushEnd} follows. */
  static void pushBegin(Emitter e, int size) {
    e.storeBegin(size == 8 ? BELOW_64 : BELOW_32, size);
  }

  /** Second half of a push. */
  static void pushEnd(Emitter e, int size) {
    e.storeEnd(size);
    moveStack(e, -size, size);
  }

  /** Pushes the value on top of the stack. */
  static void top(Emitter e, int size) {
    e.load(size == 8 ? TOP_64 : TOP_32, size);
  }

  private static final class PushReg extends Op {
    private final int register;
    private final int size;

    PushReg(int register, int size) {
      this.register = register;
      this.size = size;
      stackSegment = true;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.push(cpu.gpr[register], size);
    }

    @Override
    public boolean emit(Emitter e) {
      if (!isEmitted(size)) {
        return false;
      }
      pushBegin(e, size);
      e.register(register);
      pushEnd(e, size);
      return true;
    }
  }

  private static final class PopReg extends Op {
    private final int register;
    private final int size;

    PopReg(int register, int size) {
      this.register = register;
      this.size = size;
      stackSegment = true;
    }

    @Override
    public void execute(Cpu cpu) {
      long value = cpu.peekStack(0, size);
      cpu.moveStack(size);
      cpu.writeRegister(register, size, value);
    }

    @Override
    public boolean emit(Emitter e) {
      if (!isEmitted(size)) {
        return false;
      }
      top(e, size);
      moveStack(e, size, size);
      e.setRegister(register);
      return true;
    }
  }

  private static final class PushImm extends Op {
    private final long value;
    private final int size;

    PushImm(long value, int size) {
      this.value = value;
      this.size = size;
      stackSegment = true;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.push(value, size);
    }

    @Override
    public boolean emit(Emitter e) {
      if (!isEmitted(size)) {
        return false;
      }
      pushBegin(e, size);
      e.code().loadConstant(value);
      pushEnd(e, size);
      return true;
    }
  }

  private static final class PushMem extends Op {
    private final MemoryOperand source;
    private final int size;

    PushMem(MemoryOperand source, int size) {
      this.source = source;
      this.size = size;
    }

    @Override
    public void execute(Cpu cpu) {
      long value = cpu.memory.read(source.forRead(cpu, size), size);
      cpu.requireCanonicalStack(cpu.gpr[Cpu.RSP] - size, size);
      cpu.push(value, size);
    }
  }

  /** POP m: an address that uses the stack pointer sees it after the pop (Intel SDM vol. 2, POP). */
  private static final class PopMem extends Op {
    private final MemoryOperand target;
    private final int size;

    PopMem(MemoryOperand target, int size) {
      this.target = target;
      this.size = size;
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.requireCanonicalStack(cpu.gpr[Cpu.RSP], size);
      long value = cpu.peekStack(0, size);
      long before = cpu.gpr[Cpu.RSP];
      cpu.moveStack(size);
      try {
        cpu.memory.write(target.forWrite(cpu, size), size, value);
      } catch (RuntimeException fault) { // guest faults and RunAlone: put the stack pointer back for the restart
        cpu.gpr[Cpu.RSP] = before;
        throw fault;
      }
    }
  }

  private static final class Leave extends Op {
    private final int size;

    Leave(int size) {
      this.size = size;
      stackSegment = true;
    }

    @Override
    public void execute(Cpu cpu) {
      long frame = cpu.gpr[Cpu.RBP] & cpu.stackMask;
      long value = cpu.memory.read(cpu.stackLinear(frame, size, false), size);
      cpu.setStackPointer(frame + size);
      cpu.writeRegister(Cpu.RBP, size, value);
    }

    @Override
    public boolean emit(Emitter e) {
      if (!isEmitted(size)) {
        return false;
      }
      e.load(size == 8 ? FRAME_64 : FRAME_32, size);
      e.register(Cpu.RBP);
      e.code().loadConstant((long) size).ladd();
      e.setRegister(Cpu.RSP, size);
      e.setRegister(Cpu.RBP);
      return true;
    }
  }

  /** ENTER (Intel SDM vol. 2): the display's pointers are copied for nesting levels over 0. */
  private static final class Enter extends Op {
    private final int size;
    private final int frameBytes;
    private final int level;

    Enter(Instruction i) {
      size = i.operandSize;
      frameBytes = (int) i.immediate;
      level = i.immediate2 & 31;
      stackSegment = true;
    }

    @Override
    public void execute(Cpu cpu) {
      long stack = cpu.gpr[Cpu.RSP];
      long mask = cpu.stackMask;
      long frame = stack - size & mask;
      int pushes = level == 0 ? 1 : level + 1;
      long top = stack - (long) pushes * size & mask;
      probe(cpu, top, frame);
      long pointer = stack & ~mask | frame; // all of ESP even where only SP moves, as AMD's processors do
      cpu.memory.write(cpu.stackLinear(frame, size, true), size, cpu.gpr[Cpu.RBP]);
      long display = cpu.gpr[Cpu.RBP];
      long next = frame;
      for (int n = 1; n < level; n++) {
        display = display - size & mask;
        next = next - size & mask;
        long value = cpu.memory.read(cpu.stackLinear(display, size, false), size);
        cpu.memory.write(cpu.stackLinear(next, size, true), size, value);
      }
      if (level > 0) {
        next = next - size & mask;
        cpu.memory.write(cpu.stackLinear(next, size, true), size, pointer);
      }
      cpu.writeRegister(Cpu.RBP, size, pointer);
      cpu.setStackPointer(next - frameBytes);
    }

    private void probe(Cpu cpu, long top, long frame) {
      cpu.memory.probeWrite(cpu.stackLinear(frame, size, true), size);
      long display = cpu.gpr[Cpu.RBP];
      long next = frame;
      for (int n = 1; n < level; n++) {
        display = display - size & cpu.stackMask;
        next = next - size & cpu.stackMask;
        cpu.memory.probeRead(cpu.stackLinear(display, size, false), size);
        cpu.memory.probeWrite(cpu.stackLinear(next, size, true), size);
      }
      cpu.memory.probeWrite(cpu.stackLinear(top, size, true), size);
      long end = top - frameBytes & cpu.stackMask;
      cpu.memory.probeWrite(cpu.stackLinear(end, 1, true), 1);
    }
  }

  private static final class PushAll extends Op {
    private final int size;

    PushAll(int size) {
      this.size = size;
      stackSegment = true;
    }

    @Override
    public void execute(Cpu cpu) {
      long stack = cpu.gpr[Cpu.RSP];
      for (int n = 1; n <= 8; n++) {
        cpu.memory.probeWrite(cpu.stackLinear(stack - (long) n * size & cpu.stackMask, size, true), size);
      }
      for (int register = 0; register < 8; register++) {
        long offset = stack - (register + 1L) * size & cpu.stackMask;
        long value = register == Cpu.RSP ? stack : cpu.gpr[register];
        cpu.memory.write(cpu.stackLinear(offset, size, true), size, value);
      }
      cpu.setStackPointer(stack - 8L * size);
    }
  }

  private static final class PopAll extends Op {
    private final int size;

    PopAll(int size) {
      this.size = size;
      stackSegment = true;
    }

    @Override
    public void execute(Cpu cpu) {
      for (int n = 0; n < 7; n++) {
        long offset = cpu.gpr[Cpu.RSP] + (long) n * size & cpu.stackMask;
        cpu.memory.probeRead(cpu.stackLinear(offset, size, false), size);
      }
      long first = cpu.peekStack(7 * size, size);
      for (int n = 0; n < 7; n++) {
        int register = 7 - n;
        if (register != Cpu.RSP) {
          cpu.writeRegister(register, size, cpu.peekStack(n * size, size));
        }
      }
      cpu.writeRegister(Cpu.RAX, size, first);
      cpu.moveStack(8L * size);
    }
  }
}
