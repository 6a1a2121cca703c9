package org.demitasse.cpu.core;

import org.demitasse.core.bus.Bus;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.FlowLog;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.fault.RunAlone;
import org.demitasse.cpu.mmu.CodeWatcher;
import org.demitasse.cpu.mmu.LinearMemory;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.ModelSpecificRegisters;
import org.demitasse.cpu.state.SystemRegisters;
import org.demitasse.cpu.state.X87State;
import org.jspecify.annotations.Nullable;

/**
 * One CPU's registers and memory, as plain fields that ops read and write. Used by one thread at a time.
 *
 * <p>Register numbers are the architecture's: RAX 0, RCX 1, RDX 2, RBX 3, RSP 4, RBP 5, RSI 6, RDI 7, R8-R15.
 */
public final class Cpu {
  public static final int RAX = 0;
  public static final int RCX = 1;
  public static final int RDX = 2;
  public static final int RBX = 3;
  public static final int RSP = 4;
  public static final int RBP = 5;
  public static final int RSI = 6;
  public static final int RDI = 7;

  /** A register number that always reads 0. */
  public static final int ZERO = 16;

  /** A register number that holds RIP of the first instruction of the running block. */
  public static final int BLOCK_RIP = 17;

  public static final int ES = 0;
  public static final int CS = 1;
  public static final int SS = 2;
  public static final int DS = 3;
  public static final int FS = 4;
  public static final int GS = 5;

  /** A segment number whose base is always 0. */
  public static final int NO_SEGMENT = 6;

  private static final int TYPE_CODE = 8;
  private static final int TYPE_EXPAND_DOWN_OR_CONFORMING = 4;
  private static final int TYPE_WRITABLE_OR_READABLE = 2;

  /** General registers, then {@link #ZERO} and {@link #BLOCK_RIP}. */
  public final long[] gpr = new long[18];

  /** The next instruction, between blocks; within a block the ops know (see {@link Op#thisRip}). */
  public long rip;

  /** Lazy flags: see {@link Flags}. */
  public long flagResult = 0x100;

  /** Lazy flags: see {@link Flags}. */
  public long flagCarries;

  /** Bases of ES, CS, SS, DS, FS, GS and of {@link #NO_SEGMENT}. In 64-bit mode only FS and GS are used. */
  public final long[] segmentBase = new long[7];

  public final int[] selector = new int[6];
  public final long[] segmentLimit = new long[6];

  /** As {@link Segment#attributes()}. */
  public final int[] segmentAttributes = new int[6];

  public Segment ldtr = Segment.NULL;
  public Segment tr = Segment.NULL;
  public long gdtrBase;
  public int gdtrLimit;
  public long idtrBase;
  public int idtrLimit;

  /** XMM0-15: low half at 2n, high half at 2n+1. */
  public final long[] xmm = new long[32];

  public int mxcsr = 0x1f80;

  /** Exception flags that the SSE instruction under way has met so far; 0 between instructions. */
  public int sseExceptions;

  public final X87State x87 = new X87State();
  public final SystemRegisters sys = new SystemRegisters();
  public final ModelSpecificRegisters msr = new ModelSpecificRegisters();

  /** What is outside the CPU; set before it runs. */
  public CpuEnvironment environment = CpuEnvironment.NONE;

  /** Who is asked before an instruction with a breakpoint executes. */
  public ExecuteWatch executeWatch = ExecuteWatch.NONE;

  /** DR0-DR3, -, -, DR6, DR7. */
  public final long[] dr = {0, 0, 0, 0, 0, 0, 0xffff_0ff0L, 0x400};

  public final GuestFault fault = new GuestFault();
  public final LinearMemory memory;
  public final Bus ports;

  /** Code size in bytes (2, 4, 8), from CS and EFER.LMA; set by {@link #modeChanged()}. */
  public int codeSize = 2;

  /** Stack address size in bytes (2, 4, 8). */
  public int stackSize = 2;

  /** Mask of RIP: 64 bits in 64-bit mode, else 32 (16-bit code wraps in its branches). */
  public long ripMask = 0xffff_ffffL;

  /** Mask of the stack pointer. */
  public long stackMask = 0xffffL;

  /** True when no segment needs checks: 64-bit mode, or all flat. Part of a block's key. */
  public boolean flat;

  /** The {@link #mode} of 32-bit code with a 32-bit stack, all segments but FS and GS flat. */
  public static final int FLAT_32 = 9;

  /** The mode as a small number, part of a block's key: code size, stack size and flatness. */
  public int mode;

  /** True when an interrupt may be waiting for IF or for the end of a shadow. */
  public boolean attention;

