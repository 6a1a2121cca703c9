package org.demitasse.cpu.simd;

import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
import org.demitasse.cpu.core.MemoryOperand;
import org.jspecify.annotations.Nullable;

/** Bytecode of instructions on XMM registers, whose halves stay in {@code cpu.xmm}: the twin of the ops' execute. */
final class VectorEmission {
  private static final ClassDesc CPU = ClassDesc.of(Cpu.class.getName());
  private static final ClassDesc CALLS = ClassDesc.of(VectorCalls.class.getName());
  private static final ClassDesc LANES = ClassDesc.of(Lanes.class.getName());
  private static final ClassDesc LANEWISE = ClassDesc.of(Lanewise.class.getName());
  private static final ClassDesc VECTORWISE = ClassDesc.of(Vectorwise.class.getName());
  private static final ClassDesc LONG = ConstantDescs.CD_long;
  private static final ClassDesc INT = ConstantDescs.CD_int;
  private static final ClassDesc BOOLEAN = ConstantDescs.CD_boolean;
  private static final ClassDesc VOID = ConstantDescs.CD_void;
  private static final MethodTypeDesc FLOAT =
      MethodTypeDesc.of(LONG, LONG, LONG, CPU, ClassDesc.of(FloatBinary.class.getName()));

  private VectorEmission() {}

  /** Takes the source of an op: an XMM register, or 16 aligned bytes. */
  static void source(Emitter e, XmmOp op) {
    MemoryOperand operand = op.memory;
    if (operand == null) {
      e.takeSource(op.source);
    } else {
      e.takeSource(operand, true);
    }
  }

  /** Pushes the source's low 4 or 8 bytes; of a register, 8 always. */
  static void lowSource(Emitter e, XmmOp op, int bytes) {
    MemoryOperand operand = op.memory;
    if (operand == null) {
      e.half(op.source);
    } else {
      e.load(operand, bytes);
    }
  }

  /** What one half of an instruction does to the destination's and the source's halves on the stack. */
  @FunctionalInterface
  interface Lane {
    void emit(Emitter e);
  }

  /** An instruction that treats both halves alike. */
  static void bothHalves(Emitter e, XmmOp op, Lane lane) {
    e.requireSse();
    source(e, op);
    e.half(op.destination);
    e.low();
    lane.emit(e);
    e.setHalf(op.destination);
    e.half(op.destination + 1);
    e.high();
    lane.emit(e);
    e.setHalf(op.destination + 1);
  }

  /** A lane that calls a meaning. */
  static void lanewise(Emitter e, Lanewise meaning) {
    e.constant(meaning, Lanewise.class);
    e.code().invokestatic(CALLS, "lane", MethodTypeDesc.of(LONG, LONG, LONG, LANEWISE));
  }

  /** A lane of {@link Lanes} by its name, with the lanes' top bits. */
  static void lanes(Emitter e, String name, long tops) {
    e.code().loadConstant(tops).invokestatic(LANES, name, MethodTypeDesc.of(LONG, LONG, LONG, LONG));
  }

  /** As {@link #lanes(Emitter, String, long)}, with the lanes' width. */
  static void lanes(Emitter e, String name, long tops, int bits) {
    e.code().loadConstant(tops).loadConstant(bits);
    e.code().invokestatic(LANES, name, MethodTypeDesc.of(LONG, LONG, LONG, LONG, INT));
  }

  static void swap(Emitter e) {
    e.code().dup2_x2().pop2();
  }

  /** A scalar instruction on doubles or singles. */
  static void scalar(Emitter e, XmmOp op, FloatBinary meaning, boolean single) {
    e.requireSse();
    lowSource(e, op, single ? 4 : 8);
    if (single && op.memory == null) {
      e.code().loadConstant(0xffff_ffffL).land();
    }
    finish(e, op, meaning, single);
  }

  /** Applies a meaning to the destination and the source on the stack. */
  static void finish(Emitter e, XmmOp op, FloatBinary meaning, boolean single) {
    e.half(op.destination);
    swap(e);
    e.mayFault();
    e.cpu();
    e.constant(meaning, FloatBinary.class);
    e.code().invokestatic(CALLS, single ? "single" : "wide", FLOAT);
    e.setHalf(op.destination);
  }

