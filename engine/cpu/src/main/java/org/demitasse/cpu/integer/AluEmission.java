package org.demitasse.cpu.integer;

import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
import org.demitasse.cpu.core.Emitter.FlagKind;
import org.demitasse.cpu.core.MemoryOperand;

/** Bytecode of the arithmetic whose flags stay pending: the twin of the meanings in {@link Alu}. */
final class AluEmission {
  static final int ADD = 0;
  static final int OR = 1;
  static final int AND = 4;
  static final int SUB = 5;
  static final int XOR = 6;
  static final int CMP = 7;
  static final int TEST = 8;

  private static final ClassDesc CPU = ClassDesc.of(Cpu.class.getName());
  private static final ClassDesc LONG = ConstantDescs.CD_long;

  private static final ClassDesc BINARY = ClassDesc.of(Meaning.Binary.class.getName());
  private static final ClassDesc UNARY = ClassDesc.of(Meaning.Unary.class.getName());
  private static final MethodTypeDesc APPLY_BINARY = MethodTypeDesc.of(LONG, CPU, LONG, LONG, ConstantDescs.CD_int);
  private static final MethodTypeDesc APPLY_UNARY = MethodTypeDesc.of(LONG, CPU, LONG, ConstantDescs.CD_int);

  private AluEmission() {}

  static void registers(Emitter e, int operation, int size, int target, int source) {
    e.register(target);
    e.register(source);
    operate(e, operation, size);
    finish(e, operation, size, target);
  }

  static void immediate(Emitter e, int operation, int size, int target, long value) {
    e.register(target);
    e.code().loadConstant(value);
    operate(e, operation, size);
    finish(e, operation, size, target);
  }

  static void registerMemory(Emitter e, int operation, int size, int target, MemoryOperand source) {
    e.load(source, size); // first: it may fault
    e.register(target);
    e.code().dup2_x2().pop2();
    operate(e, operation, size);
    finish(e, operation, size, target);
  }

  private static void finish(Emitter e, int operation, int size, int target) {
    if (operation != CMP && operation != TEST) {
      e.setRegister(target, size);
    }
  }

  /** Takes both operands from the stack; sets pending flags; leaves the result, unless it is CMP or TEST. */
  static void operate(Emitter e, int operation, int size) {
    switch (operation) {
      case ADD -> {
        e.setFlags(FlagKind.ADD, size);
        e.flagFirst();
        e.flagSecond();
        e.code().ladd();
      }
      case SUB, CMP -> {
        e.setFlags(FlagKind.SUB, size);
        if (operation == SUB) {
          e.flagFirst();
          e.flagSecond();
          e.code().lsub();
        }
      }
      default -> {
        switch (operation) {
          case OR -> e.code().lor();
          case XOR -> e.code().lxor();
          default -> e.code().land();
        }
        e.code().lconst_0();
        e.setFlags(FlagKind.LOGIC, size);
        if (operation != TEST) {
          e.flagFirst();
        }
      }
    }
  }

  /** Says whether an operation by its number is written here. */
  static boolean has(int operation) {
    return operation == ADD || operation == OR || operation >= AND;
  }

  /** Begins a call of a meaning; then the op pushes its two operands. */
  static void callBegin(Emitter e, Meaning.Binary meaning, boolean setsAllFlags) {
    if (!setsAllFlags) {
      e.flagsInCpu();
    }
    e.constant(meaning, Meaning.Binary.class);
    e.cpu();
  }

  /** Ends the call: the result is on the stack. */
  static void callEnd(Emitter e, int shift) {
    e.code().loadConstant(shift);
    e.code().invokeinterface(BINARY, "apply", APPLY_BINARY);
    e.flagsWereSet();
  }

  /** Calls a meaning of one register. */
  static void callUnary(Emitter e, Meaning.Unary meaning, int register, int shift) {
    e.flagsInCpu();
    e.constant(meaning, Meaning.Unary.class);
    e.cpu();
    e.register(register);
    e.code().loadConstant(shift);
    e.code().invokeinterface(UNARY, "apply", APPLY_UNARY);
    e.flagsWereSet();
  }

  /** 64-bit MUL or IMUL of the spilled RAX by the operand on the stack. */
  static void wide(Emitter e, boolean signed) {
    e.cpu();
    e.code().dup_x2().pop().loadConstant(8).loadConstant(signed ? 1 : 0);
    e.code()
        .invokestatic(
            ClassDesc.of(Multiply.class.getName()),
            "wide",
            MethodTypeDesc.of(ConstantDescs.CD_void, CPU, LONG, ConstantDescs.CD_int, ConstantDescs.CD_boolean));
  }
}