  /** True when PAUSE should let other CPUs of the machine run. */
  public boolean yieldOnPause;

  /** True when HLT has stopped the CPU. */
  public boolean halted;

  /** True after INIT until a start-up IPI. */
  public boolean waitingForStartup;

  /** Interrupts are held off for one instruction: after STI, MOV SS, POP SS. */
  public boolean interruptShadow;

  /** The instruction just done lets no single-step trap follow: it entered a handler or loaded SS. */
  public boolean trapHeldOff;

  /** The instruction before was a load of SS: an instruction breakpoint does not strike at this one. */
  public boolean breakpointHeldOff;

  /** B0-B3 of the data breakpoints that were hit and have not led to a debug trap yet. */
  public long dataHits;

  /** NMIs are held off until IRET. */
  public boolean nmiMasked;

  /** Where changes of flow are told, or null. */
  public @Nullable FlowLog flow;

  /** What {@link #retired()} is added to for the time of a record: what other vCPUs retired, and idle time. */
  public long flowBase;

  /**
   * What translated code that keeps nothing in locals keeps here while it runs: the flags that it has not made yet, as
   * {@link org.demitasse.cpu.integer.PendingFlags} tells, and the instruction that may fault.
   */
  public int pendingFlags;

  public long pendingFirst;
  public long pendingSecond;
  public long pendingThird;
  public long pendingOver;

  /** The instruction of translated code that may fault, as {@link org.demitasse.cpu.interpret.Region#at} packs it. */
  public int regionAt;

  private final RunAlone runAlone = new RunAlone();

  /**
   * Instructions that may still run before the loop must look at timers and interrupts. Counted down block by block.
   */
  public long remaining;

  /** What the slice that {@link #remaining} counts down started with, after {@link #endSlice}. */
  public long sliceLength;

  /** Instructions retired before the current slice. */
  public long retiredBefore;

  /** Makes a CPU with all registers zero; the system package's reset gives them their power-up values. */
  public Cpu(GuestMemory ram, Bus mmio, Bus ports, CodeWatcher code) {
    this.ports = ports;
    this.memory = new LinearMemory(ram, mmio, sys, fault, code);
  }

  /** Instructions retired since power-on, counting the running block as a whole. */
  public long retired() {
    return retiredBefore + sliceLength - remaining;
  }

  /** Tells of a change of flow outside user mode, if someone listens; the instruction is the last of its block. */
  public void tellFlow(int kind, long target, long slot, long more) {
    FlowLog log = flow;
    if (log != null && sys.cpl != 3) {
      log.add(kind, environment.index(), flowBase + retired(), target, slot, more);
    }
  }

  /** As {@link #tellFlow}, and in user mode too. */
  public void tellCrossing(int kind, long target, long slot, long more) {
    FlowLog log = flow;
    if (log != null) {
      log.add(kind, environment.index(), flowBase + retired(), target, slot, more);
    }
  }

  /** Makes the loop look at timers and interrupts after the running block. */
  public void endSlice() {
    if (remaining > 0) {
      sliceLength -= remaining;
      remaining = 0;
    }
  }

  /** Wraps an instruction pointer to what the mode can hold. */
  public long wrapRip(long value) {
    return value & ripMask;
  }

  /** The linear address of an instruction pointer in the present code segment. */
  public long linearOf(long instructionPointer) {
    return codeSize == 8 ? instructionPointer : instructionPointer + segmentBase[CS] & 0xffff_ffffL;
  }

  /** Raises #GP(0) for a branch target that is not canonical or lies beyond the code segment's limit. */
  public void checkBranchTarget(long target) {
    if (isBadBranchTarget(target)) {
      throw raise(GuestFault.GP, 0);
    }
  }

  /** What {@link #checkBranchTarget} raises #GP(0) for: a non-canonical target, or one beyond the code segment. */
  public boolean isBadBranchTarget(long target) {
    return codeSize == 8 ? target << 16 >> 16 != target : !flat && target > segmentLimit[CS];
  }

  /** The fault to throw: {@code throw cpu.raise(GuestFault.GP, 0)}. */
  public GuestFault raise(int vector, int errorCode) {
    return fault.with(vector, errorCode);
  }

  /** For ops that must be the only one of their block: call before anything has changed. */
  public void requireAlone() {
    if (!memory.alone) {
      throw runAlone;
    }
  }

  // --- flags
  // -------------------------------------------------------------------------------------------------------------

  /** EFLAGS as PUSHF sees them. */
  public int eflags() {
    return sys.eflags | Flags.pack(flagResult, flagCarries);
  }

  /** Sets the six arithmetic flags from EFLAGS bits. */
  public void setArithmeticFlags(int flags) {
    flagResult = Flags.resultOf(flags);
    flagCarries = Flags.carriesOf(flags);
  }

