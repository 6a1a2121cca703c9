package org.demitasse.cpu.decode;

/**
 * One row of the table.
 *
 * @param modrm whether a ModRM byte follows
 * @param immediate what immediate follows
 * @param size how the operand size is chosen
 * @param lockable whether LOCK is allowed (with a memory operand; the factory returns null for forms where it is not)
 * @param factory makes the op
 */
public record Encoding(boolean modrm, Immediate immediate, Size size, boolean lockable, OpFactory factory) {
  /** Immediates, with the manual's letters (Intel SDM vol. 2, A.2). */
  public enum Immediate {
    NONE,
    /** One byte, sign-extended. */
    IB,
    /** Two bytes. */
    IW,
    /** Operand size, four bytes at most, sign-extended. */
    IZ,
    /** Operand size: eight bytes with REX.W (MOV r,imm64). */
    IV,
    /** Two bytes and one (ENTER). */
    IW_IB,
    /** A branch displacement: four bytes in 64-bit mode, else operand size; sign-extended. */
    JZ,
    /** An address of the address size (MOV AL,moffs). */
    MOFFS,
    /** Far pointer: IZ offset, IW selector. */
    FAR,
    /** IB if ModRM.reg is 0 or 1 (TEST in group 3). */
    IB_IF_TEST,
    /** IZ if ModRM.reg is 0 or 1 (TEST in group 3). */
    IZ_IF_TEST
  }

  /** How operand size is chosen. */
  public enum Size {
    /** 32 bits (16 in 16-bit code), 66 toggles, REX.W makes it 64. */
    NORMAL,
    /** As NORMAL, but 64 by default in 64-bit mode and never 32 there: PUSH, POP, near branches' stack effects. */
    STACK
  }
}