  /** An instruction on two doubles or four singles. */
  static void packed(Emitter e, XmmOp op, FloatBinary meaning, boolean single) {
    e.requireSse();
    source(e, op);
    for (int half = 0; half < 2; half++) {
      e.half(op.destination + half);
      if (half == 0) {
        e.low();
      } else {
        e.high();
      }
      e.cpu();
      e.constant(meaning, FloatBinary.class);
      e.code().invokestatic(CALLS, single ? "twoOfFour" : "oneOfTwo", FLOAT);
    }
    e.mayFault();
    e.cpu();
    e.code().invokestatic(CALLS, "commit", MethodTypeDesc.of(VOID, CPU));
    e.setHalf(op.destination + 1);
    e.setHalf(op.destination);
  }

  /** COMISD and its kin. */
  static void compare(Emitter e, XmmOp op, boolean signalling, boolean single) {
    e.requireSse();
    lowSource(e, op, single ? 4 : 8);
    e.half(op.destination);
    swap(e);
    e.mayFault();
    e.cpu();
    e.code().loadConstant(signalling ? 1 : 0);
    e.code()
        .invokestatic(
            CALLS, single ? "compareSingle" : "compareDouble", MethodTypeDesc.of(VOID, LONG, LONG, CPU, BOOLEAN));
    e.flagsWereSet();
  }

  /** CVTTSD2SI. */
  static void truncate(Emitter e, XmmOp op, int to, boolean wide) {
    e.requireSse();
    lowSource(e, op, 8);
    e.mayFault();
    e.cpu();
    e.code().loadConstant(wide ? 1 : 0);
    e.code().invokestatic(CALLS, "truncateDouble", MethodTypeDesc.of(LONG, LONG, CPU, BOOLEAN));
    e.setRegister(to);
  }

  /** Any instruction on whole registers: calls its meaning. */
  static void vectorwise(Emitter e, XmmOp op, int bytes, Vectorwise meaning) {
    e.requireSse();
    MemoryOperand operand = op.memory;
    if (operand == null) {
      e.takeSource(op.source);
    } else if (bytes >= 16) {
      e.takeSource(operand, bytes == 16);
    } else {
      e.load(operand, bytes);
      e.takeSourceFromStack();
    }
    e.mayFault();
    e.constant(meaning, Vectorwise.class);
    e.cpu();
    e.code().loadConstant(op.destination);
    e.low();
    e.high();
    e.code().invokeinterface(VECTORWISE, "apply", MethodTypeDesc.of(VOID, CPU, INT, LONG, LONG));
  }

  /** PSHUFD. */
  static void shuffleDwords(Emitter e, XmmOp op, int order) {
    e.requireSse();
    source(e, op);
    MethodTypeDesc type = MethodTypeDesc.of(LONG, LONG, LONG, INT);
    for (int half = 0; half < 2; half++) {
      e.low();
      e.high();
      e.code().loadConstant(order >> 4 * half & 15).invokestatic(CALLS, "dwords", type);
      e.setHalf(op.destination + half);
    }
  }

  /** PMOVMSKB. */
  static void signs(Emitter e, int source, int to) {
    e.requireSse();
    e.half(source);
    e.half(source + 1);
    e.code().invokestatic(CALLS, "signs", MethodTypeDesc.of(LONG, LONG, LONG));
    e.setRegister(to);
  }

  /** Loads a scalar into a register, with 0 above it. */
  static void loadScalar(Emitter e, MemoryOperand from, int bytes, int to) {
    e.requireSse();
    e.load(from, bytes);
    setAlone(e, to);
  }

  /** Pops the low half of a register, whose other half becomes 0. */
  static void setAlone(Emitter e, int to) {
    e.setHalf(to);
    e.code().lconst_0();
    e.setHalf(to + 1);
  }

  /** Stores a half of a register, or the low 4 bytes of it. */
  static void storeScalar(Emitter e, MemoryOperand to, int bytes, int from) {
    e.requireSse();
    e.storeBegin(to, bytes);
    e.half(from);
    e.storeEnd(bytes);
  }

  /** Copies a half. */
  static void copy(Emitter e, int to, int from) {
    e.half(from);
    e.setHalf(to);
  }

  /** Pushes the integer that is converted to a double or single: a general register or memory. */
  static void integer(Emitter e, @Nullable MemoryOperand memory, int register, boolean wide) {
    if (memory == null) {
      e.register(register);
    } else {
      e.load(memory, wide ? 8 : 4);
    }
    if (!wide) {
      e.code().l2i().i2l();
    }
  }
}
