package org.demitasse.cpu.translate;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Emitter;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.interpret.Block;
import org.demitasse.cpu.interpret.Region;
import org.demitasse.cpu.mmu.LinearMemory;

/**
 * Writes one region's method. Locals: this, cpu, entry, base, then what {@link #prologue()} sets. A guest register that
 * the region uses has a local of its own; all are loaded at the start and stored back at every exit. A local tells a
 * fault where it happened.
 */
final class RegionEmitter implements Emitter {
  private static final ClassDesc CPU = ClassDesc.of(Cpu.class.getName());
  private static final ClassDesc MEMORY = ClassDesc.of(LinearMemory.class.getName());
  private static final ClassDesc REGION = ClassDesc.of(Region.class.getName());
  private static final ClassDesc OP = ClassDesc.of(Op.class.getName());
  private static final ClassDesc LONGS = ClassDesc.ofDescriptor("[J");
  private static final ClassDesc LONG = ConstantDescs.CD_long;

  private static final MethodTypeDesc LEAVE =
      MethodTypeDesc.of(
          ConstantDescs.CD_void,
          CPU,
          ConstantDescs.CD_Throwable,
          ConstantDescs.CD_int,
          LONG,
          LONG,
          ConstantDescs.CD_int,
          LONG,
          LONG,
          LONG,
          LONG);

  private static final MethodTypeDesc EXECUTE = MethodTypeDesc.of(ConstantDescs.CD_void, CPU);
  private static final MethodTypeDesc CHECK_TARGET = MethodTypeDesc.of(ConstantDescs.CD_void, LONG, CPU);

  static final int CPU_SLOT = 1;
  private static final int ENTRY_SLOT = 2;
  private static final int BASE_SLOT = 3;
  static final int MEMORY_SLOT = 5;
  private static final int GPR_SLOT = 6;
  private static final int REMAINING_SLOT = 7;
  private static final int AT_SLOT = 9;
  static final int TARGET_SLOT = FlagEmitter.END_SLOT;
  private static final int RIP_SLOT = TARGET_SLOT + 2;
  private static final int CAUSE_SLOT = RIP_SLOT + 2;
  static final int VALUE_SLOT = CAUSE_SLOT + 1;
  private static final int XMM_SLOT = VALUE_SLOT + 2;
  private static final int LOW_SLOT = XMM_SLOT + 1;
  private static final int HIGH_SLOT = LOW_SLOT + 2;
  private static final int REGISTER_SLOTS = HIGH_SLOT + 2;

  private final CodeBuilder code;
  private final List<Block> blocks;
  private final ClassDesc self;
  private final List<RegionConstant> constants;
  private final boolean tellsFlow;

  /**
   * True when registers, flags and the count stay in the CPU, for C1: its time grows with what lives long in locals,
   * and it would put most of it on the stack anyway.
   */
  private final boolean storesThrough;

  private final RegionNeeds needs;
  private final Map<Integer, Label> starts = new HashMap<>();
  private final List<Runnable> stubs = new ArrayList<>();
  private final Label exit;
  private final Label exitPending;
  private final Label exitStored;

  private Block block;
  private Op op;
  private int unexecuted;
  private final FlagEmitter flags;
  private final MemoryEmitter accesses;
  private boolean ended;

  /** True once the block that is being written has asked whether SSE may be used. */
  private boolean sseChecked;

  private int seenUsed;
  private int seenChanged;
  private final BitSet seenFlagReaders = new BitSet();
  private final BitSet seenReturnSites = new BitSet();

  RegionEmitter(
      CodeBuilder code,
      ClassDesc self,
      List<Block> blocks,
      boolean tellsFlow,
      boolean storesThrough,
      RegionNeeds needs,
      List<RegionConstant> constants) {
    this.self = self;
    this.code = code;
    flags = new FlagEmitter(code, storesThrough);
    accesses = new MemoryEmitter(code, blocks.getFirst().isWide(), this::register);
    this.tellsFlow = tellsFlow;
    this.storesThrough = storesThrough;
    this.blocks = blocks;
    this.needs = needs;
    this.constants = constants;
    exit = code.newLabel();
    exitPending = code.newLabel();
    exitStored = code.newLabel();
    block = blocks.getFirst();
    op = block.op(0);
  }

