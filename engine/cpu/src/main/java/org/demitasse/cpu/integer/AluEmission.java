package org.demitasse.cpu.integer;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
import org.demitasse.cpu.core.Emitter.FlagKind;
import org.demitasse.cpu.core.Emitter.Overlay;
import org.demitasse.cpu.core.MemoryOperand;

/**
 * Bytecode of the operations on general registers: the twin of the meanings in {@link Alu}, {@link Shifts} and {@link
 * Multiply}. An operation is known by its number; what has none is a call of its meaning.
 */
final class AluEmission {
  static final int ADD = 0;
  static final int OR = 1;
  static final int ADC = 2;
  static final int SBB = 3;
  static final int AND = 4;
  static final int SUB = 5;
  static final int XOR = 6;
  static final int CMP = 7;
  static final int TEST = 8;

  /** The first of group 2. */
  static final int ROL = 9;

  static final int ROR = 10;
  static final int SHL = 13;
  static final int SHR = 14;
  static final int SAL = 15;
  static final int SAR = 16;
  static final int IMUL = 17;

  /** The operations of one operand. */
  enum Unary {
    NOT,
    NEG,
    INC,
    DEC
  }

  private static final ClassDesc CPU = ClassDesc.of(Cpu.class.getName());
  private static final ClassDesc LONG = ConstantDescs.CD_long;
  private static final ClassDesc INT = ConstantDescs.CD_int;

  private static final ClassDesc MEANING = ClassDesc.of(Meaning.class.getName());
  private static final MethodTypeDesc APPLY =
      MethodTypeDesc.of(LONG, LONG, LONG, CPU, ClassDesc.of(Meaning.Binary.class.getName()), INT);
  private static final MethodTypeDesc LONGS_TO_LONG = MethodTypeDesc.of(LONG, LONG, LONG);
  private static final ClassDesc MATH = ClassDesc.of("java.lang.Math");

  private AluEmission() {}

