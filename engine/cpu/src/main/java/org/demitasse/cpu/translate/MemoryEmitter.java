package org.demitasse.cpu.translate;

import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.function.IntConsumer;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.MemoryOperand;
import org.demitasse.cpu.mmu.LinearMemory;
import org.demitasse.cpu.simd.VectorCalls;

/**
 * Writes accesses to guest memory for {@link RegionEmitter}, which has said before where a fault happened. In 32-bit
 * code an operand that is not in one of the flat segments (FS, GS, CS) is checked as the interpreter does it.
 */
final class MemoryEmitter {
  private static final ClassDesc CPU = ClassDesc.of(Cpu.class.getName());
  private static final ClassDesc MEMORY = ClassDesc.of(LinearMemory.class.getName());
  private static final ClassDesc VECTORS = ClassDesc.of(VectorCalls.class.getName());
  private static final ClassDesc LONGS = ClassDesc.ofDescriptor("[J");
  private static final ClassDesc LONG = ConstantDescs.CD_long;
  private static final ClassDesc INT = ConstantDescs.CD_int;
  private static final ClassDesc VOID = ConstantDescs.CD_void;
  private static final MethodTypeDesc READ_INT = MethodTypeDesc.of(INT, LONG);
  private static final MethodTypeDesc READ_LONG = MethodTypeDesc.of(LONG, LONG);
  private static final MethodTypeDesc WRITE_LONG = MethodTypeDesc.of(VOID, LONG, LONG);
  private static final MethodTypeDesc WRITE_INT = MethodTypeDesc.of(VOID, LONG, INT);
  private static final MethodTypeDesc READ_FOR_WRITE = MethodTypeDesc.of(LONG, LONG, INT);
  private static final MethodTypeDesc CHECK = MethodTypeDesc.of(VOID, LONG, CPU);

  /** {@link Cpu#checkedLinear}. */
  private static final MethodTypeDesc CHECKED_LINEAR =
      MethodTypeDesc.of(LONG, INT, LONG, INT, ConstantDescs.CD_boolean);

  private static final int VECTOR_BYTES = 16;

  private final CodeBuilder code;
  private final boolean wide;
  private final IntConsumer register;

  /**
   * Makes it.
   *
   * @param wide true for 64-bit code, false for 32-bit code with flat segments
   * @param register pushes a guest register
   */
  MemoryEmitter(CodeBuilder code, boolean wide, IntConsumer register) {
    this.code = code;
    this.wide = wide;
    this.register = register;
  }

  /** Pushes the offset of an operand in its segment. */
  void offset(MemoryOperand operand) {
    boolean none = true;
    if (operand.base() != Cpu.ZERO) {
      register.accept(operand.base());
      none = false;
    }
    if (operand.index() != Cpu.ZERO) {
      register.accept(operand.index());
      if (operand.scale() != 0) {
        code.loadConstant(operand.scale()).lshl();
      }
      if (!none) {
        code.ladd();
      }
      none = false;
    }
    if (none || operand.displacement() != 0) {
      code.loadConstant(operand.displacement());
      if (!none) {
        code.ladd();
      }
    }
    if (operand.mask() != -1L) {
      code.loadConstant(operand.mask()).land();
    }
  }

  private void linear(MemoryOperand operand, int size, boolean write) {
    if (operand.isChecked()) {
      code.aload(RegionEmitter.CPU_SLOT).loadConstant(operand.segment());
      offset(operand);
      code.loadConstant(size).loadConstant(write ? 1 : 0).invokevirtual(CPU, "checkedLinear", CHECKED_LINEAR);
      return;
    }
    offset(operand);
    if (wide && operand.segment() != Cpu.NO_SEGMENT) {
      code.aload(RegionEmitter.CPU_SLOT).getfield(CPU, "segmentBase", LONGS);
      code.loadConstant(operand.segment()).laload().ladd();
    }
  }

  /** Pushes the value at an operand, zero-extended. */
  void load(MemoryOperand operand, int size) {
    code.aload(RegionEmitter.MEMORY_SLOT);
    linear(operand, size, false);
    switch (size) {
      case 1 -> code.invokevirtual(MEMORY, "read8", READ_INT).i2l();
      case 2 -> code.invokevirtual(MEMORY, "read16", READ_INT).i2l();
      case 4 -> code.invokevirtual(MEMORY, "read32", READ_INT).i2l().loadConstant(0xffff_ffffL).land();
      default -> code.invokevirtual(MEMORY, "read64", READ_LONG);
    }
  }

  /** Pushes what {@link #storeEnd} needs. */
  void storeBegin(MemoryOperand operand, int size) {
    code.aload(RegionEmitter.MEMORY_SLOT);
    linear(operand, size, true);
  }

  /** Pops the value and writes it. */
  void storeEnd(int size) {
    if (size == 8) {
      code.invokevirtual(MEMORY, "write64", WRITE_LONG);
      return;
    }
    code.l2i();
    String name = size == 4 ? "write32" : size == 2 ? "write16" : "write8";
    code.invokevirtual(MEMORY, name, WRITE_INT);
  }

  /** Pushes the value at an operand that {@link #storeBack} will write. */
  void loadForWrite(MemoryOperand operand, int size) {
    code.aload(RegionEmitter.MEMORY_SLOT);
    linear(operand, size, true);
    code.dup2().lstore(RegionEmitter.TARGET_SLOT);
    code.loadConstant(size);
    code.invokevirtual(MEMORY, "readForWrite", READ_FOR_WRITE);
  }

  /** Pops the value and writes it where it came from. */
  void storeBack(int size) {
    code.lstore(RegionEmitter.VALUE_SLOT);
    code.aload(RegionEmitter.MEMORY_SLOT).lload(RegionEmitter.TARGET_SLOT).lload(RegionEmitter.VALUE_SLOT);
    storeEnd(size);
  }

  /** Sets where {@link #half} and {@link #storeHalf} are, and raises what an access to all 16 bytes raises. */
  void vector(MemoryOperand operand, boolean aligned, boolean write) {
    linear(operand, VECTOR_BYTES, write);
    String check = aligned ? "requireAligned" : write ? "probeWrite" : "probeRead";
    code.dup2().lstore(RegionEmitter.TARGET_SLOT).aload(RegionEmitter.CPU_SLOT).invokestatic(VECTORS, check, CHECK);
  }

  /** Pushes 8 bytes of the vector, from its byte 0 or 8. */
  void half(int from) {
    halfAddress(from);
    code.invokevirtual(MEMORY, "read64", READ_LONG);
  }

  /** Writes 8 bytes of the vector, from its byte 0 or 8. */
  void storeHalf(int from, Runnable value) {
    halfAddress(from);
    value.run();
    code.invokevirtual(MEMORY, "write64", WRITE_LONG);
  }

  private void halfAddress(int from) {
    code.aload(RegionEmitter.MEMORY_SLOT).lload(RegionEmitter.TARGET_SLOT);
    if (from != 0) {
      code.loadConstant((long) from).ladd();
    }
  }
}
