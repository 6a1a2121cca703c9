package org.demitasse.cpu.integer;

import org.demitasse.core.vcpu.FlowLog;
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
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;
import org.jspecify.annotations.Nullable;

/**
 * Rows of near branches, calls, returns and loops. In 64-bit mode a 66 prefix is ignored, as on Intel's processors;
 * elsewhere it cuts the target to 16 bits.
 */
final class BranchOps {
  private BranchOps() {}

  static void register(OpcodeTable table) {
    for (int code = 0; code < 16; code++) {
      int condition = code;
      row(table, Map.ONE_BYTE, 0x70 + code, Immediate.IB, i -> jcc(i, condition));
      near(table, Map.M0F, 0x80 + code, i -> jcc(i, condition));
    }
    row(table, Map.ONE_BYTE, 0xEB, Immediate.IB, Jump::new);
    near(table, Map.ONE_BYTE, 0xE9, Jump::new);
    near(table, Map.ONE_BYTE, 0xE8, Call::new);
    row(table, Map.ONE_BYTE, 0xC2, Immediate.IW, Return::new);
    row(table, Map.ONE_BYTE, 0xC3, Immediate.NONE, Return::new);
    for (int opcode = 0xE0; opcode <= 0xE3; opcode++) {
      row(table, Map.ONE_BYTE, opcode, Immediate.IB, Loop::new);
    }
  }

  private static void row(OpcodeTable table, Map map, int opcode, Immediate immediate, OpFactory factory) {
    table.any(map, opcode, new Encoding(false, immediate, Size.STACK, false, factory));
  }

  /** Rows with a displacement of 32 bits, or 16 with a 66 prefix outside 64-bit mode. */
  private static void near(OpcodeTable table, Map map, int opcode, OpFactory factory) {
    table.any(map, opcode, new Encoding(false, Immediate.JZ, Size.STACK, false, factory));
  }

  /** Size in bytes of the instruction pointer that a near branch leaves. */
  private static int targetSize(Instruction i) {
    return i.codeSize == 8 ? 8 : i.operandSize;
  }

  /** Group 5's near indirect CALL and JMP. */
  static Op indirect(Instruction i, boolean call) {
    return new Indirect(i, call);
  }

  /** A branch relative to the next instruction. */
  abstract static class Relative extends Op {
    final long displacement;
    final long mask;
    final int condition;

    Relative(Instruction i) {
      condition = i.opcode & 15;
      displacement = i.immediate;
      int size = targetSize(i);
      mask = size == 8 ? -1L : size == 4 ? 0xffff_ffffL : 0xffffL;
    }

    @Override
    public final boolean isTerminator() {
      return true;
    }

    @Override
    public final long branchDisplacement() {
      return isCut() ? NO_TARGET : displacement;
    }

    /** Says whether the target is cut to 16 bits. */
    final boolean isCut() {
      return mask == 0xffffL;
    }

    final void go(Cpu cpu, boolean taken) {
      long next = cpu.gpr[Cpu.BLOCK_RIP] + end;
      if (taken && mask != -1L) {
        cpu.checkBranchTarget(next + displacement & mask);
      }
      cpu.rip = taken ? next + displacement & mask : next & cpu.ripMask;
    }
  }

  /** Jcc. */
  abstract static class Conditional extends Relative {
    Conditional(Instruction i) {
      super(i);
    }

    @Override
    public final boolean emit(Emitter e) {
      if (isCut()) {
        return false;
      }
      e.branch(condition, displacement);
      return true;
    }
  }

  static final class Jump extends Relative {
    Jump(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, true);
    }

