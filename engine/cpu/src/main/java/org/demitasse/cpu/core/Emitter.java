package org.demitasse.cpu.core;

import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;

/**
 * How an op writes itself as JVM bytecode, beside its {@link Op#execute}: guest registers and flags are locals of the
 * method being made, values are longs on the JVM's operand stack. An op must not change a register or flags before its
 * last access that may fault. 64-bit mode, or 32-bit code with flat segments.
 */
public interface Emitter {
  /** Says whether someone listens to calls and returns, so that they must be told of. */
  boolean tellsFlow();

  /**
   * Pending flags: what the flag locals mean. All but the first and the last are told by operands, of which the meaning
   * makes flags when somebody asks.
   */
  enum FlagKind {
    /** The CPU's own fields are right. */
    IN_CPU,
    /** Of first + second. */
    ADD,
    /** Of first - second. */
    SUB,
    /** Of a logic result in the first: CF and OF clear. */
    LOGIC,
    /** Of first + second + third. */
    ADC,
    /** Of first - second - third. */
    SBB,
    /** Of first + 1, with CF as the second tells (0 or 1). */
    INC,
    /** Of first - 1, with CF as the second tells. */
    DEC,
    /** Of first shifted left by second, which is not 0. */
    SHL,
    /** Of first shifted right by second, which is not 0. */
    SHR,
    /** Of first shifted right with its sign by second, which is not 0. */
    SAR,
    /** Of the two- or three-operand product of first and second. */
    IMUL,
    /** Of the unsigned product of first and second in two registers. */
    WIDE_MUL,
    /** Of the signed product of first and second in two registers. */
    WIDE_IMUL,
    /** Another local says which of the others it is: it depends on where the block was come from. */
    ELSEWHERE
  }

  /** What lies over the pending flags: of instructions that change some flags only. */
  enum Overlay {
    NONE,
    /** CF is bit 63 of the overlay. */
    CARRY,
    /** CF is bit 63, and bit 62 is CF xor OF: as in {@code Cpu.flagCarries}. */
    CARRY_AND_OVERFLOW
  }

  /** The method's code. */
  CodeBuilder code();

  /** Pushes a register's 64 bits. */
  void register(int number);

  /** Pops 64 bits into a register. */
  void setRegister(int number);

  /** Pops a result of 1 or 2 (the rest stays), 4 (cleared above) or 8 bytes into a register. */
  void setRegister(int number, int size);

  /** Pushes a byte register, zero-extended: without REX, 4-7 are AH, CH, DH, BH. */
  void byteRegister(int number, boolean rex);

  /** Pops a result into a byte register; the rest of it stays. */
  void setByteRegister(int number, boolean rex);

  /** Puts a register where meanings look for it: in {@code cpu.gpr}. */
  void spill(int number);

  /** Takes a register from {@code cpu.gpr}, where a meaning has put it. */
  void reload(int number);

  /** Pushes the Cpu. */
  void cpu();

  /** Pushes the offset of a memory operand in its segment. */
  void offset(MemoryOperand operand);

  /** Pushes the value at a memory operand, zero-extended. */
  void load(MemoryOperand operand, int size);

  /** Pushes what {@link #storeEnd} of as many bytes needs; then the op pushes the value. */
  void storeBegin(MemoryOperand operand, int size);

  /** Writes the value. */
  void storeEnd(int size);

  /** As {@link #load}, of a target that will be written back by {@link #storeBack}. */
  void loadForWrite(MemoryOperand operand, int size);

  /** Pops a long and writes it to the last {@link #loadForWrite}'s target. */
  void storeBack(int size);

  /** Pops the second and the first operand of an operation whose flags are now pending. */
  void setFlags(FlagKind kind, int size);

  /** Pushes the first pending flag operand. */
  void flagFirst();

  /** Pushes the second pending flag operand. */
  void flagSecond();

  /** Pops the second and the first operand; if the second is 0, flags stay as they are. */
  void setFlagsUnlessZero(FlagKind kind, int size);

  /** Pops the third operand of what is about to be set by {@link #setFlags}. */
  void setFlagThird();

  /** Pushes the third pending flag operand. */
  void flagThird();

  /** Pushes CF: 0 or 1. */
  void carry();

  /** Pops what lies over the pending flags from now on. */
  void overlay(Overlay overlay);

  /** Pops a count and what lies over the pending flags from now on: CF and OF, unless the count is 0. */
  void overlayUnlessZero();

  /** Makes the CPU's flag fields right, because a meaning will read or write them. */
  void flagsInCpu();

  /** A meaning has set the CPU's flag fields. */
  void flagsWereSet();

  /** Jumps to a label if a condition (Jcc's low four bits) holds. */
  void branchIf(int condition, Label label);

  /** Pushes an object that the op holds, as a constant of a type. */
  void constant(Object value, Class<?> type);

  /** Pushes RIP of the next instruction. */
  void nextRip();

  /** Ends the block: goes to the instruction {@code displacement} bytes from the next one. */
  void go(long displacement);

  /** Ends the block: goes there if a condition holds, else to the next instruction. */
  void branch(int condition, long displacement);

  /** Ends the block: pops RIP. */
  void goToStack();

  /** As {@link #goToStack}, of a return: to what follows a call of this region, it goes without leaving. */
  void returnToStack();

  /** Raises #GP(0) if the long on the stack, which stays there, is no canonical address. */
  void checkTarget();

  /** As {@link #checkTarget}, of a call: what pushing its return address raises comes first. */
  void checkCallTarget();

  /** The next call may fault. */
  void mayFault();

  // --- XMM registers, whose halves are elements of cpu.xmm

  /** Raises what keeps SSE instructions away; comes first in an instruction that uses XMM registers. */
  void requireSse();

  /** Pushes a half of an XMM register, by its index. */
  void half(int index);

  /** Pops a half of an XMM register. */
  void setHalf(int index);

  /** Takes both halves of an XMM register, by its low half's index, for {@link #low} and {@link #high}. */
  void takeSource(int index);

  /** As the other, of 16 bytes of memory; {@code aligned} if they must be. */
  void takeSource(MemoryOperand operand, boolean aligned);

  /** As the other, of the long on the stack, with 0 above it. */
  void takeSourceFromStack();

  /** Pushes the low half of what was taken. */
  void low();

  /** Pushes the high half of what was taken. */
  void high();

  /** Stores both halves of an XMM register; {@code aligned} if the 16 bytes must be. */
  void storeVector(MemoryOperand operand, int index, boolean aligned);
}
