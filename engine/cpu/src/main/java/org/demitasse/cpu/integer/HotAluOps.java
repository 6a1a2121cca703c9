package org.demitasse.cpu.integer;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
import org.demitasse.cpu.core.Op;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic that real boots execute most (ADD, OR, AND, SUB, XOR, CMP, TEST on 32- and 64-bit registers, with a
 * register or an immediate), one class a form: a call of a known meaning instead of an unknown one. Everything else
 * takes the general forms.
 */
final class HotAluOps {
  private static final int ADD = 0;
  private static final int OR = 1;
  private static final int AND = 4;
  private static final int SUB = 5;
  private static final int XOR = 6;
  private static final int CMP = 7;

  /** TEST, which group 1 does not have. */
  static final int TEST = 8;

  private HotAluOps() {}

  /** The op of a group 1 operation (or {@link #TEST}) on two registers, or null if it has no class of its own. */
  static @Nullable Op registers(int operation, int size, int target, int source) {
    if (size == 8) {
      return switch (operation) {
        case ADD -> new AddReg64(target, source);
        case OR -> new OrReg64(target, source);
        case AND -> new AndReg64(target, source);
        case SUB -> new SubReg64(target, source);
        case XOR -> new XorReg64(target, source);
        case CMP -> new CmpReg64(target, source);
        case TEST -> new TestReg64(target, source);
        default -> null;
      };
    }
    if (size == 4) {
      return switch (operation) {
        case ADD -> new AddReg32(target, source);
        case OR -> new OrReg32(target, source);
        case AND -> new AndReg32(target, source);
        case SUB -> new SubReg32(target, source);
        case XOR -> new XorReg32(target, source);
        case CMP -> new CmpReg32(target, source);
        case TEST -> new TestReg32(target, source);
        default -> null;
      };
    }
    return null;
  }

  /** As {@link #registers}, with an immediate. */
  static @Nullable Op immediate(int operation, int size, int target, long value) {
    if (size == 8) {
      return switch (operation) {
        case ADD -> new AddImm64(target, value);
        case OR -> new OrImm64(target, value);
        case AND -> new AndImm64(target, value);
        case SUB -> new SubImm64(target, value);
        case XOR -> new XorImm64(target, value);
        case CMP -> new CmpImm64(target, value);
        case TEST -> new TestImm64(target, value);
        default -> null;
      };
    }
    if (size == 4) {
      return switch (operation) {
        case ADD -> new AddImm32(target, value);
        case OR -> new OrImm32(target, value);
        case AND -> new AndImm32(target, value);
        case SUB -> new SubImm32(target, value);
        case XOR -> new XorImm32(target, value);
        case CMP -> new CmpImm32(target, value);
        case TEST -> new TestImm32(target, value);
        default -> null;
      };
    }
    return null;
  }

  /** Two registers. */
  private abstract static class TwoRegisters extends Op {
    final int target;
    final int source;

    TwoRegisters(int target, int source) {
      this.target = target;
      this.source = source;
    }
  }

  /** A register and an immediate. */
  private abstract static class RegisterImmediate extends Op {
    final int target;
    final long value;

    RegisterImmediate(int target, long value) {
      this.target = target;
      this.value = value;
    }
  }

  private static final class AddReg64 extends TwoRegisters {
    AddReg64(int target, int source) {
      super(target, source);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.add(cpu, cpu.gpr[target], cpu.gpr[source], 0);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.registers(e, AluEmission.ADD, 8, target, source);
      return true;
    }
  }

  private static final class AddImm64 extends RegisterImmediate {
    AddImm64(int target, long value) {
      super(target, value);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.add(cpu, cpu.gpr[target], value, 0);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.immediate(e, AluEmission.ADD, 8, target, value);
      return true;
    }
  }

  private static final class AddReg32 extends TwoRegisters {
    AddReg32(int target, int source) {
      super(target, source);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.add(cpu, cpu.gpr[target], cpu.gpr[source], 32);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.registers(e, AluEmission.ADD, 4, target, source);
      return true;
    }
  }

  private static final class AddImm32 extends RegisterImmediate {
    AddImm32(int target, long value) {
      super(target, value);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.add(cpu, cpu.gpr[target], value, 32);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.immediate(e, AluEmission.ADD, 4, target, value);
      return true;
    }
  }

  private static final class OrReg64 extends TwoRegisters {
    OrReg64(int target, int source) {
      super(target, source);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.or(cpu, cpu.gpr[target], cpu.gpr[source], 0);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.registers(e, AluEmission.OR, 8, target, source);
      return true;
    }
  }

  private static final class OrImm64 extends RegisterImmediate {
    OrImm64(int target, long value) {
      super(target, value);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.or(cpu, cpu.gpr[target], value, 0);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.immediate(e, AluEmission.OR, 8, target, value);
      return true;
    }
  }

  private static final class OrReg32 extends TwoRegisters {
    OrReg32(int target, int source) {
      super(target, source);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.or(cpu, cpu.gpr[target], cpu.gpr[source], 32);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.registers(e, AluEmission.OR, 4, target, source);
      return true;
    }
  }

  private static final class OrImm32 extends RegisterImmediate {
    OrImm32(int target, long value) {
      super(target, value);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.or(cpu, cpu.gpr[target], value, 32);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.immediate(e, AluEmission.OR, 4, target, value);
      return true;
    }
  }

  private static final class AndReg64 extends TwoRegisters {
    AndReg64(int target, int source) {
      super(target, source);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.and(cpu, cpu.gpr[target], cpu.gpr[source], 0);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.registers(e, AluEmission.AND, 8, target, source);
      return true;
    }
  }

  private static final class AndImm64 extends RegisterImmediate {
    AndImm64(int target, long value) {
      super(target, value);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.and(cpu, cpu.gpr[target], value, 0);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.immediate(e, AluEmission.AND, 8, target, value);
      return true;
    }
  }

