package org.demitasse.cpu.fpu;

import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Encoding.Immediate;
import org.demitasse.cpu.decode.Instruction;
import org.demitasse.cpu.decode.OpcodeTable;
import org.demitasse.cpu.decode.OpcodeTable.Map;
import org.jspecify.annotations.Nullable;

/**
 * The encodings of x87: D8 to DF and FWAIT (Intel SDM vol. 2, A.5, tables ), and group 15 (0F AE) without
 * prefix.
 */
public final class FpuOps {
  private static final MemoryFormat[] ARITHMETIC_FORMATS = {
    MemoryFormat.FLOAT32, MemoryFormat.INTEGER32, MemoryFormat.FLOAT64, MemoryFormat.INTEGER16
  };

  private FpuOps() {}

  /** Adds D8-DF, 9B, and 0F AE without mandatory prefix: state, CLFLUSH and fences. */
  public static void register(OpcodeTable table) {
    table.plain(Map.ONE_BYTE, 0x9B, i -> new ControlOps.Wait());
    for (int opcode = 0xD8; opcode <= 0xDF; opcode++) {
      table.modrm(Map.ONE_BYTE, opcode, FpuOps::create);
    }
    table.add(Map.M0F, 0xAE, OpcodeTable.P_NONE, true, Immediate.NONE, FpuOps::stateGroup);
  }

  private static @Nullable Op stateGroup(Instruction i) {
    if (i.isMemory()) {
      return StateOps.create(i);
    }
    return i.extension() >= 5 ? new StateOps.Fence() : null;
  }

  private static @Nullable Op create(Instruction i) {
    if (i.isMemory()) {
      return (i.opcode & 1) == 0 ? arithmeticMemory(i) : transferMemory(i);
    }
    return switch (i.opcode) {
      case 0xD8 -> i.extension() == 2 || i.extension() == 3 ? compare(i) : new ArithmeticOps.Register(i, false, false);
      case 0xD9 -> registersD9(i);
      case 0xDA -> registersDa(i);
      case 0xDB -> registersDb(i);
      case 0xDC -> i.extension() == 2 || i.extension() == 3 ? compare(i) : new ArithmeticOps.Register(i, true, false);
      case 0xDD -> registersDd(i);
      case 0xDE -> registersDe(i);
      default -> registersDf(i);
    };
  }

  private static Op arithmeticMemory(Instruction i) {
    MemoryFormat format = ARITHMETIC_FORMATS[i.opcode >> 1 & 3];
    return i.extension() == 2 || i.extension() == 3
        ? new ArithmeticOps.CompareMemory(i, format)
        : new ArithmeticOps.Memory(i, format);
  }

  private static @Nullable Op transferMemory(Instruction i) {
    return switch (i.opcode) {
      case 0xD9 -> memoryD9(i);
      case 0xDB -> memoryDb(i);
      case 0xDD -> memoryDd(i);
      default -> memoryDf(i);
    };
  }

  private static @Nullable Op memoryD9(Instruction i) {
    return switch (i.extension()) {
      case 0 -> new TransferOps.LoadMemory(i, MemoryFormat.FLOAT32);
      case 2 -> store(i, MemoryFormat.FLOAT32, false);
      case 3 -> store(i, MemoryFormat.FLOAT32, true);
      case 4 -> new EnvironmentOps.Load(i, false);
      case 5 -> new ControlOps.LoadControl(i);
      case 6 -> new EnvironmentOps.Store(i, false);
      case 7 -> new ControlOps.StoreWord(i, false);
      default -> null;
    };
  }

  private static @Nullable Op memoryDb(Instruction i) {
    return switch (i.extension()) {
      case 0 -> new TransferOps.LoadMemory(i, MemoryFormat.INTEGER32);
      case 1 -> new TransferOps.StoreMemory(i, MemoryFormat.INTEGER32, true, true);
      case 2 -> store(i, MemoryFormat.INTEGER32, false);
      case 3 -> store(i, MemoryFormat.INTEGER32, true);
      case 5 -> new TransferOps.LoadMemory(i, MemoryFormat.FLOAT80);
      case 7 -> store(i, MemoryFormat.FLOAT80, true);
      default -> null;
    };
  }

  private static @Nullable Op memoryDd(Instruction i) {
    return switch (i.extension()) {
      case 0 -> new TransferOps.LoadMemory(i, MemoryFormat.FLOAT64);
      case 1 -> new TransferOps.StoreMemory(i, MemoryFormat.INTEGER64, true, true);
      case 2 -> store(i, MemoryFormat.FLOAT64, false);
      case 3 -> store(i, MemoryFormat.FLOAT64, true);
      case 4 -> new EnvironmentOps.Load(i, true);
      case 6 -> new EnvironmentOps.Store(i, true);
      case 7 -> new ControlOps.StoreWord(i, true);
      default -> null;
    };
  }

