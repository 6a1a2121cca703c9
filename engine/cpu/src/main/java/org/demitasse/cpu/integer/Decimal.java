package org.demitasse.cpu.integer;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;

/** The decimal adjustments of 16- and 32-bit code (Intel SDM vol. 2: AAA, AAD, AAM, AAS, DAA, DAS). */
final class Decimal {
  private Decimal() {}

  private static void result(Cpu cpu, int al, boolean carry, boolean adjust) {
    cpu.write8(Cpu.RAX, false, al);
    Shifts.resultFlags(cpu, (byte) al);
    cpu.flagCarries = (carry ? 3L << 62 : 0) | (adjust ? 8 : 0);
  }

  static void daa(Cpu cpu) {
    int al = cpu.read8(Cpu.RAX, false);
    boolean adjust = (al & 15) > 9 || Flags.adjust(cpu.flagCarries);
    boolean carry = al > 0x99 || cpu.carryFlag();
    result(cpu, al + (adjust ? 6 : 0) + (carry ? 0x60 : 0) & 0xff, carry, adjust);
  }

  static void das(Cpu cpu) {
    int al = cpu.read8(Cpu.RAX, false);
    boolean adjust = (al & 15) > 9 || Flags.adjust(cpu.flagCarries);
    boolean high = al > 0x99 || cpu.carryFlag();
    boolean carry = high || adjust && al < 6;
    result(cpu, al - (adjust ? 6 : 0) - (high ? 0x60 : 0) & 0xff, carry, adjust);
  }

  static void aaa(Cpu cpu) {
    unpacked(cpu, 0x106);
  }

  static void aas(Cpu cpu) {
    unpacked(cpu, -0x106);
  }

  private static void unpacked(Cpu cpu, int change) {
    int ax = (int) cpu.gpr[Cpu.RAX] & 0xffff;
    boolean adjust = (ax & 15) > 9 || Flags.adjust(cpu.flagCarries);
    ax = (adjust ? ax + change : ax) & 0xff0f;
    cpu.writeRegister(Cpu.RAX, 2, ax);
    Shifts.resultFlags(cpu, (byte) ax);
    cpu.flagCarries = adjust ? 3L << 62 | 8 : 0;
  }

  static void aam(Cpu cpu, int base) {
    if (base == 0) {
      throw cpu.raise(GuestFault.DE, 0);
    }
    int al = cpu.read8(Cpu.RAX, false);
    cpu.writeRegister(Cpu.RAX, 2, (al / base) << 8 | al % base);
    Shifts.resultFlags(cpu, (byte) (al % base));
  }

  static void aad(Cpu cpu, int base) {
    int ax = (int) cpu.gpr[Cpu.RAX] & 0xffff;
    int al = (ax & 0xff) + (ax >> 8) * base & 0xff;
    cpu.writeRegister(Cpu.RAX, 2, al);
    Shifts.resultFlags(cpu, (byte) al);
  }
}
