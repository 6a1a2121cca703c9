package org.demitasse.cpu.translate;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter.FlagKind;
import org.demitasse.cpu.core.Emitter.Overlay;
import org.demitasse.cpu.integer.Alu;
import org.demitasse.cpu.integer.Multiply;
import org.demitasse.cpu.integer.PendingFlags;
import org.demitasse.cpu.integer.Shifts;

/**
 * The flags of a region's method: what is pending at the place that is being written, and the bytecode that makes flags
 * or decides conditions of it. What the locals hold is told by {@link PendingFlags}.
 */
final class FlagEmitter {
  /** The first local that is free for others. */
  static final int END_SLOT = 22;

  private static final int CPU_SLOT = 1;
  private static final int FIRST_SLOT = 10;
  private static final int SECOND_SLOT = 12;
  private static final int THIRD_SLOT = 14;
  private static final int OVER_SLOT = 16;
  private static final int PENDING_SLOT = 18;
  private static final int SPARE_SLOT = 20;
  private static final String PENDING_FIELD = "pendingFlags";

  private static final ClassDesc CPU = ClassDesc.of(Cpu.class.getName());
  private static final ClassDesc ALU = ClassDesc.of(Alu.class.getName());
  private static final ClassDesc SHIFTS = ClassDesc.of(Shifts.class.getName());
  private static final ClassDesc MULTIPLY = ClassDesc.of(Multiply.class.getName());
  private static final ClassDesc PENDING = ClassDesc.of(PendingFlags.class.getName());
  private static final ClassDesc BOXED_LONG = ClassDesc.of("java.lang.Long");
  private static final ClassDesc LONG = ConstantDescs.CD_long;
  private static final ClassDesc INT = ConstantDescs.CD_int;
  private static final ClassDesc VOID = ConstantDescs.CD_void;

  private static final MethodTypeDesc BINARY = MethodTypeDesc.of(LONG, CPU, LONG, LONG, INT);
  private static final MethodTypeDesc TWO = MethodTypeDesc.of(VOID, CPU, LONG, LONG, INT);
  private static final MethodTypeDesc THREE = MethodTypeDesc.of(VOID, CPU, LONG, LONG, LONG, INT);
  private static final MethodTypeDesc OVER = MethodTypeDesc.of(VOID, CPU, LONG);
  private static final MethodTypeDesc CARRY_OF = MethodTypeDesc.of(LONG, LONG, LONG, LONG, INT);
  private static final MethodTypeDesc PACKED_CARRY = MethodTypeDesc.of(LONG, CPU, INT, LONG, LONG, LONG, LONG);
  private static final MethodTypeDesc PACKED = MethodTypeDesc.of(VOID, CPU, INT, LONG, LONG, LONG, LONG);
  private static final MethodTypeDesc WITH_CARRY = MethodTypeDesc.of(LONG, INT, LONG, LONG);
  private static final MethodTypeDesc CONDITION = MethodTypeDesc.of(ConstantDescs.CD_boolean, CPU, INT);
  private static final MethodTypeDesc COMPARE = MethodTypeDesc.of(INT, LONG, LONG);

  private final CodeBuilder code;

  /** True when what is pending is kept in the CPU's fields and not in locals. */
  private final boolean storesThrough;

  private FlagKind kind = FlagKind.IN_CPU;
  private int size = 8;
  private Overlay overlay = Overlay.NONE;

  /** True once the block that is being written has set all flags, or had them made. */
  private boolean known;

  /** True when the block that is being written has asked for flags of before it. */
  private boolean asked;

  /** What is pending at a place: to go on with at another. */
  record State(FlagKind kind, int size, Overlay overlay) {}

  FlagEmitter(CodeBuilder code, boolean storesThrough) {
    this.code = code;
    this.storesThrough = storesThrough;
  }

  /** Sets the locals at the start of the method: nothing is pending. */
  void prologue() {
    describe(PendingFlags.pack(FlagKind.IN_CPU, 8, Overlay.NONE));
    code.lconst_0().lstore(SPARE_SLOT);
    if (!storesThrough) {
      for (int slot : new int[] {FIRST_SLOT, SECOND_SLOT, THIRD_SLOT, OVER_SLOT}) {
        code.lconst_0().lstore(slot);
      }
    }
  }

  /** Begins a block; {@code inCpu} if whoever comes to it has made flags. */
  void beginBlock(boolean inCpu) {
    kind = inCpu ? FlagKind.IN_CPU : FlagKind.ELSEWHERE;
    overlay = Overlay.NONE;
    known = false;
    asked = false;
  }

  /** Says whether the block asked for flags of before it. */
  boolean asked() {
    return asked;
  }

  /** Says whether only the locals know what is pending. */
  boolean isElsewhere() {
    return kind == FlagKind.ELSEWHERE;
  }