  /** Writes the whole method. */
  void emit() {
    prologue();
    Label begin = code.newLabel();
    Label end = code.newLabel();
    for (Block each : blocks) {
      starts.put(each.pageOffset(), code.newLabel());
    }
    code.labelBinding(begin);
    List<SwitchCase> cases = new ArrayList<>();
    for (int n = 1; n < blocks.size(); n++) {
      cases.add(SwitchCase.of(n, start(blocks.get(n))));
    }
    if (cases.isEmpty()) {
      code.goto_(start(blocks.getFirst()));
    } else {
      code.iload(ENTRY_SLOT).tableswitch(start(blocks.getFirst()), cases);
    }
    for (Block each : blocks) {
      emitBlock(each);
    }
    for (int n = 0; n < stubs.size(); n++) {
      stubs.get(n).run();
    }
    code.labelBinding(end);
    epilogue();
    if (!storesThrough) {
      handler(begin, end);
    }
  }

  /** What an instruction leaves by an exception is put where it belongs; without locals, {@link Region#run} does it. */
  private void handler(Label begin, Label end) {
    Label handler = code.newLabel();
    code.labelBinding(handler);
    code.exceptionCatchAll(begin, end, handler);
    code.astore(CAUSE_SLOT);
    Label stored = code.newLabel();
    code.iload(AT_SLOT).iflt(stored); // the interpreter's op has gone on changing registers, where they are now
    storeRegisters();
    code.labelBinding(stored);
    code.aload(CPU_SLOT).aload(CAUSE_SLOT).iload(AT_SLOT).lload(BASE_SLOT).lload(REMAINING_SLOT);
    flags.pushPending();
    flags.pushOperands();
    code.invokestatic(REGION, "leave", LEAVE);
    code.aload(CAUSE_SLOT).athrow();
  }

  private Label start(Block target) {
    Label label = starts.get(target.pageOffset());
    if (label == null) {
      throw new IllegalStateException("a block outside the region has no label");
    }
    return label;
  }

  private void prologue() {
    code.aload(CPU_SLOT).getfield(CPU, "memory", MEMORY).astore(MEMORY_SLOT);
    code.aload(CPU_SLOT).getfield(CPU, "gpr", LONGS).astore(GPR_SLOT);
    code.aload(CPU_SLOT).getfield(CPU, "xmm", LONGS).astore(XMM_SLOT);
    if (!storesThrough) {
      code.aload(CPU_SLOT).getfield(CPU, "remaining", LONG).lstore(REMAINING_SLOT);
    }
    at(0);
    flags.prologue();
    for (int slot : new int[] {TARGET_SLOT, RIP_SLOT, VALUE_SLOT, LOW_SLOT, HIGH_SLOT}) {
      code.lconst_0().lstore(slot);
    }
    loadRegisters();
  }

  private void loadRegisters() {
    if (storesThrough) {
      return;
    }
    for (int n = 0; n < 16; n++) {
      if ((needs.used() >>> n & 1) != 0) {
        code.aload(GPR_SLOT).loadConstant(n).laload().lstore(slot(n));
      }
    }
  }

  private void storeRegisters() {
    if (storesThrough) {
      return;
    }
    for (int n = 0; n < 16; n++) {
      if ((needs.changed() >>> n & 1) != 0) {
        code.aload(GPR_SLOT).loadConstant(n).lload(slot(n)).lastore();
      }
    }
  }

  private static int slot(int register) {
    return REGISTER_SLOTS + 2 * register;
  }

  /** Leaves with RIP in its local; with registers still in locals, or already stored. */
  private void epilogue() {
    code.labelBinding(exitPending);
    flags.settlePending();
    code.labelBinding(exit);
    storeRegisters();
    storeRemaining();
    code.aload(CPU_SLOT).lload(RIP_SLOT).putfield(CPU, "rip", LONG);
    code.return_();
    code.labelBinding(exitStored);
    code.return_();
  }

  private void emitBlock(Block each) {
    block = each;
    boolean readsFlags = needs.flagReaders().get(each.pageOffset());
    flags.beginBlock(readsFlags);
    sseChecked = false;
    ended = false;
    int count = each.count();
    code.labelBinding(start(each));
    Label spent = code.newLabel();
    count(-count);
    code.lconst_0().lcmp().iflt(spent);
    stubs.add(() -> {
      code.labelBinding(spent);
      count(count);
      code.pop2();
      pushRip(each.pageOffset());
      code.lstore(RIP_SLOT).goto_(readsFlags ? exit : exitPending);
    });
    for (int n = 0; n < count; n++) {
      op = each.op(n);
      unexecuted = count - n;
      if (!op.emit(this)) {
        shared();
      }
    }
    if (!ended) {
      goTo(each.pageOffset() + op.end);
    }
    if (flags.asked()) {
      seenFlagReaders.set(each.pageOffset());
    }
  }

