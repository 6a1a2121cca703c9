package org.demitasse.cpu.interpret;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.memory.HostMemory;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Decoder;
import org.demitasse.cpu.fault.DebugStop;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.fault.RunAlone;
import org.demitasse.cpu.system.Debugging;
import org.demitasse.cpu.system.Interrupts;
import org.jspecify.annotations.Nullable;

/** Runs the blocks of one CPU. Used by the machine's thread only. */
public final class Interpreter {
  /** Most ops of a block. */
  static final int MAX_OPS = 64;

  /** Executions after which a block looks for translated code that others have made. */
  private static final int WARM = 8;

  static final int SINGLE = 16;

  private final Cpu cpu;
  private final CodeCache cache;
  private final BlockTranslator translator;
  private final int hot;
  private final long improvementWork;
  private final Decoder decoder;
  private final GuestMemory memory;
  private final byte[] window = new byte[4096 + Decoder.MAX_LENGTH];
  private final Op[] building = new Op[MAX_OPS];
  private final JumpCache jumps = new JumpCache();

  /** The block that runs now, how many of its ops are to be executed, and the op that is; null between blocks. */
  private @Nullable Block current;

  private int begun;
  private int index;
  private boolean tripleFault;
  private long foundPage;
  private long translatedInstructions;
  private long regionEntries;
  private @Nullable RegionCheck check;
  private final BranchHistory branches = new BranchHistory();

  public Interpreter(Cpu cpu, CodeCache cache, BlockTranslator translator) {
    this(cpu, cache, translator, translator.threshold());
  }

  /** With another number of executions that make a block hot: tests translate everything. */
  public Interpreter(Cpu cpu, CodeCache cache, BlockTranslator translator, int hot) {
    this.cpu = cpu;
    this.hot = hot;
    improvementWork = translator.improvementWork();
    this.translator = translator;
    this.cache = cache;
    this.memory = cpu.memory.guestMemory();
    this.decoder = new Decoder(Instructions.TABLE);
  }

  /** From now on compares runs of translated code with what the interpreter does. */
  public void checkRegions() {
    check = new RegionCheck(cpu, cache, this);
  }

  /** How many runs of translated code were compared. */
  public long checkedRuns() {
    return check == null ? 0 : check.checks();
  }

  /** Frees its memory; it must not be used any more. */
  public void close() {
    jumps.close();
    if (check != null) {
      check.close();
    }
  }

  /** Keeps no block: between two turns. */
  public void forgetBlocks() {
    jumps.clear();
    current = null;
  }

  /** True after a triple fault. */
  public boolean tripleFault() {
    return tripleFault;
  }

  /** Where this CPU last branched to. */
  public BranchHistory branches() {
    return branches;
  }

  /** Instructions that translated code has retired. */
  public long translatedInstructions() {
    return translatedInstructions;
  }

  /** How often translated code was entered. */
  public long regionEntries() {
    return regionEntries;
  }

  /** Forgets that a triple fault happened: the CPU was reset. */
  public void clearTripleFault() {
    tripleFault = false;
  }

  /** Runs until {@code cpu.remaining} is used up, the CPU halts, or a triple fault. */
  public void run() {
    install();
    while (cpu.remaining > 0 && !cpu.halted && !tripleFault) {
      runChain();
    }
    cache.running = null;
    cache.runningPage = -1;
  }

  /**
   * Runs one instruction; {@code cpu.remaining} is 1.
   *
   * @return true if it completed, false if it faulted (which was delivered)
   */
  public boolean step() {
    Block block = null;
    try {
      Debugging.beforeInstruction(cpu, linear());
      block = find(true);
      cpu.remaining = 0; // as in a chain, it counts from its start: reading the clock must give the same there and here
      enter(block);
      block.ops[0].execute(cpu);
      if (!block.ops[0].isTerminator()) {
        cpu.rip = block.ops[0].nextRip(cpu);
      }
      return true;
    } catch (GuestFault fault) {
      cpu.remaining = 1;
      deliver(fault, block == null ? null : block.ops[0]);
      return false;
    } finally {
      cache.running = null;
      cache.runningPage = -1;
    }
  }