  State state() {
    return new State(kind, size, overlay);
  }

  void restore(State state) {
    kind = state.kind;
    size = state.size;
    overlay = state.overlay;
  }

  /** What is pending, as {@link PendingFlags#pack} gives it. */
  int packed() {
    return PendingFlags.pack(kind, size, overlay);
  }

  /** Pushes what {@link PendingFlags#settle} takes after the CPU and the packed description. */
  void pushOperands() {
    push(FIRST_SLOT, SECOND_SLOT, THIRD_SLOT, OVER_SLOT);
  }

  /** Pushes the description that {@link #carryAlong} left. */
  void pushPending() {
    if (storesThrough) {
      code.aload(CPU_SLOT).getfield(CPU, PENDING_FIELD, INT);
    } else {
      code.iload(PENDING_SLOT);
    }
  }

  private void describe(int packed) {
    if (storesThrough) {
      code.aload(CPU_SLOT).loadConstant(packed).putfield(CPU, PENDING_FIELD, INT);
    } else {
      code.loadConstant(packed).istore(PENDING_SLOT);
    }
  }

  /** Pushes operands of what is pending. */
  private CodeBuilder push(int... slots) {
    for (int slot : slots) {
      if (storesThrough) {
        code.aload(CPU_SLOT).getfield(CPU, field(slot), LONG);
      } else {
        code.lload(slot);
      }
    }
    return code;
  }

  private CodeBuilder cpuAnd(int... slots) {
    code.aload(CPU_SLOT);
    return push(slots);
  }

  /** Pops an operand of what is pending. */
  private void pop(int slot) {
    if (storesThrough) {
      code.aload(CPU_SLOT).dup_x2().pop().putfield(CPU, field(slot), LONG);
    } else {
      code.lstore(slot);
    }
  }

  private static String field(int slot) {
    return switch (slot) {
      case FIRST_SLOT -> "pendingFirst";
      case SECOND_SLOT -> "pendingSecond";
      case THIRD_SLOT -> "pendingThird";
      default -> "pendingOver";
    };
  }

  // --- setting
  // -------------------------------------------------------------------------------------------------------------

  void set(FlagKind newKind, int newSize) {
    pop(SECOND_SLOT);
    pop(FIRST_SLOT);
    isSet(newKind, newSize);
  }

  private void isSet(FlagKind newKind, int newSize) {
    known = true;
    kind = newKind;
    size = newSize;
    overlay = Overlay.NONE;
  }

  void setInCpu() {
    isSet(FlagKind.IN_CPU, 8);
  }

  /** Tells the locals what is pending, for code that does not know where it was come from. */
  void carryAlong() {
    if (kind != FlagKind.ELSEWHERE) {
      describe(packed());
    }
  }

  private void toElsewhere() {
    carryAlong();
    kind = FlagKind.ELSEWHERE;
    overlay = Overlay.NONE;
  }

  void setUnlessZero(FlagKind newKind, int newSize) {
    toElsewhere();
    Label zero = code.newLabel();
    Label done = code.newLabel();
    code.dup2().lconst_0().lcmp().ifeq(zero);
    pop(SECOND_SLOT);
    pop(FIRST_SLOT);
    describe(PendingFlags.pack(newKind, newSize, Overlay.NONE));
    code.goto_(done);
    code.labelBinding(zero).pop2().pop2().labelBinding(done);
  }

  void setThird() {
    pop(THIRD_SLOT);
  }

  void first() {
    push(FIRST_SLOT);
  }

  void second() {
    push(SECOND_SLOT);
  }

  void third() {
    push(THIRD_SLOT);
  }

  void lay(Overlay over) {
    if (over == Overlay.CARRY) {
      layCarry();
      return;
    }
    pop(OVER_SLOT);
    if (kind == FlagKind.ELSEWHERE) {
      orPending(PendingFlags.OVERLAY_BOTH);
    } else {
      overlay = over;
    }
  }

  private void orPending(int bits) {
    if (storesThrough) {
      code.aload(CPU_SLOT).dup().getfield(CPU, PENDING_FIELD, INT).loadConstant(bits).ior();
      code.putfield(CPU, PENDING_FIELD, INT);
    } else {
      code.iload(PENDING_SLOT).loadConstant(bits).ior().istore(PENDING_SLOT);
    }
  }

  private void layCarry() {
    boolean elsewhere = kind == FlagKind.ELSEWHERE;
    if (elsewhere || overlay == Overlay.CARRY_AND_OVERFLOW) {
      code.lstore(SPARE_SLOT);
      if (elsewhere) {
        pushPending();
      } else {
        code.loadConstant(packed());
      }
      push(OVER_SLOT).lload(SPARE_SLOT).invokestatic(PENDING, "withCarry", WITH_CARRY);
    }
    pop(OVER_SLOT);
    if (elsewhere) {
      orPending(PendingFlags.OVERLAY_CARRY);
    } else if (overlay == Overlay.NONE) {
      overlay = Overlay.CARRY;
    }
  }

