package org.demitasse.cpu.fpu;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.SystemRegisters;
import org.demitasse.cpu.state.X87State;

/** FNSTENV, FLDENV, FNSAVE, FRSTOR in their four layouts (Intel SDM vol. 1, 8.1.10). */
final class EnvironmentOps {
  private EnvironmentOps() {}

  /** FNSTENV and FNSAVE. */
  static final class Store extends X87Op {
    private final boolean wide;
    private final boolean registers;

    Store(Instruction i, boolean registers) {
      super(i);
      wide = i.operandSize != 2;
      this.registers = registers;
    }

    @Override
    boolean isWaiting() {
      return false;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      int environment = wide ? 28 : 14;
      int size = registers ? environment + 80 : environment;
      long linear = mem().forWrite(cpu, size);
      cpu.memory.requireAligned(linear, wide ? 4 : 2);
      cpu.memory.probeWrite(linear, size);
      storeEnvironment(cpu, s, linear, wide);
      if (registers) {
        storeRegisters(cpu, s, linear + environment);
        X87.initialize(s);
      } else {
        s.control |= X87.EXCEPTIONS;
        X87.summarize(s);
      }
    }
  }

  /** FLDENV and FRSTOR. */
  static final class Load extends X87Op {
    private final boolean wide;
    private final boolean registers;

    Load(Instruction i, boolean registers) {
      super(i);
      wide = i.operandSize != 2;
      this.registers = registers;
    }

    @Override
    void run(Cpu cpu, X87State s) {
      int environment = wide ? 28 : 14;
      int size = registers ? environment + 80 : environment;
      long linear = mem().forRead(cpu, size);
      cpu.memory.requireAligned(linear, wide ? 4 : 2);
      cpu.memory.probeRead(linear, size);
      loadEnvironment(cpu, s, linear, wide);
      if (registers) {
        loadRegisters(cpu, s, linear + environment);
      }
    }
  }

  private static boolean isRealLayout(Cpu cpu) {
    return (cpu.sys.cr0 & SystemRegisters.CR0_PE) == 0 || (cpu.sys.eflags & Flags.VM) != 0;
  }

  private static void put(Cpu cpu, long linear, boolean wide, int index, int value) {
    if (wide) {
      cpu.memory.write32(linear + index * 4L & cpu.ripMask, value);
    } else {
      cpu.memory.write16(linear + index * 2L & cpu.ripMask, value & 0xffff);
    }
  }

  private static int get(Cpu cpu, long linear, boolean wide, int index) {
    return wide
        ? cpu.memory.read32(linear + index * 4L & cpu.ripMask)
        : cpu.memory.read16(linear + index * 2L & cpu.ripMask);
  }

  private static void storeEnvironment(Cpu cpu, X87State s, long linear, boolean wide) {
    int reserved = 0xffff_0000;
    put(cpu, linear, wide, 0, s.control | reserved);
    put(cpu, linear, wide, 1, X87.statusWord(s) | reserved);
    put(cpu, linear, wide, 2, X87.tagWord(s) | reserved);
    if (isRealLayout(cpu)) {
      int instruction = (int) s.instructionPointer + (s.instructionSelector << 4);
      int operand = (int) s.dataPointer + (s.dataSelector << 4);
      put(cpu, linear, wide, 3, instruction & 0xffff);
      put(cpu, linear, wide, 4, (instruction >>> 16) << 12 | s.opcode);
      put(cpu, linear, wide, 5, operand & 0xffff);
      put(cpu, linear, wide, 6, (operand >>> 16) << 12);
    } else {
      put(cpu, linear, wide, 3, (int) s.instructionPointer);
      put(cpu, linear, wide, 4, s.instructionSelector | s.opcode << 16);
      put(cpu, linear, wide, 5, (int) s.dataPointer);
      put(cpu, linear, wide, 6, wide ? s.dataSelector | reserved : s.dataSelector);
    }
  }

  private static void loadEnvironment(Cpu cpu, X87State s, long linear, boolean wide) {
    s.control = (get(cpu, linear, wide, 0) & 0x1f7f) | 0x40;
    X87.setStatusWord(s, get(cpu, linear, wide, 1));
    X87.setTagWord(s, get(cpu, linear, wide, 2));
    int third = get(cpu, linear, wide, 3);
    int fourth = get(cpu, linear, wide, 4);
    int fifth = get(cpu, linear, wide, 5);
    int sixth = get(cpu, linear, wide, 6);
    if (isRealLayout(cpu)) {
      s.opcode = fourth & 0x7ff;
      s.instructionPointer = ((third & 0xffff) | (fourth >>> 12) << 16) & 0xffff_ffffL;
      s.dataPointer = ((fifth & 0xffff) | (sixth >>> 12) << 16) & 0xffff_ffffL;
      s.instructionSelector = 0;
      s.dataSelector = 0;
    } else {
      s.opcode = wide ? fourth >>> 16 & 0x7ff : 0;
      s.instructionPointer = third & 0xffff_ffffL;
      s.dataPointer = fifth & 0xffff_ffffL;
      s.instructionSelector = fourth & 0xffff;
      s.dataSelector = sixth & 0xffff;
    }
  }

  /** The ten bytes of a register lie where they lie: alignment is that of the whole area (SDM vol. 3, table 6-7). */
  private static void storeRegisters(Cpu cpu, X87State s, long linear) {
    cpu.memory.liftAlignment();
    for (int i = 0; i < 8; i++) {
      int physical = X87.physical(s, i);
      cpu.memory.write64(linear + i * 10L & cpu.ripMask, s.significand[physical]);
      cpu.memory.write16(linear + i * 10L + 8 & cpu.ripMask, s.signExponent[physical]);
    }
    cpu.memory.select();
  }

  private static void loadRegisters(Cpu cpu, X87State s, long linear) {
    cpu.memory.liftAlignment();
    for (int i = 0; i < 8; i++) {
      int physical = X87.physical(s, i);
      s.significand[physical] = cpu.memory.read64(linear + i * 10L & cpu.ripMask);
      s.signExponent[physical] = cpu.memory.read16(linear + i * 10L + 8 & cpu.ripMask);
    }
    cpu.memory.select();
  }
}
