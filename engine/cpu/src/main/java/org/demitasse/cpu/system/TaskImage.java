package org.demitasse.cpu.system;

import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.SystemRegisters;

/**
 * The part of a TSS that a task switch reads and writes (Intel SDM vol. 3, figures 8-2 and 8-10).
 *
 * @param cr3 0 in a 16-bit TSS, which has none
 * @param gpr EAX, ECX, EDX, EBX, ESP, EBP, ESI, EDI
 * @param selectors ES, CS, SS, DS, FS, GS
 * @param trap the T bit: raise #DB on arrival
 */
record TaskImage(boolean wide, long cr3, long rip, int flags, long[] gpr, int[] selectors, int ldt, boolean trap) {
  /** Last offset that a TSS must have. */
  static int lastOffset(boolean wide) {
    return wide ? 0x67 : 0x2b;
  }

  /** Reads a TSS; raises the page faults of doing so. */
  static TaskImage read(Cpu cpu, long base, boolean wide) {
    long[] gpr = new long[8];
    int[] selectors = new int[6];
    for (int i = 0; i < 8; i++) {
      gpr[i] = wide ? get(cpu, base + 0x28 + 4L * i, 4) : get(cpu, base + 0x12 + 2L * i, 2) | 0xffff_0000L;
    }
    for (int i = 0; i < (wide ? 6 : 4); i++) {
      selectors[i] = (int) get(cpu, wide ? base + 0x48 + 4L * i : base + 0x22 + 2L * i, 2);
    }
    return new TaskImage(
        wide,
        wide ? get(cpu, base + 0x1c, 4) : 0,
        wide ? get(cpu, base + 0x20, 4) : get(cpu, base + 0x0e, 2),
        (int) (wide ? get(cpu, base + 0x24, 4) : get(cpu, base + 0x10, 2)),
        gpr,
        selectors,
        (int) get(cpu, wide ? base + 0x60 : base + 0x2a, 2),
        wide && (get(cpu, base + 0x64, 2) & 1) != 0);
  }

  private static long get(Cpu cpu, long linear, int size) {
    return cpu.memory.systemRead(linear & 0xffff_ffffL, size);
  }

  private static void put(Cpu cpu, long linear, int size, long value) {
    cpu.memory.systemWrite(linear & 0xffff_ffffL, size, value);
  }

  /** Makes sure that {@link #write} will not fault: writes the first and the last field with what they hold. */
  static void probe(Cpu cpu, long base, boolean wide) {
    long first = base + (wide ? 0x20 : 0x0e);
    long last = base + (wide ? 0x5c : 0x28);
    put(cpu, first, 2, get(cpu, first, 2));
    put(cpu, last, 2, get(cpu, last, 2));
  }

  /** Saves the CPU's registers in a TSS. */
  static void write(Cpu cpu, long base, boolean wide, long rip, int flags) {
    int size = wide ? 4 : 2;
    put(cpu, base + (wide ? 0x20 : 0x0e), size, rip);
    put(cpu, base + (wide ? 0x24 : 0x10), size, flags);
    for (int i = 0; i < 8; i++) {
      put(cpu, base + (wide ? 0x28 + 4 * i : 0x12 + 2 * i), size, cpu.gpr[i]);
    }
    for (int i = 0; i < (wide ? 6 : 4); i++) {
      put(cpu, wide ? base + 0x48 + 4L * i : base + 0x22 + 2L * i, 2, cpu.selector[i]);
    }
  }

  /** Puts everything into the CPU but the hidden parts of segment registers, which become unusable. */
  void load(Cpu cpu, int newFlags) {
    if (wide && (cpu.sys.cr0 & SystemRegisters.CR0_PG) != 0) {
      cpu.sys.cr3 = cr3;
      cpu.memory.flush();
    }
    for (int i = 0; i < 8; i++) {
      cpu.gpr[i] = gpr[i];
    }
    for (int number = 0; number < 6; number++) {
      cpu.setSegment(number, new Segment(selectors[number], 0, 0, Segment.UNUSABLE));
    }
    cpu.setEflags(newFlags);
    cpu.ldtr = new Segment(ldt, 0, 0, Segment.UNUSABLE);
    cpu.rip = rip;
  }
}