  // --- forms
  // ---------------------------------------------------------------------------------------------------------------

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
    swap(e);
    operate(e, operation, size);
    finish(e, operation, size, target);
  }

  private static void finish(Emitter e, int operation, int size, int target) {
    if (writes(operation)) {
      e.setRegister(target, size);
    }
  }

  static void swap(Emitter e) {
    e.code().dup2_x2().pop2();
  }

  private static boolean writes(int operation) {
    return operation != CMP && operation != TEST;
  }

  /** Says whether an operation of two operands by its number is written here, by {@link #operate}. */
  private static boolean has(int operation) {
    return operation >= 0 && operation <= TEST || operation == IMUL;
  }

  /** Says whether an operation by its number is a shift or rotation that is written by {@link #shiftBy}. */
  private static boolean isShift(int operation) {
    return operation >= SHL && operation <= SAR || operation == ROL || operation == ROR;
  }

  // --- operations
  // ----------------------------------------------------------------------------------------------------------

  /** Takes both operands from the stack; sets pending flags; leaves the result, unless it is CMP or TEST. */
  private static void operate(Emitter e, int operation, int size) {
    CodeBuilder code = e.code();
    switch (operation) {
      case ADD -> {
        pend(e, FlagKind.ADD, size);
        code.ladd();
      }
      case ADC -> {
        e.carry();
        e.setFlagThird();
        pend(e, FlagKind.ADC, size);
        code.ladd();
        e.flagThird();
        code.ladd();
      }
      case SBB -> {
        e.carry();
        e.setFlagThird();
        pend(e, FlagKind.SBB, size);
        code.lsub();
        e.flagThird();
        code.lsub();
      }
      case SUB -> {
        pend(e, FlagKind.SUB, size);
        code.lsub();
      }
      case CMP -> e.setFlags(FlagKind.SUB, size);
      case IMUL -> {
        pend(e, FlagKind.IMUL, size);
        code.lmul();
      }
      default -> logic(e, operation, size);
    }
  }

  private static void logic(Emitter e, int operation, int size) {
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

  /** Sets pending flags and pushes the operands again. */
  private static void pend(Emitter e, FlagKind kind, int size) {
    e.setFlags(kind, size);
    e.flagFirst();
    e.flagSecond();
  }

  /** INC or DEC of the operand on the stack: CF stays. */
  private static void step(Emitter e, boolean down, int size) {
    e.carry();
    e.setFlags(down ? FlagKind.DEC : FlagKind.INC, size);
    e.flagFirst();
    e.code().loadConstant(down ? -1L : 1L).ladd();
  }

  // --- shifts
  // --------------------------------------------------------------------------------------------------------------

  /** Shifts or rotates the operand on the stack by a constant. */
  private static void shiftBy(Emitter e, int operation, int size, long amount) {
    int count = (int) amount & (size == 8 ? 63 : 31);
    if (count == 0) {
      return;
    }
    if (operation < SHL) {
      rotate(e, operation, size, count);
      return;
    }
    e.code().loadConstant((long) count);
    e.setFlags(kindOf(operation), size);
    e.flagFirst();
    cutForShift(e, operation, size);
    e.code().loadConstant(count);
    shift(e, operation);
  }

  /** Shifts or rotates the operand on the stack by CL: flags stay if that is 0. Rotates 4 and 8 bytes only. */
  private static void shiftByCl(Emitter e, int operation, int size) {
    CodeBuilder code = e.code();
    long mask = size == 8 ? 63 : 31;
    if (operation >= SHL) {
      code.dup2();
      e.register(Cpu.RCX);
      code.loadConstant(mask).land();
      e.setFlagsUnlessZero(kindOf(operation), size);
      cutForShift(e, operation, size);
      e.register(Cpu.RCX);
      code.l2i().loadConstant((int) mask).iand();
      shift(e, operation);
      return;
    }
    e.register(Cpu.RCX);
    code.l2i();
    turn(e, operation, size);
    code.dup2();
    rotationOverlay(e, operation, size);
    e.register(Cpu.RCX);
    code.loadConstant(mask).land();
    e.overlayUnlessZero();
  }

  private static FlagKind kindOf(int operation) {
    return operation == SHR ? FlagKind.SHR : operation == SAR ? FlagKind.SAR : FlagKind.SHL;
  }

  private static void cutForShift(Emitter e, int operation, int size) {
    if (size < 8 && (operation == SHR || operation == SAR)) {
      MoveOps.narrow(e, size, operation == SAR);
    }
  }

  private static void shift(Emitter e, int operation) {
    switch (operation) {
      case SHR -> e.code().lushr();
      case SAR -> e.code().lshr();
      default -> e.code().lshl();
    }
  }

  private static void rotate(Emitter e, int operation, int size, int count) {
    CodeBuilder code = e.code();
    if (size >= 4) {
      code.loadConstant(count);
      turn(e, operation, size);
    } else {
      int bits = size * 8;
      int left = operation == ROL ? count & bits - 1 : bits - count & bits - 1;
      MoveOps.narrow(e, size, false);
      code.dup2().loadConstant(left).lshl();
      swap(e);
      code.loadConstant(bits - left).lushr().lor();
    }
    code.dup2();
    rotationOverlay(e, operation, size);
    e.overlay(Overlay.CARRY_AND_OVERFLOW);
  }

  /** Rotates a long by the int on the stack. */
  private static void turn(Emitter e, int operation, int size) {
    String name = operation == ROL ? "rotateLeft" : "rotateRight";
    CodeBuilder code = e.code();
    if (size == 8) {
      code.invokestatic(ClassDesc.of("java.lang.Long"), name, MethodTypeDesc.of(LONG, LONG, INT));
      return;
    }
    code.dup_x2().pop().l2i().swap();
    code.invokestatic(ClassDesc.of("java.lang.Integer"), name, MethodTypeDesc.of(INT, INT, INT)).i2l();
  }

  /** From a rotation's result (of which higher bits may be anything) to the overlay of CF and OF that it leaves. */
  private static void rotationOverlay(Emitter e, int operation, int size) {
    int shift = 64 - size * 8;
    if (operation == ROR) {
      if (shift != 0) {
        e.code().loadConstant(shift).lshl();
      }
    } else {
      e.code().loadConstant(shift);
      e.code()
          .invokestatic(ClassDesc.of(PendingFlags.class.getName()), "rolOverlay", MethodTypeDesc.of(LONG, LONG, INT));
    }
  }

  // --- multiplication and division
  // -----------------------------------------------------------------------------------------

  /** MUL or IMUL of RAX or EAX by the operand on the stack, which has nothing above its size. */
  static void wide(Emitter e, boolean signed, int size) {
    CodeBuilder code = e.code();
    if (size == 4 && signed) {
      MoveOps.narrow(e, 4, true);
    }
    e.register(Cpu.RAX);
    if (size == 4) {
      MoveOps.narrow(e, 4, signed);
    }
    e.setFlags(signed ? FlagKind.WIDE_IMUL : FlagKind.WIDE_MUL, size);
    e.flagFirst();
    e.flagSecond();
    code.lmul();
    if (size == 4) {
      code.dup2();
      e.setRegister(Cpu.RAX, 4);
      code.loadConstant(32).lushr();
    } else {
      e.setRegister(Cpu.RAX);
      e.flagFirst();
      e.flagSecond();
      code.invokestatic(MATH, signed ? "multiplyHigh" : "unsignedMultiplyHigh", LONGS_TO_LONG);
    }
    e.setRegister(Cpu.RDX);
  }

  /** DIV or IDIV of RDX:RAX or EDX:EAX by the operand on the stack. Flags stay. */
  static void divide(Emitter e, boolean signed, int size) {
    e.mayFault();
    e.spill(Cpu.RAX);
    e.spill(Cpu.RDX);
    e.cpu();
    e.code().dup_x2().pop().loadConstant(size).loadConstant(signed ? 1 : 0);
    e.code()
        .invokestatic(
            ClassDesc.of(Multiply.class.getName()),
            "divide",
            MethodTypeDesc.of(ConstantDescs.CD_void, CPU, LONG, INT, ConstantDescs.CD_boolean));
    e.reload(Cpu.RAX);
    e.reload(Cpu.RDX);
  }

  // --- calls
  // ---------------------------------------------------------------------------------------------------------------

  /** Calls a meaning on the two operands on the stack. */
  private static void call(Emitter e, Meaning.Binary meaning, int size) {
    boolean keepsFlags = BitOps.keepsFlags(meaning);
    if (!keepsFlags) {
      e.flagsInCpu();
    }
    e.cpu();
    e.constant(meaning, Meaning.Binary.class);
    e.code().loadConstant(64 - size * 8).invokestatic(MEANING, "apply", APPLY);
    if (!keepsFlags) {
      e.flagsWereSet();
    }
  }

  /** Applies a meaning to the two operands on the stack. */
  static void apply(Emitter e, Meaning.Binary meaning, boolean writes, int size) {
    int operation = AluOps.operation(meaning, writes);
    if (has(operation)) {
      operate(e, operation, size);
    } else {
      call(e, meaning, size);
    }
  }

  /** Applies a meaning to the operand on the stack and a constant. */
  static void applyConstant(Emitter e, Meaning.Binary meaning, boolean writes, int size, long value) {
    int operation = AluOps.operation(meaning, writes);
    if (isShift(operation)) {
      shiftBy(e, operation, size, value);
    } else {
      e.code().loadConstant(value);
      apply(e, meaning, writes, size);
    }
  }

  /** Applies a meaning to the operand on the stack and a register of its size; shifts take CL. */
  static void applyRegister(Emitter e, Meaning.Binary meaning, boolean writes, int size, int source, boolean rex) {
    int operation = AluOps.operation(meaning, writes);
    if (isShift(operation) && (size >= 4 || operation >= SHL)) {
      shiftByCl(e, operation, size);
      return;
    }
    if (size == 1 && operation < ROL) {
      e.byteRegister(source, rex);
    } else {
      e.register(source);
    }
    apply(e, meaning, writes, size);
  }

  /** Applies a meaning of one operand to that on the stack. */
  static void applyUnary(Emitter e, Meaning.Unary meaning, int size) {
    switch (AluOps.unaryOperation(meaning)) {
      case NOT -> e.code().loadConstant(-1L).lxor();
      case NEG -> {
        e.code().lconst_0();
        swap(e);
        operate(e, SUB, size);
      }
      case INC -> step(e, false, size);
      default -> step(e, true, size);
    }
  }
}