  /** Adds to the instructions that may still be executed, and pushes the sum. */
  private void count(long instructions) {
    if (storesThrough) {
      code.aload(CPU_SLOT).dup().getfield(CPU, "remaining", LONG).loadConstant(instructions).ladd();
      code.dup2_x1().putfield(CPU, "remaining", LONG);
    } else {
      code.lload(REMAINING_SLOT).loadConstant(instructions).ladd().dup2().lstore(REMAINING_SLOT);
    }
  }

  private void storeRemaining() {
    if (!storesThrough) {
      code.aload(CPU_SLOT).lload(REMAINING_SLOT).putfield(CPU, "remaining", LONG);
    }
  }

  private void at(int place) {
    if (storesThrough) {
      code.aload(CPU_SLOT).loadConstant(place).putfield(CPU, "regionAt", ConstantDescs.CD_int);
    } else {
      code.loadConstant(place).istore(AT_SLOT);
    }
  }

  /** Calls the interpreter's op: registers, flags and the count are put where it looks for them, and taken back. */
  private void shared() {
    int reads = op.registersRead();
    if (reads != Op.ANYTHING) {
      sharedApart(reads, op.registersChanged());
      return;
    }
    flags.inCpu();
    storeRegisters();
    at(at() | Region.IN_CPU);
    code.aload(GPR_SLOT).loadConstant(Cpu.BLOCK_RIP);
    pushRip(block.pageOffset());
    code.lastore();
    storeRemaining();
    constant(op, Op.class);
    code.aload(CPU_SLOT);
    code.invokevirtual(OP, "execute", EXECUTE);
    if (op.isTerminator()) {
      ended = true;
      code.goto_(exitStored);
    } else if (!storesThrough) {
      code.aload(CPU_SLOT).getfield(CPU, "remaining", LONG).lstore(REMAINING_SLOT);
      loadRegisters();
    }
  }

  /** As {@link #shared}, of an op that has to do with a few registers only, and with neither flags nor the count. */
  private void sharedApart(int reads, int changes) {
    for (int n = 0; n < 16; n++) {
      if ((reads >>> n & 1) != 0 && (needs.changed() >>> n & 1) != 0) {
        spill(n);
      }
    }
    mayFault();
    if ((reads >>> Cpu.BLOCK_RIP & 1) != 0) {
      code.aload(GPR_SLOT).loadConstant(Cpu.BLOCK_RIP);
      pushRip(block.pageOffset());
      code.lastore();
    }
    constant(op, Op.class);
    code.aload(CPU_SLOT);
    code.invokevirtual(OP, "execute", EXECUTE);
    for (int n = 0; n < 16; n++) {
      if ((changes >>> n & 1) != 0) {
        reload(n);
      }
    }
  }

  /** Pushes the RIP of a place by its offset in the page, which may lie outside: 32-bit code wraps at 4 GiB. */
  private void pushRip(long pageOffset) {
    code.lload(BASE_SLOT).loadConstant(pageOffset).ladd();
    if (!block.isWide() && (pageOffset < 0 || pageOffset >= 4096)) {
      code.loadConstant(0xffff_ffffL).land();
    }
  }

  @Override
  public boolean tellsFlow() {
    return tellsFlow;
  }

  @Override
  public CodeBuilder code() {
    return code;
  }

  @Override
  public void register(int number) {
    if (number == Cpu.ZERO) {
      code.lconst_0();
    } else if (number == Cpu.BLOCK_RIP) {
      pushRip(block.pageOffset());
    } else {
      seenUsed |= 1 << number;
      if (storesThrough) {
        code.aload(GPR_SLOT).loadConstant(number).laload();
      } else {
        code.lload(slot(number));
      }
    }
  }

  @Override
  public void setRegister(int number) {
    seenChanged |= 1 << number;
    if (storesThrough) {
      code.aload(GPR_SLOT).dup_x2().pop().loadConstant(number).dup_x2().pop().lastore();
    } else {
      code.lstore(slot(number));
    }
  }