  void layUnlessZero() {
    toElsewhere();
    Label zero = code.newLabel();
    Label done = code.newLabel();
    code.lconst_0().lcmp().ifeq(zero);
    pop(OVER_SLOT);
    orPending(PendingFlags.OVERLAY_BOTH);
    code.goto_(done).labelBinding(zero).pop2().labelBinding(done);
  }

  // --- making
  // --------------------------------------------------------------------------------------------------------------

  /** The block needs flags of before it, unless it knows them. */
  private void ask() {
    asked |= !known;
    known = true;
  }

  /** Makes the CPU's fields right, because what comes reads or changes them. */
  void inCpu() {
    ask();
    settle();
  }

  /** Makes the CPU's fields right at an exit. */
  void settle() {
    if (kind == FlagKind.ELSEWHERE) {
      settlePending();
    } else {
      settleKind();
      if (overlay != Overlay.NONE) {
        String method = overlay == Overlay.CARRY ? "overlayCarry" : "overlayBoth";
        cpuAnd(OVER_SLOT).invokestatic(PENDING, method, OVER);
      }
    }
    kind = FlagKind.IN_CPU;
    overlay = Overlay.NONE;
  }

  /** Makes what the locals tell of. */
  void settlePending() {
    code.aload(CPU_SLOT);
    pushPending();
    pushOperands();
    code.invokestatic(PENDING, "settle", PACKED);
  }

  private void settleKind() {
    switch (kind) {
      case ADD -> meaning(ALU, "add");
      case SUB -> meaning(ALU, "sub");
      case LOGIC -> meaning(ALU, "or");
      case SHL -> meaning(SHIFTS, "shl");
      case SHR -> meaning(SHIFTS, "shr");
      case SAR -> meaning(SHIFTS, "sar");
      case IMUL, WIDE_IMUL -> meaning(MULTIPLY, "imul");
      case WIDE_MUL -> withShift(cpuAnd(FIRST_SLOT, SECOND_SLOT)).invokestatic(MULTIPLY, "wideFlags", TWO);
      case INC, DEC ->
          withShift(cpuAnd(FIRST_SLOT, SECOND_SLOT)).invokestatic(PENDING, kind == FlagKind.INC ? "inc" : "dec", TWO);
      case ADC, SBB ->
          withShift(cpuAnd(FIRST_SLOT, SECOND_SLOT, THIRD_SLOT))
              .invokestatic(PENDING, kind == FlagKind.ADC ? "adc" : "sbb", THREE);
      case IN_CPU, ELSEWHERE -> {}
    }
  }

  private CodeBuilder withShift(CodeBuilder pushed) {
    return pushed.loadConstant(64 - size * 8);
  }

  private void meaning(ClassDesc owner, String name) {
    withShift(cpuAnd(FIRST_SLOT, SECOND_SLOT)).invokestatic(owner, name, BINARY).pop2();
  }

  /** Pushes CF, 0 or 1, without asking whoever comes here to make flags. */
  void carry() {
    if (overlay != Overlay.NONE) {
      push(OVER_SLOT).loadConstant(63).lushr();
      return;
    }
    switch (kind) {
      case IN_CPU -> carryInCpu();
      case LOGIC -> code.lconst_0();
      case INC, DEC -> push(SECOND_SLOT);
      case ADD, ADC -> carryOf("addCarry", kind == FlagKind.ADC);
      case SUB, SBB -> carryOf("subtractCarry", kind == FlagKind.SBB);
      case ELSEWHERE -> {
        code.aload(CPU_SLOT);
        pushPending();
        pushOperands();
        code.invokestatic(PENDING, "carry", PACKED_CARRY);
      }
      default -> {
        settle();
        carryInCpu();
      }
    }
  }

  private void carryInCpu() {
    code.aload(CPU_SLOT).getfield(CPU, "flagCarries", LONG).loadConstant(63).lushr();
  }

  private void carryOf(String method, boolean withThird) {
    push(FIRST_SLOT, SECOND_SLOT);
    if (withThird) {
      push(THIRD_SLOT);
    } else {
      code.lconst_0();
    }
    withShift(code).invokestatic(PENDING, method, CARRY_OF);
  }

  // --- conditions
  // ----------------------------------------------------------------------------------------------------------

  /** Jumps if a condition (Jcc's low four bits) holds. */
  void branchIf(int condition, Label label) {
    ask();
    if (!branchOnPending(condition, label)) {
      settle();
      code.aload(CPU_SLOT).loadConstant(condition).invokestatic(ALU, "condition", CONDITION).ifne(label);
    }
  }