  private static final class AndReg32 extends TwoRegisters {
    AndReg32(int target, int source) {
      super(target, source);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.and(cpu, cpu.gpr[target], cpu.gpr[source], 32);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.registers(e, AluEmission.AND, 4, target, source);
      return true;
    }
  }

  private static final class AndImm32 extends RegisterImmediate {
    AndImm32(int target, long value) {
      super(target, value);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.and(cpu, cpu.gpr[target], value, 32);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.immediate(e, AluEmission.AND, 4, target, value);
      return true;
    }
  }

  private static final class SubReg64 extends TwoRegisters {
    SubReg64(int target, int source) {
      super(target, source);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.sub(cpu, cpu.gpr[target], cpu.gpr[source], 0);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.registers(e, AluEmission.SUB, 8, target, source);
      return true;
    }
  }

  private static final class SubImm64 extends RegisterImmediate {
    SubImm64(int target, long value) {
      super(target, value);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.sub(cpu, cpu.gpr[target], value, 0);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.immediate(e, AluEmission.SUB, 8, target, value);
      return true;
    }
  }

  private static final class SubReg32 extends TwoRegisters {
    SubReg32(int target, int source) {
      super(target, source);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.sub(cpu, cpu.gpr[target], cpu.gpr[source], 32);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.registers(e, AluEmission.SUB, 4, target, source);
      return true;
    }
  }

  private static final class SubImm32 extends RegisterImmediate {
    SubImm32(int target, long value) {
      super(target, value);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.sub(cpu, cpu.gpr[target], value, 32);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.immediate(e, AluEmission.SUB, 4, target, value);
      return true;
    }
  }

  private static final class XorReg64 extends TwoRegisters {
    XorReg64(int target, int source) {
      super(target, source);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.xor(cpu, cpu.gpr[target], cpu.gpr[source], 0);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.registers(e, AluEmission.XOR, 8, target, source);
      return true;
    }
  }

  private static final class XorImm64 extends RegisterImmediate {
    XorImm64(int target, long value) {
      super(target, value);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.xor(cpu, cpu.gpr[target], value, 0);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.immediate(e, AluEmission.XOR, 8, target, value);
      return true;
    }
  }

  private static final class XorReg32 extends TwoRegisters {
    XorReg32(int target, int source) {
      super(target, source);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.xor(cpu, cpu.gpr[target], cpu.gpr[source], 32);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.registers(e, AluEmission.XOR, 4, target, source);
      return true;
    }
  }

  private static final class XorImm32 extends RegisterImmediate {
    XorImm32(int target, long value) {
      super(target, value);
    }

    @Override
    public void execute(Cpu cpu) {
      cpu.gpr[target] = Alu.xor(cpu, cpu.gpr[target], value, 32);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.immediate(e, AluEmission.XOR, 4, target, value);
      return true;
    }
  }

  private static final class CmpReg64 extends TwoRegisters {
    CmpReg64(int target, int source) {
      super(target, source);
    }

    @Override
    public void execute(Cpu cpu) {
      Alu.sub(cpu, cpu.gpr[target], cpu.gpr[source], 0);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.registers(e, AluEmission.CMP, 8, target, source);
      return true;
    }
  }

  private static final class CmpImm64 extends RegisterImmediate {
    CmpImm64(int target, long value) {
      super(target, value);
    }

    @Override
    public void execute(Cpu cpu) {
      Alu.sub(cpu, cpu.gpr[target], value, 0);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.immediate(e, AluEmission.CMP, 8, target, value);
      return true;
    }
  }

  private static final class CmpReg32 extends TwoRegisters {
    CmpReg32(int target, int source) {
      super(target, source);
    }

    @Override
    public void execute(Cpu cpu) {
      Alu.sub(cpu, cpu.gpr[target], cpu.gpr[source], 32);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.registers(e, AluEmission.CMP, 4, target, source);
      return true;
    }
  }

  private static final class CmpImm32 extends RegisterImmediate {
    CmpImm32(int target, long value) {
      super(target, value);
    }

    @Override
    public void execute(Cpu cpu) {
      Alu.sub(cpu, cpu.gpr[target], value, 32);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.immediate(e, AluEmission.CMP, 4, target, value);
      return true;
    }
  }

  private static final class TestReg64 extends TwoRegisters {
    TestReg64(int target, int source) {
      super(target, source);
    }

    @Override
    public void execute(Cpu cpu) {
      Alu.and(cpu, cpu.gpr[target], cpu.gpr[source], 0);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.registers(e, AluEmission.TEST, 8, target, source);
      return true;
    }
  }

  private static final class TestImm64 extends RegisterImmediate {
    TestImm64(int target, long value) {
      super(target, value);
    }

    @Override
    public void execute(Cpu cpu) {
      Alu.and(cpu, cpu.gpr[target], value, 0);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.immediate(e, AluEmission.TEST, 8, target, value);
      return true;
    }
  }

  private static final class TestReg32 extends TwoRegisters {
    TestReg32(int target, int source) {
      super(target, source);
    }

    @Override
    public void execute(Cpu cpu) {
      Alu.and(cpu, cpu.gpr[target], cpu.gpr[source], 32);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.registers(e, AluEmission.TEST, 4, target, source);
      return true;
    }
  }

  private static final class TestImm32 extends RegisterImmediate {
    TestImm32(int target, long value) {
      super(target, value);
    }

    @Override
    public void execute(Cpu cpu) {
      Alu.and(cpu, cpu.gpr[target], value, 32);
    }

    @Override
    public boolean emit(Emitter e) {
      AluEmission.immediate(e, AluEmission.TEST, 4, target, value);
      return true;
    }
  }
}