  @Override
  public void setRegister(int number, int size) {
    if (size <= 2) {
      mergeLow(number, size == 1 ? 0xffL : 0xffffL);
      return;
    }
    if (size == 4) {
      code.loadConstant(0xffff_ffffL).land();
    }
    setRegister(number);
  }

  private void mergeLow(int number, long mask) {
    code.loadConstant(mask).land();
    register(number);
    code.loadConstant(~mask).land().lor();
    setRegister(number);
  }

  @Override
  public void byteRegister(int number, boolean rex) {
    if (rex || number < 4) {
      register(number);
    } else {
      register(number - 4);
      code.loadConstant(8).lushr();
    }
    code.loadConstant(0xffL).land();
  }

  @Override
  public void setByteRegister(int number, boolean rex) {
    if (rex || number < 4) {
      mergeLow(number, 0xff);
      return;
    }
    code.loadConstant(0xffL).land().loadConstant(8).lshl();
    register(number - 4);
    code.loadConstant(~0xff00L).land().lor();
    setRegister(number - 4);
  }

  @Override
  public void spill(int number) {
    if (storesThrough) {
      return;
    }
    code.aload(GPR_SLOT).loadConstant(number);
    register(number);
    code.lastore();
  }

  @Override
  public void reload(int number) {
    if (storesThrough) {
      return;
    }
    code.aload(GPR_SLOT).loadConstant(number).laload();
    setRegister(number);
  }

  /** What the method turned out to need. */
  RegionNeeds needs() {
    return new RegionNeeds(seenUsed | seenChanged, seenChanged, seenFlagReaders, seenReturnSites);
  }

  @Override
  public void cpu() {
    code.aload(CPU_SLOT);
  }

  @Override
  public void offset(MemoryOperand operand) {
    accesses.offset(operand);
  }

  @Override
  public void load(MemoryOperand operand, int size) {
    mayFault();
    accesses.load(operand, size);
  }

  @Override
  public void storeBegin(MemoryOperand operand, int size) {
    mayFault();
    accesses.storeBegin(operand, size);
  }

  @Override
  public void storeEnd(int size) {
    accesses.storeEnd(size);
  }

  @Override
  public void loadForWrite(MemoryOperand operand, int size) {
    mayFault();
    accesses.loadForWrite(operand, size);
  }

  @Override
  public void storeBack(int size) {
    accesses.storeBack(size);
  }

  @Override
  public void setFlags(FlagKind kind, int size) {
    flags.set(kind, size);
  }

  @Override
  public void setFlagsUnlessZero(FlagKind kind, int size) {
    flags.setUnlessZero(kind, size);
  }

  @Override
  public void setFlagThird() {
    flags.setThird();
  }

  @Override
  public void flagFirst() {
    flags.first();
  }

  @Override
  public void flagSecond() {
    flags.second();
  }

  @Override
  public void flagThird() {
    flags.third();
  }

  @Override
  public void carry() {
    flags.carry();
  }

  @Override
  public void overlay(Overlay overlay) {
    flags.lay(overlay);
  }

  @Override
  public void overlayUnlessZero() {
    flags.layUnlessZero();
  }

  @Override
  public void flagsInCpu() {
    flags.inCpu();
  }

  @Override
  public void flagsWereSet() {
    flags.setInCpu();
  }

  @Override
  public void branchIf(int condition, Label label) {
    flags.branchIf(condition, label);
  }

  @Override
  public void constant(Object value, Class<?> type) {
    RegionConstant constant = new RegionConstant(value, ClassDesc.of(type.getName()));
    int index = constants.indexOf(constant);
    if (index < 0) {
      index = constants.size();
      constants.add(constant);
    }
    code.getstatic(self, RegionConstant.name(index), constant.type());
  }

  @Override
  public void nextRip() {
    seenReturnSites.set(block.pageOffset() + op.end);
    pushRip(block.pageOffset() + op.end);
  }

  @Override
  public void go(long displacement) {
    ended = true;
    goTo(block.pageOffset() + op.end + displacement);
  }