  private long linear() {
    return cpu.linearOf(cpu.rip);
  }

  private void enter(Block block) {
    cache.running = block;
    cache.runningPage = foundPage;
    cpu.memory.alone = block.alone;
    cpu.gpr[Cpu.BLOCK_RIP] = cpu.rip;
  }

  /** Runs blocks until something other than an instruction must be seen to. */
  private void runChain() {
    current = null;
    begun = 0;
    index = 0;
    try {
      runBlocks(find(false));
    } catch (GuestFault fault) {
      cpu.remaining += begun - index;
      deliver(fault, current == null ? null : current.ops[index]);
    } catch (DebugStop stop) {
      cpu.remaining += begun - index;
      if (current != null) {
        cpu.rip = current.ops[index].thisRip(cpu);
      }
      cpu.endSlice();
    } catch (RunAlone alone) {
      cpu.remaining += begun - index;
      runAlone(current);
    }
  }

  private void runAlone(@Nullable Block block) {
    if (block != null) {
      Op op = block.ops[index];
      cpu.rip = op.thisRip(cpu);
      markAlone(block.pageOffset + op.offset);
      block.invalidate();
    } else {
      markAlone((int) linear() & 4095);
    }
  }

  /**
   * Runs blocks, one linked to the next, to the end of the turn. The JVM compiles this early, when it has seen little,
   * and anew whenever a branch is taken that it has not seen: so there are few, and what is rare is elsewhere. A HLT
   * ends the turn.
   */
  private void runBlocks(Block first) {
    Block block = first;
    while (true) {
      if (block.region != null && cpu.remaining >= block.ops.length) {
        runRegions(block);
        if (cpu.remaining <= 0) {
          return;
        }
        block = find(false);
        continue;
      }
      if (++block.executions == block.noteAt && note(block)) {
        continue;
      }
      Op[] ops = block.ops;
      int limit = (int) Math.min(ops.length, cpu.remaining);
      cpu.remaining -= limit;
      enter(block);
      begun = limit;
      current = block;
      for (int i = 0; i < limit; i++) {
        index = i;
        ops[i].execute(cpu);
      }
      if (limit < ops.length) {
        cpu.rip = ops[limit].thisRip(cpu);
        return;
      }
      if (!block.terminates) {
        cpu.rip = ops[limit - 1].nextRip(cpu);
      } else if (cpu.rip - cpu.gpr[Cpu.BLOCK_RIP] != block.bytes) {
        branches.add(cpu.rip);
      }
      if (cpu.remaining <= 0) {
        return;
      }
      current = null; // what faults from here on is a fetch
      begun = 0;
      index = 0;
      Block next = linked(block);
      if (next == null) {
        next = find(false);
        link(block, next);
      }
      block = next;
    }
  }

  /** A block has been entered so often that something is to be done; true if it has translated code now. */
  private boolean note(Block block) {
    if (block.executions >= hot) {
      block.noteAt = Block.NEVER;
      translator.request(block, hot);
      return false;
    }
    boolean warm = block.executions >= WARM;
    block.noteAt = warm ? hot : Math.min(WARM, hot);
    return warm && recall(block);
  }

  /** The instruction at an offset in the page that runs now becomes a block of its own. */
  private void markAlone(int pageOffset) {
    long page = foundPage << 12;
    long low = Math.min(memory.bytes(), GuestMemory.LOW_LIMIT);
    CodePage code = cache.page(page < low ? page : page - low + GuestMemory.HIGH_START);
    code.markAlone(pageOffset);
    code.invalidateAt(pageOffset);
  }