  /**
   * Sets all of EFLAGS; the caller has applied the rules of who may change what. Selects the TLB and looks at
   * interrupts.
   */
  public void setEflags(int flags) {
    setArithmeticFlags(flags);
    sys.eflags = flags & ~Flags.ARITHMETIC | 2;
    memory.select();
    interruptsMayBeOn();
  }

  /** To be called after IF or TF may have been set: a waiting interrupt or a single step needs the loop. */
  public void interruptsMayBeOn() {
    if ((attention && (sys.eflags & Flags.IF) != 0) || (sys.eflags & Flags.TF) != 0) {
      endSlice();
    }
  }

  public boolean carryFlag() {
    return Flags.carry(flagCarries);
  }

  // --- segments
  // ----------------------------------------------------------------------------------------------------------

  /** Sets a segment register with its hidden part; call {@link #modeChanged()} after CS, SS, or any in legacy modes. */
  public void setSegment(int number, Segment segment) {
    selector[number] = segment.selector();
    segmentBase[number] = segment.base();
    segmentLimit[number] = segment.limit();
    segmentAttributes[number] = segment.attributes();
  }

  /** The hidden part of a segment register. */
  public Segment segment(int number) {
    return new Segment(selector[number], segmentBase[number], segmentLimit[number], segmentAttributes[number]);
  }

  /** Works out code size, stack size and flatness after CR0, EFER, or a segment register changed. */
  public void modeChanged() {
    boolean longMode = (sys.efer & SystemRegisters.EFER_LMA) != 0;
    boolean code64 = longMode && (segmentAttributes[CS] & 0x200) != 0;
    codeSize = code64 ? 8 : (segmentAttributes[CS] & 0x400) != 0 ? 4 : 2;
    stackSize = code64 ? 8 : (segmentAttributes[SS] & 0x400) != 0 ? 4 : 2;
    ripMask = code64 ? -1L : 0xffff_ffffL;
    stackMask = code64 ? -1L : stackSize == 4 ? 0xffff_ffffL : 0xffffL;
    flat = code64 || (isFlat(CS) && isFlat(SS) && isFlat(DS) && isFlat(ES));
    mode = (codeSize == 8 ? 0 : codeSize == 4 ? 1 : 2) | (stackSize == 2 ? 4 : 0) | (flat ? 8 : 0);
    memory.lastLinear = flat && !code64 ? 0xffff_ffffL : -1;
    memory.select();
  }

  private boolean isFlat(int number) {
    int attributes = segmentAttributes[number];
    boolean data = (attributes & TYPE_CODE) == 0;
    boolean usable = (attributes & Segment.UNUSABLE) == 0 && (attributes & 0x80) != 0;
    boolean open =
        data
            ? (attributes & (TYPE_WRITABLE_OR_READABLE | TYPE_EXPAND_DOWN_OR_CONFORMING)) == TYPE_WRITABLE_OR_READABLE
            : (attributes & TYPE_WRITABLE_OR_READABLE) != 0 && number == CS;
    return usable && open && segmentBase[number] == 0 && segmentLimit[number] == 0xffff_ffffL;
  }

  /**
   * Checks an access to a segment by type and limit and gives its linear address (Intel SDM vol. 3, 5.3-5.5).
   *
   * @throws GuestFault #GP(0), or #SS(0) for the stack segment
   */
  public long checkedLinear(int number, long offset, int size, boolean write) {
    if (number == NO_SEGMENT) {
      return offset;
    }
    if (codeSize == 8) {
      return offset + (number >= FS ? segmentBase[number] : 0);
    }
    int attributes = segmentAttributes[number];
    boolean bad = (attributes & Segment.UNUSABLE) != 0;
    boolean protectedMode = (sys.cr0 & SystemRegisters.CR0_PE) != 0 && (sys.eflags & Flags.VM) == 0;
    if (protectedMode) {
      boolean code = (attributes & TYPE_CODE) != 0;
      bad |=
          write
              ? code || (attributes & TYPE_WRITABLE_OR_READABLE) == 0
              : code && (attributes & TYPE_WRITABLE_OR_READABLE) == 0;
    }
    long limit = segmentLimit[number];
    long last = offset + size - 1;
    if ((attributes & (TYPE_CODE | TYPE_EXPAND_DOWN_OR_CONFORMING)) == TYPE_EXPAND_DOWN_OR_CONFORMING) {
      long top = (attributes & 0x400) != 0 ? 0xffff_ffffL : 0xffffL;
      bad |= offset <= limit || last > top;
    } else {
      bad |= last > limit;
    }
    if (bad) {
      throw raise(number == SS ? GuestFault.SS : GuestFault.GP, 0);
    }
    return (offset + segmentBase[number]) & 0xffff_ffffL;
  }