  private static Op memoryDf(Instruction i) {
    return switch (i.extension()) {
      case 0 -> new TransferOps.LoadMemory(i, MemoryFormat.INTEGER16);
      case 1 -> new TransferOps.StoreMemory(i, MemoryFormat.INTEGER16, true, true);
      case 2 -> store(i, MemoryFormat.INTEGER16, false);
      case 3 -> store(i, MemoryFormat.INTEGER16, true);
      case 4 -> new TransferOps.LoadMemory(i, MemoryFormat.DECIMAL);
      case 5 -> new TransferOps.LoadMemory(i, MemoryFormat.INTEGER64);
      case 6 -> store(i, MemoryFormat.DECIMAL, true);
      default -> store(i, MemoryFormat.INTEGER64, true);
    };
  }

  private static Op store(Instruction i, MemoryFormat format, boolean pops) {
    return new TransferOps.StoreMemory(i, format, pops, false);
  }

  private static Op compare(Instruction i) {
    return new ArithmeticOps.Compare(i, false, i.extension() == 3 ? 1 : 0);
  }

  private static @Nullable Op registersD9(Instruction i) {
    return switch (i.extension()) {
      case 0 -> new TransferOps.LoadRegister(i);
      case 1 -> new TransferOps.Exchange(i);
      case 2 -> i.modrm == 0xD0 ? new ControlOps.Stack(i) : null;
      case 3 -> new TransferOps.StoreUnchecked(i);
      case 5 -> i.modrm == 0xEF ? null : new TransferOps.LoadConstant(i);
      default -> unary(i);
    };
  }

  private static @Nullable Op unary(Instruction i) {
    return switch (i.modrm) {
      case 0xE0, 0xE1 -> new UnaryOps.Sign(i);
      case 0xE4 -> new UnaryOps.Test(i);
      case 0xE5 -> new UnaryOps.Examine(i);
      case 0xF0 -> new TranscendentalOps.Power(i);
      case 0xFA, 0xFC -> new UnaryOps.Unary(i);
      case 0xF1, 0xF3, 0xF9 -> new TranscendentalOps.Binary(i);
      case 0xF2, 0xFB, 0xFE, 0xFF -> new TranscendentalOps.Trigonometric(i);
      case 0xF4 -> new UnaryOps.Extract(i);
      case 0xF5, 0xF8 -> new UnaryOps.Remainder(i);
      case 0xF6, 0xF7 -> new ControlOps.Stack(i);
      case 0xFD -> new UnaryOps.Scale(i);
      default -> null;
    };
  }

  private static @Nullable Op registersDa(Instruction i) {
    if (i.extension() < 4) {
      return new TransferOps.ConditionalMove(i);
    }
    return i.modrm == 0xE9 ? new ArithmeticOps.Compare(i, true, 2) : null;
  }

  private static @Nullable Op registersDb(Instruction i) {
    return switch (i.extension()) {
      case 0, 1, 2, 3 -> new TransferOps.ConditionalMove(i);
      case 4 -> i.modrm <= 0xE4 ? new ControlOps.NoWait(i) : null;
      case 5 -> new ArithmeticOps.CompareToFlags(i, true, false);
      case 6 -> new ArithmeticOps.CompareToFlags(i, false, false);
      default -> null;
    };
  }

  private static @Nullable Op registersDd(Instruction i) {
    return switch (i.extension()) {
      case 0 -> new ControlOps.Stack(i);
      case 1 -> new TransferOps.Exchange(i);
      case 2 -> new TransferOps.StoreRegister(i, false);
      case 3 -> new TransferOps.StoreRegister(i, true);
      case 4 -> new ArithmeticOps.Compare(i, true, 0);
      case 5 -> new ArithmeticOps.Compare(i, true, 1);
      default -> null;
    };
  }

  private static @Nullable Op registersDe(Instruction i) {
    return switch (i.extension()) {
      case 2 -> new ArithmeticOps.Compare(i, false, 1);
      case 3 -> i.modrm == 0xD9 ? new ArithmeticOps.Compare(i, false, 2) : null;
      default -> new ArithmeticOps.Register(i, true, true);
    };
  }

  private static @Nullable Op registersDf(Instruction i) {
    return switch (i.extension()) {
      case 0 -> new ControlOps.Stack(i);
      case 1 -> new TransferOps.Exchange(i);
      case 2, 3 -> new TransferOps.StoreRegister(i, true);
      case 4 -> i.modrm == 0xE0 ? new ControlOps.StoreStatusToAx(i) : null;
      case 5 -> new ArithmeticOps.CompareToFlags(i, true, true);
      case 6 -> new ArithmeticOps.CompareToFlags(i, false, true);
      default -> null;
    };
  }
}