    @Override
    public boolean emit(Emitter e) {
      if (isCut()) {
        return false;
      }
      e.go(displacement);
      return true;
    }
  }

  static final class Call extends Relative {
    private final int size;

    Call(Instruction i) {
      super(i);
      stackSegment = true;
      size = targetSize(i);
      stackSegment = true;
    }

    @Override
    public void execute(Cpu cpu) {
      if (mask != -1L && cpu.isBadBranchTarget(nextRip(cpu) + displacement & mask)) {
        cpu.probePush(size); // its faults come first
        throw cpu.raise(GuestFault.GP, 0);
      }
      cpu.push(nextRip(cpu), size);
      go(cpu, true);
      cpu.tellFlow(FlowLog.CALL, cpu.rip, cpu.gpr[Cpu.RSP], nextRip(cpu));
    }

    @Override
    public boolean emit(Emitter e) {
      if (e.tellsFlow() || !StackOps.isEmitted(size)) {
        return false;
      }
      StackOps.pushBegin(e, size);
      e.nextRip();
      StackOps.pushEnd(e, size);
      e.go(displacement);
      return true;
    }
  }

  static final class Return extends Op {
    private final int size;
    private final int release;

    Return(Instruction i) {
      stackSegment = true;
      size = targetSize(i);
      release = (int) i.immediate & 0xffff;
      stackSegment = true;
    }

    @Override
    public void execute(Cpu cpu) {
      long target = cpu.peekStack(0, size);
      cpu.checkBranchTarget(target);
      long slot = cpu.gpr[Cpu.RSP];
      cpu.moveStack(size + release);
      cpu.rip = target;
      cpu.tellFlow(FlowLog.RETURN, target, slot, 0);
    }

    @Override
    public boolean emit(Emitter e) {
      if (e.tellsFlow() || !StackOps.isEmitted(size)) {
        return false;
      }
      StackOps.top(e, size);
      if (size == 8) {
        e.checkTarget();
      }
      StackOps.moveStack(e, (long) size + release, size);
      e.returnToStack();
      return true;
    }

    @Override
    public boolean isTerminator() {
      return true;
    }
  }

  private static final class Indirect extends Op {
    private final @Nullable MemoryOperand memory;
    private final int register;
    private final int size;
    private final boolean call;

    Indirect(Instruction i, boolean call) {
      memory = i.memory;
      register = i.rm;
      size = targetSize(i);
      this.call = call;
      stackSegment = call && memory == null;
    }

    @Override
    public void execute(Cpu cpu) {
      MemoryOperand operand = memory;
      long target =
          operand == null ? cpu.readRegister(register, size) : cpu.memory.read(operand.forRead(cpu, size), size);
      if (call && cpu.isBadBranchTarget(target)) {
        cpu.probePush(size); // its faults come first
      }
      cpu.checkBranchTarget(target);
      if (call) {
        cpu.requireCanonicalStack(cpu.gpr[Cpu.RSP] - size, size);
        cpu.push(nextRip(cpu), size);
        cpu.tellFlow(FlowLog.CALL, target, cpu.gpr[Cpu.RSP], nextRip(cpu));
      }
      cpu.rip = target;
    }

    @Override
    public boolean emit(Emitter e) {
      if (call && e.tellsFlow() || !StackOps.isEmitted(size)) {
        return false;
      }
      MemoryOperand operand = memory;
      if (operand != null) {
        e.load(operand, size);
      } else {
        e.mayFault();
        e.register(register);
        if (size == 4) {
          e.code().loadConstant(0xffff_ffffL).land();
        }
      }
      if (call) {
        e.spill(Cpu.RSP);
        e.checkCallTarget();
        StackOps.pushBegin(e, size);
        e.nextRip();
        StackOps.pushEnd(e, size);
      } else if (size == 8) {
        e.checkTarget();
      }
      e.goToStack();
      return true;
    }

    @Override
    public boolean isTerminator() {
      return true;
    }
  }

  /** LOOPNE, LOOPE, LOOP, JCXZ: opcodes E0-E3. */
  private static final class Loop extends Relative {
    private final int opcode;
    private final int addressSize;

    Loop(Instruction i) {
      super(i);
      opcode = i.opcode;
      addressSize = i.addressSize;
    }

    @Override
    public void execute(Cpu cpu) {
      long count = cpu.readRegister(Cpu.RCX, addressSize);
      if (opcode == 0xE3) {
        go(cpu, count == 0);
        return;
      }
      cpu.writeRegister(Cpu.RCX, addressSize, --count);
      boolean again = cpu.readRegister(Cpu.RCX, addressSize) != 0;
      if (opcode == 0xE0) {
        again &= cpu.flagResult != 0;
      } else if (opcode == 0xE1) {
        again &= cpu.flagResult == 0;
      }
      go(cpu, again);
    }
  }

  private static Op jcc(Instruction i, int condition) {
    return switch (condition) {
      case 0 -> new JumpO(i);
      case 1 -> new JumpNO(i);
      case 2 -> new JumpB(i);
      case 3 -> new JumpAE(i);
      case 4 -> new JumpE(i);
      case 5 -> new JumpNE(i);
      case 6 -> new JumpBE(i);
      case 7 -> new JumpA(i);
      case 8 -> new JumpS(i);
      case 9 -> new JumpNS(i);
      case 10 -> new JumpP(i);
      case 11 -> new JumpNP(i);
      case 12 -> new JumpL(i);
      case 13 -> new JumpGE(i);
      case 14 -> new JumpLE(i);
      default -> new JumpG(i);
    };
  }

  private static final class JumpO extends Conditional {
    JumpO(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, Flags.overflow(cpu.flagCarries));
    }
  }

  private static final class JumpNO extends Conditional {
    JumpNO(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, !Flags.overflow(cpu.flagCarries));
    }
  }

  private static final class JumpB extends Conditional {
    JumpB(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, cpu.flagCarries < 0);
    }
  }

  private static final class JumpAE extends Conditional {
    JumpAE(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, cpu.flagCarries >= 0);
    }
  }

  private static final class JumpE extends Conditional {
    JumpE(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, cpu.flagResult == 0);
    }
  }

  private static final class JumpNE extends Conditional {
    JumpNE(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, cpu.flagResult != 0);
    }
  }

  private static final class JumpBE extends Conditional {
    JumpBE(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, cpu.flagCarries < 0 || cpu.flagResult == 0);
    }
  }

  private static final class JumpA extends Conditional {
    JumpA(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, cpu.flagCarries >= 0 && cpu.flagResult != 0);
    }
  }

  private static final class JumpS extends Conditional {
    JumpS(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, Flags.sign(cpu.flagResult, cpu.flagCarries));
    }
  }

  private static final class JumpNS extends Conditional {
    JumpNS(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, !Flags.sign(cpu.flagResult, cpu.flagCarries));
    }
  }

  private static final class JumpP extends Conditional {
    JumpP(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, Flags.parity(cpu.flagResult, cpu.flagCarries));
    }
  }

  private static final class JumpNP extends Conditional {
    JumpNP(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, !Flags.parity(cpu.flagResult, cpu.flagCarries));
    }
  }

  private static final class JumpL extends Conditional {
    JumpL(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, Flags.less(cpu.flagResult, cpu.flagCarries));
    }
  }

  private static final class JumpGE extends Conditional {
    JumpGE(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, !Flags.less(cpu.flagResult, cpu.flagCarries));
    }
  }

  private static final class JumpLE extends Conditional {
    JumpLE(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, cpu.flagResult == 0 || Flags.less(cpu.flagResult, cpu.flagCarries));
    }
  }

  private static final class JumpG extends Conditional {
    JumpG(Instruction i) {
      super(i);
    }

    @Override
    public void execute(Cpu cpu) {
      go(cpu, cpu.flagResult != 0 && !Flags.less(cpu.flagResult, cpu.flagCarries));
    }
  }
}