  /** Compares the pending operands themselves where that decides; false if it does not, and nothing was written. */
  private boolean branchOnPending(int condition, Label label) {
    int which = condition >> 1;
    boolean negate = (condition & 1) != 0;
    boolean ofResult = which == 2 || which == 4;
    if (which == 1 && (overlay != Overlay.NONE || kind != FlagKind.SUB && kind != FlagKind.LOGIC)) {
      carry();
      code.lconst_0().lcmp();
      jump(4, !negate, label);
      return true;
    }
    if (overlay != Overlay.NONE && !ofResult) {
      return false;
    }
    return switch (kind) {
      case SUB -> branchOnDifference(which, negate, label);
      case LOGIC -> branchOnLogic(which, negate, label);
      case INC, DEC ->
          which >= 6 ? branchOnStep(which, negate, label) : ofResult && branchOnResult(which, negate, label);
      case ADD, ADC, SBB, SHL, SHR, SAR -> ofResult && branchOnResult(which, negate, label);
      default -> false;
    };
  }

  private boolean branchOnDifference(int which, boolean negate, Label label) {
    switch (which) {
      case 1, 3 -> {
        operands(true);
        code.invokestatic(BOXED_LONG, "compareUnsigned", COMPARE);
        jump(which == 1 ? 12 : 14, negate, label);
      }
      case 2 -> {
        operands(false);
        code.lcmp();
        jump(4, negate, label);
      }
      case 4 -> branchOnResult(which, negate, label);
      case 6, 7 -> {
        operands(false);
        code.lcmp();
        jump(which == 6 ? 12 : 14, negate, label);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** Signed conditions after INC or DEC: whether the operand is less than -1 or 1, as the true result is than 0. */
  private boolean branchOnStep(int which, boolean negate, Label label) {
    push(FIRST_SLOT);
    cut(false);
    code.loadConstant(kind == FlagKind.INC ? -1L : 1L).lcmp();
    jump(which == 6 ? 12 : 14, negate, label);
    return true;
  }

  /** Zero and sign, of the result itself. */
  private boolean branchOnResult(int which, boolean negate, Label label) {
    push(FIRST_SLOT);
    switch (kind) {
      case ADD -> push(SECOND_SLOT).ladd();
      case SUB -> push(SECOND_SLOT).lsub();
      case ADC -> {
        push(SECOND_SLOT).ladd();
        push(THIRD_SLOT).ladd();
      }
      case SBB -> {
        push(SECOND_SLOT).lsub();
        push(THIRD_SLOT).lsub();
      }
      case INC -> code.lconst_1().ladd();
      case DEC -> code.lconst_1().lsub();
      case SHL -> push(SECOND_SLOT).l2i().lshl();
      case SHR -> {
        cut(true);
        push(SECOND_SLOT).l2i().lushr();
      }
      default -> {
        cut(false);
        push(SECOND_SLOT).l2i().lshr();
      }
    }
    cut(false);
    code.lconst_0().lcmp();
    jump(which == 2 ? 4 : 12, negate, label);
    return true;
  }

  private boolean branchOnLogic(int which, boolean negate, Label label) {
    switch (which) {
      case 0, 1 -> { // OF and CF are clear
        if (negate) {
          code.goto_(label);
        }
      }
      case 2, 3 -> {
        zeroCompare();
        jump(4, negate, label);
      }
      case 4, 6 -> {
        zeroCompare();
        jump(12, negate, label);
      }
      case 7 -> {
        zeroCompare();
        jump(14, negate, label);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private void zeroCompare() {
    push(FIRST_SLOT);
    cut(false);
    code.lconst_0().lcmp();
  }

  private void operands(boolean unsigned) {
    push(FIRST_SLOT);
    cut(unsigned);
    push(SECOND_SLOT);
    cut(unsigned);
  }

  /** Cuts a long to the size of the pending flags, sign- or zero-extended. */
  private void cut(boolean unsigned) {
    if (size == 4 && !unsigned) {
      code.l2i().i2l();
    } else if (size < 8 && unsigned) {
      code.loadConstant((1L << size * 8) - 1).land();
    } else if (size < 8) {
      int shift = 64 - size * 8;
      code.loadConstant(shift).lshl().loadConstant(shift).lshr();
    }
  }

  /** Jumps on an int compared with 0: 4 equal, 12 less, 14 less or equal (Jcc's numbers). */
  private void jump(int relation, boolean negate, Label label) {
    switch (relation) {
      case 4 -> {
        if (negate) {
          code.ifne(label);
        } else {
          code.ifeq(label);
        }
      }
      case 12 -> {
        if (negate) {
          code.ifge(label);
        } else {
          code.iflt(label);
        }
      }
      default -> {
        if (negate) {
          code.ifgt(label);
        } else {
          code.ifle(label);
        }
      }
    }
  }
}