  /**
   * Runs translated code, from one region to the next as long as the jump cache knows it; an exception out of it has
   * put RIP and the count right.
   */
  private void runRegions(Block first) {
    cache.running = null;
    cpu.memory.alone = false;
    long before = cpu.retired();
    try {
      Region region = first.region;
      TranslatedCode code = region == null ? null : region.code;
      int entry = first.entry;
      int count = first.ops.length;
      while (region != null && code != null && cpu.remaining >= count) { // after a HLT nothing remains
        cache.runningRegion = region;
        cache.runningPage = foundPage;
        regionEntries++;
        runCode(region, code, entry);
        long rip = cpu.rip;
        branches.add(rip);
        int next = JumpCache.place(rip);
        if (!jumps.isOf(next, rip, tag(cpu.mode))) {
          return;
        }
        code = jumps.code(next);
        region = jumps.region(next);
        foundPage = jumps.page(next);
        entry = jumps.entry(next);
        count = jumps.count(next);
      }
    } finally {
      cache.runningRegion = null;
      translatedInstructions += cpu.retired() - before;
    }
  }

  /** Runs a region's code; looking at the region itself would cost a miss of the host's cache. */
  private void runCode(Region region, TranslatedCode code, int entry) {
    long begun = cpu.retired();
    code.used = true;
    RegionCheck checking = check;
    if (checking != null && checking.isDue(region)) {
      checking.run(region, region.blocks().get(entry));
    } else {
      Region.run(code, cpu, entry, cpu.rip & -4096L);
    }
    code.work += cpu.retired() - begun;
    if (code.quick && code.work >= improvementWork) {
      code.work = Long.MIN_VALUE;
      translator.improve(region);
    }
  }

  /** What must be as it was for an entry of the jump cache to hold. */
  private int tag(int mode) {
    return cpu.memory.fetchEpoch + cache.drops() << 6 | (cpu.sys.cpl == 3 ? 32 : 0) | mode;
  }

  /**
   * Interprets so many instructions, whatever is translated.
   *
   * @throws GuestFault with RIP at the instruction
   */
  void replay(long instructions) {
    for (long left = instructions; left > 0; ) {
      Block block = find(false);
      enter(block);
      int limit = (int) Math.min(block.ops.length, left);
      int i = 0;
      try {
        for (; i < limit; i++) {
          block.ops[i].execute(cpu);
        }
      } catch (GuestFault fault) {
        place(fault, block.ops[i]);
        throw fault;
      }
      if (limit < block.ops.length) {
        cpu.rip = block.ops[limit].thisRip(cpu);
      } else if (!block.ops[limit - 1].isTerminator()) {
        cpu.rip = block.ops[limit - 1].nextRip(cpu);
      }
      left -= limit;
    }
  }

  private void place(GuestFault fault, Op op) {
    cpu.rip = op.thisRip(cpu);
    if (fault.isNonCanonical() && op.stackSegment) {
      fault.with(GuestFault.SS, 0);
    }
  }

  /** Puts finished regions in place; those whose code has changed meanwhile are thrown away. */
  private void install() {
    for (Region region = translator.poll(); region != null; region = translator.poll()) {
      boolean valid = true;
      for (Block block : region.blocks()) {
        valid &= block.valid;
      }
      if (valid) {
        cache.use(region);
        share(region);
      } else {
        region.blocks().forEach(Block::askAgain);
      }
      region.settle();
    }
    CodeStore store = translator.store();
    if (store != null) {
      cache.dropEvicted(store);
    }
  }

  private void share(Region region) {
    CodeStore store = translator.store();
    if (store != null) {
      Block first = region.blocks().getFirst();
      long page = memory.hostAddress(first.page.gpa);
      List<CodeStore.Piece> pieces = region.blocks().stream().map(block -> CodeStore.Piece.of(page, block)).toList();
      CodeStore.Entry entry =
          new CodeStore.Entry(
              region.code, first.mode, region.tellsFlow, pieces, region.bytecodeBytes(), region.isQuick());
      TranslatedCode replaced = region.replaces;
      if (replaced == null) {
        store.add(entry);
      } else {
        store.replace(replaced, entry);
      }
    }
  }