  /** Goes to a place in the page by its offset (which may lie outside): to another block's start, or out. */
  private void goTo(long pageOffset) {
    Label target = pageOffset >= 0 && pageOffset < 4096 ? starts.get((int) pageOffset) : null;
    if (target != null) {
      if (needs.flagReaders().get((int) pageOffset)) {
        flags.settle();
      } else {
        flags.carryAlong();
      }
      code.goto_(target);
    } else {
      pushRip(pageOffset);
      code.lstore(RIP_SLOT);
      leave();
    }
  }

  @Override
  public void goToStack() {
    ended = true;
    code.lstore(RIP_SLOT);
    leave();
  }

  @Override
  public void returnToStack() {
    List<SwitchCase> cases = new ArrayList<>();
    needs.returnSites().stream()
        .filter(starts::containsKey)
        .forEach(site -> cases.add(SwitchCase.of(site, Objects.requireNonNull(starts.get(site)))));
    if (cases.isEmpty()) {
      goToStack();
      return;
    }
    ended = true;
    if (needs.returnSites().stream().anyMatch(site -> starts.containsKey(site) && needs.flagReaders().get(site))) {
      flags.settle();
    }
    FlagEmitter.State pending = flags.state();
    flags.carryAlong();
    Label out = code.newLabel();
    stubs.add(() -> {
      code.labelBinding(out);
      flags.restore(pending);
      leave();
    });
    code.dup2().lstore(RIP_SLOT);
    code.lload(BASE_SLOT).lsub().dup2().lstore(VALUE_SLOT);
    code.loadConstant(12).lushr().lconst_0().lcmp().ifne(out);
    code.lload(VALUE_SLOT).l2i().lookupswitch(out, cases);
  }

  /** Leaves for the RIP in its local. */
  private void leave() {
    if (flags.isElsewhere()) {
      code.goto_(exitPending);
    } else {
      flags.settle();
      code.goto_(exit);
    }
  }

  @Override
  public void checkTarget() {
    check("checkTarget");
  }

  @Override
  public void checkCallTarget() {
    check("checkCallTarget");
  }

  private void check(String method) {
    code.dup2().aload(CPU_SLOT);
    code.invokestatic(REGION, method, CHECK_TARGET);
  }

  @Override
  public void branch(int condition, long displacement) {
    ended = true;
    Label taken = code.newLabel();
    flags.branchIf(condition, taken);
    FlagEmitter.State pending = flags.state();
    goTo(block.pageOffset() + op.end);
    code.labelBinding(taken);
    flags.restore(pending);
    goTo(block.pageOffset() + op.end + displacement);
  }

  @Override
  public void mayFault() {
    at(at());
  }

  private int at() {
    return Region.at(block.pageOffset() + op.offset, unexecuted, op.stackSegment, flags.packed());
  }

  // --- XMM registers
  // -------------------------------------------------------------------------------------------------------

  @Override
  public void requireSse() {
    if (!sseChecked) {
      sseChecked = true; // what takes SSE away ends its block
      mayFault();
      code.aload(CPU_SLOT).invokevirtual(CPU, "requireSse", MethodTypeDesc.of(ConstantDescs.CD_void));
    }
  }

  @Override
  public void half(int index) {
    code.aload(XMM_SLOT).loadConstant(index).laload();
  }

  @Override
  public void setHalf(int index) {
    code.lstore(VALUE_SLOT).aload(XMM_SLOT).loadConstant(index).lload(VALUE_SLOT).lastore();
  }

  @Override
  public void takeSource(int index) {
    half(index);
    code.lstore(LOW_SLOT);
    half(index + 1);
    code.lstore(HIGH_SLOT);
  }

  @Override
  public void takeSource(MemoryOperand operand, boolean aligned) {
    mayFault();
    accesses.vector(operand, aligned, false);
    accesses.half(0);
    code.lstore(LOW_SLOT);
    accesses.half(8);
    code.lstore(HIGH_SLOT);
  }

  @Override
  public void takeSourceFromStack() {
    code.lstore(LOW_SLOT).lconst_0().lstore(HIGH_SLOT);
  }

  @Override
  public void low() {
    code.lload(LOW_SLOT);
  }

  @Override
  public void high() {
    code.lload(HIGH_SLOT);
  }

  @Override
  public void storeVector(MemoryOperand operand, int index, boolean aligned) {
    mayFault();
    accesses.vector(operand, aligned, true);
    for (int n = 0; n < 2; n++) {
      int from = index + n;
      accesses.storeHalf(8 * n, () -> half(from));
    }
  }
}
