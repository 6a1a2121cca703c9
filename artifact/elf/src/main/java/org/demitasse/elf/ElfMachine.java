package org.demitasse.elf;

/** Names of the architectures that kernels are built for, by {@code e_machine}. */
public final class ElfMachine {
  /** Intel 80386. */
  public static final int EM_386 = 3;

  /** AMD x86-64. */
  public static final int EM_X86_64 = 62;

  private ElfMachine() {}

  /** The architecture's usual name, or its number. */
  public static String name(int machine) {
    return switch (machine) {
      case 2 -> "SPARC";
      case EM_386 -> "i386";
      case 4 -> "m68k";
      case 8 -> "MIPS";
      case 15 -> "PA-RISC";
      case 20 -> "PowerPC";
      case 21 -> "64-bit PowerPC";
      case 22 -> "s390";
      case 40 -> "32-bit Arm";
      case 42 -> "SuperH";
      case 43 -> "SPARC V9";
      case EM_X86_64 -> "x86-64";
      case 183 -> "AArch64";
      case 243 -> "RISC-V";
      case 258 -> "LoongArch";
      default -> "ELF machine " + machine;
    };
  }
}