  // --- stack
  // -------------------------------------------------------------------------------------------------------------

  /** Linear address in the stack segment of an offset that is already wrapped. */
  public long stackLinear(long offset, int size, boolean write) {
    return flat ? offset : checkedLinear(SS, offset, size, write);
  }

  /** Sets the stack pointer: 16, 32 (zero-extended) or 64 bits by stack size. */
  public void setStackPointer(long value) {
    gpr[RSP] = stackSize == 2 ? (gpr[RSP] & ~0xffffL) | (value & 0xffff) : value & stackMask;
  }

  /** Pushes 2, 4 or 8 bytes: nothing has changed if it faults. */
  public void push(long value, int size) {
    long offset = (gpr[RSP] - size) & stackMask;
    long linear = stackLinear(offset, size, true);
    if (size == 8) {
      memory.write64(linear, value);
    } else {
      memory.write(linear, size, value);
    }
    setStackPointer(offset);
  }

  /** Raises what a push of 2, 4 or 8 bytes would: for ops that check something else in between. */
  public void probePush(int size) {
    long offset = (gpr[RSP] - size) & stackMask;
    requireCanonicalStack(offset, size);
    memory.probeWrite(stackLinear(offset, size, true), size);
  }

  /**
   * Raises #SS(0) for a stack access outside the address space, in ops whose own memory operand would make it #GP(0).
   */
  public void requireCanonicalStack(long offset, int size) {
    long last = (offset & stackMask) + size - 1;
    boolean outside =
        codeSize == 8 ? offset << 16 >> 16 != offset || last << 16 >> 16 != last : flat && last > stackMask;
    if (outside) {
      throw raise(GuestFault.SS, 0);
    }
  }

  /** Reads the 2, 4 or 8 bytes on top of the stack, moved by {@code distance}, zero-extended; the pointer stays. */
  public long peekStack(int distance, int size) {
    long offset = (gpr[RSP] + distance) & stackMask;
    return memory.read(stackLinear(offset, size, false), size);
  }

  /** Adds to the stack pointer. */
  public void moveStack(long distance) {
    setStackPointer(gpr[RSP] + distance);
  }

  // --- FPU and SSE availability
  // --------------------------------------------------------------------------------------------

  /** Raises #NM when CR0.EM or CR0.TS keeps x87 instructions away. */
  public void requireX87() {
    if ((sys.cr0 & (SystemRegisters.CR0_EM | SystemRegisters.CR0_TS)) != 0) {
      throw raise(GuestFault.NM, 0);
    }
  }

  /**
   * Raises #UD when CR0.EM or CR4.OSFXSR, #NM when CR0.TS, keeps SSE instructions away (Intel SDM vol. 2, table 2-21).
   */
  public void requireSse() {
    if ((sys.cr0 & SystemRegisters.CR0_EM) != 0 || (sys.cr4 & SystemRegisters.CR4_OSFXSR) == 0) {
      throw raise(GuestFault.UD, 0);
    }
    if ((sys.cr0 & SystemRegisters.CR0_TS) != 0) {
      throw raise(GuestFault.NM, 0);
    }
  }

  // --- byte registers
  // --------------------------------------------------------------------------------------------------------

  /** Reads a byte register: numbers as ModRM has them; without REX, 4-7 are AH, CH, DH, BH. */
  public int read8(int register, boolean rex) {
    return !rex && register >= 4 && register < 8 ? (int) (gpr[register - 4] >>> 8) & 0xff : (int) gpr[register] & 0xff;
  }

  /** Writes a byte register; the rest of the register stays. */
  public void write8(int register, boolean rex, int value) {
    if (!rex && register >= 4 && register < 8) {
      gpr[register - 4] = (gpr[register - 4] & ~0xff00L) | (value & 0xffL) << 8;
    } else {
      gpr[register] = (gpr[register] & ~0xffL) | (value & 0xffL);
    }
  }

  /** Reads a register's low 2, 4 or 8 bytes, zero-extended. */
  public long readRegister(int register, int size) {
    long value = gpr[register];
    return size == 8 ? value : size == 4 ? value & 0xffff_ffffL : value & 0xffffL;
  }

  /** Writes a register: 4 bytes clear the upper half, 2 bytes leave the rest. */
  public void writeRegister(int register, int size, long value) {
    gpr[register] =
        size == 8 ? value : size == 4 ? value & 0xffff_ffffL : (gpr[register] & ~0xffffL) | (value & 0xffffL);
  }
}