  /** Looks for translated code that another machine of the JVM has made of the same bytes; true if there is some. */
  private boolean recall(Block block) {
    CodeStore store = translator.store();
    if (store == null || store.isEmpty() || !block.isTranslatable()) {
      return false;
    }
    long page = memory.hostAddress(block.page.gpa);
    boolean tellsFlow = translator.tellsFlow();
    for (CodeStore.Entry entry : store.find(block.mode, tellsFlow, CodeStore.Piece.of(page, block))) {
      List<Block> blocks = blocks(entry, block.page, page);
      if (blocks.contains(block)) {
        cache.use(new Region(entry.code(), blocks, tellsFlow, entry.bytecodeBytes(), entry.quick()));
        store.countTaken();
        return true;
      }
    }
    return false;
  }

  /** The blocks in a page that stand for those of shared code; none if one of them has other bytes. */
  private List<Block> blocks(CodeStore.Entry entry, CodePage page, long host) {
    List<Block> blocks = new ArrayList<>(entry.pieces().size());
    for (CodeStore.Piece piece : entry.pieces()) {
      if (!piece.isAt(host)) {
        return List.of();
      }
      Block block = page.find(piece.pageOffset(), entry.mode());
      if (block == null) {
        block = build(page, 0, page.gpa + piece.pageOffset(), false, false); // of the same bytes, so it crosses no page
        page.add(entry.mode(), block);
        cache.countBuilt();
      }
      if (block.bytes != piece.bytes().length || !block.isTranslatable()) {
        return List.of(); // an instruction must be alone here, or has a breakpoint
      }
      blocks.add(block);
    }
    return blocks;
  }

  private void deliver(GuestFault fault, @Nullable Op op) {
    if (op != null) {
      place(fault, op);
    }
    branches.add(cpu.rip); // which instruction it was
    if (!Interrupts.deliverFault(cpu, fault, cpu.rip)) {
      tripleFault = true;
    } else {
      branches.add(cpu.rip);
    }
  }

  private @Nullable Block linked(Block block) {
    if (!block.chains) {
      return null;
    }
    long delta = cpu.rip - cpu.gpr[Cpu.BLOCK_RIP];
    Block next = delta == block.bytes ? block.following : delta == block.targetDelta ? block.target : null;
    return next != null && next.valid ? next : null;
  }

  /**
   * Links a block to the one after it, if both are in one page, so that no mapping can come between them, and where the
   * code segment has no limit to be looked at.
   */
  private void link(Block from, Block to) {
    if (cpu.codeSize != 8 && !cpu.flat) {
      return;
    }
    long start = cpu.gpr[Cpu.BLOCK_RIP];
    long base = cpu.codeSize == 8 ? 0 : cpu.segmentBase[Cpu.CS];
    if (!from.chains || from.crossing || to.crossing || ((start + base ^ cpu.rip + base) & -4096L) != 0) {
      return;
    }
    long delta = cpu.rip - start;
    if (delta == from.bytes) {
      from.following = to;
    } else if (delta == from.targetDelta) {
      from.target = to;
    }
  }

  // --- finding and building
  // --------------------------------------------------------------------------------------------------

  /** The block at RIP, in the present mode; faults as a fetch does. Sets {@link #foundPage}. */
  private Block find(boolean single) {
    if (cpu.codeSize == 8 || cpu.flat) {
      return findUnlimited(single);
    }
    long limit = cpu.segmentLimit[Cpu.CS];
    if (cpu.rip > limit) {
      throw cpu.raise(GuestFault.GP, 0);
    }
    Block block = findUnlimited(single);
    if (cpu.rip + block.bytes - 1 > limit) { // only the instructions that lie within the segment
      block = findUnlimited(true);
      if (cpu.rip + block.bytes - 1 > limit) {
        throw cpu.raise(GuestFault.GP, 0);
      }
    }
    return block;
  }

  private Block findUnlimited(boolean single) {
    long linear = linear();
    int mode = cpu.mode | (single ? SINGLE : 0);
    int tag = tag(mode);
    int place = JumpCache.place(linear);
    Block cached = jumps.block(place);
    if (cached != null
        && cached.valid
        && jumps.isOf(place, linear, tag)
        && (!cached.crossing || sameBytes(cached, linear))) {
      foundPage = jumps.page(place);
      return cached;
    }
    long gpa = cpu.memory.fetch(linear);
    CodePage page = cache.page(gpa);
    Block block = page.find((int) gpa & 4095, mode);
    if (block != null && block.crossing && !sameBytes(block, linear)) {
      block = null;
    }
    if (block == null) {
      block = build(page, linear, gpa, single, true);
      page.add(mode, block);
      cache.countBuilt();
    }
    foundPage = memory.pageIndex(gpa);
    jumps.set(place, linear, tag, foundPage, block);
    return block;
  }

  /** Says whether a block must end before the instruction at an offset in its page; for {@code joins} see build. */
  private boolean mustEnd(CodePage page, int pageOffset, boolean joins) {
    if (page.isAlone(pageOffset) || cache.isWatched(pageOffset)) {
      return true;
    }
    Block next = joins ? page.find(pageOffset, cpu.mode) : null;
    return next != null && next.isTranslated();
  }

  /**
   * Decodes a block.
   *
   * @param joins whether it ends where a translated one begins: after an interrupt, or the end of a turn, in the middle
   *     of a block, code would go on in other blocks than before, perhaps for thousands of instructions
   */
  private Block build(CodePage page, long linear, long gpa, boolean single, boolean joins) {
    int pageOffset = (int) gpa & 4095;
    int here = 4096 - pageOffset;
    copy(gpa, 0, here);
    int count = 0;
    int offset = 0;
    boolean alone = false;
    while (count < MAX_OPS) {
      if (count > 0 && mustEnd(page, pageOffset + offset, joins)) {
        break;
      }
      Op op = decoder.decode(window, offset, here, offset, cpu);
      if (op == null) {
        if (count == 0) {
          return buildCrossing(page, linear, pageOffset, here, single);
        }
        break;
      }
      building[count] = !single && count == 0 && cache.isWatched(pageOffset) ? new WatchedOp(op) : op;
      count++;
      offset = op.end;
      alone = single || count == 1 && page.isAlone(pageOffset);
      if (alone || op.isTerminator() || offset >= here) {
        break;
      }
    }
    Op[] ops = new Op[count];
    System.arraycopy(building, 0, ops, 0, count);
    return new Block(page, ops, pageOffset, offset, alone, false, Block.NO_CODE, cpu.mode | (single ? SINGLE : 0));
  }

  private Block buildCrossing(CodePage page, long linear, int pageOffset, int here, boolean single) {
    long nextLinear = cpu.codeSize == 8 ? linear + here : linear + here & 0xffff_ffffL;
    copy(cpu.memory.fetch(nextLinear), here, Decoder.MAX_LENGTH);
    Op op = decoder.decode(window, 0, here + Decoder.MAX_LENGTH, 0, cpu);
    if (op == null) {
      throw new IllegalStateException("an instruction was not decoded from fifteen bytes");
    }
    byte[] code = new byte[op.length()];
    System.arraycopy(window, 0, code, 0, op.length());
    Op watched = !single && cache.isWatched(pageOffset) ? new WatchedOp(op) : op;
    return new Block(page, new Op[] {watched}, pageOffset, op.length(), true, true, code, cpu.mode);
  }

  /** Says whether the part of a crossing block in the second page is still what was decoded. */
  private boolean sameBytes(Block block, long linear) {
    int here = 4096 - block.pageOffset;
    long nextLinear = cpu.codeSize == 8 ? linear + here : linear + here & 0xffff_ffffL;
    long host = memory.hostAddress(cpu.memory.fetch(nextLinear));
    for (int n = here; n < block.code.length; n++) {
      if (HostMemory.getByte(host + n - here) != block.code[n]) {
        return false;
      }
    }
    return true;
  }

  private void copy(long gpa, int to, int bytes) {
    long host = memory.hostAddress(gpa);
    for (int n = 0; n < bytes; n++) {
      window[to + n] = HostMemory.getByte(host + n);
    }
  }
}
