package org.demitasse.cpu.system;

import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;

/** Values that are pushed together on a stack that may not be the current one: all of them, or none if one faults. */
final class Frame {
  /** A call gate's 31 parameters and what surrounds them. */
  private static final int MOST = 40;

  private final long[] values = new long[MOST];
  private int count;

  /** Adds a value; the first is at the highest address. */
  Frame push(long value) {
    values[count++] = value;
    return this;
  }

  /**
   * Writes the values below a stack pointer.
   *
   * @param size bytes of each, 2, 4 or 8
   * @param cpl privilege of the writes
   * @param stackError error code of #SS when the stack has no room
   * @return the new stack pointer
   */
  long write(Cpu cpu, Segment stack, long pointer, int size, int cpl, int stackError) {
    int cplBefore = cpu.sys.cpl;
    cpu.sys.cpl = cpl;
    cpu.memory.select();
    try {
      return writeHere(cpu, new StackSpace(stack, Privilege.isLong(cpu) && isWide(stack)), pointer, size, stackError);
    } finally {
      cpu.sys.cpl = cplBefore;
      cpu.memory.select();
    }
  }

  /** A 64-bit mode stack is told by its attributes: SS null or marked so by the caller. */
  @SuppressWarnings("ReferenceEquality") // the mark is that one object, not one like it
  private static boolean isWide(Segment stack) {
    return stack == StackSpace.FLAT_64;
  }

  private long writeHere(Cpu cpu, StackSpace space, long pointer, int size, int stackError) {
    long lowest = pointer - (long) count * size & space.mask();
    for (int i = 1; i <= count; i++) {
      if (!space.holds(pointer - (long) i * size & space.mask(), size)) {
        throw cpu.raise(GuestFault.SS, stackError);
      }
    }
    try {
      probe(cpu, space, pointer, lowest, size);
      for (int i = 1; i <= count; i++) {
        cpu.memory.write(space.linear(pointer - (long) i * size & space.mask()), size, values[i - 1]);
      }
    } catch (GuestFault fault) {
      if (fault.isNonCanonical()) {
        throw cpu.raise(GuestFault.SS, stackError);
      }
      throw fault;
    }
    return lowest;
  }

  /** Within one page the first write faults or none does; otherwise look before writing. */
  private void probe(Cpu cpu, StackSpace space, long pointer, long lowest, int size) {
    if (Long.compareUnsigned(lowest, pointer) > 0) {
      for (int i = 1; i <= count; i++) {
        cpu.memory.probeWrite(space.linear(pointer - (long) i * size & space.mask()), size);
      }
      return;
    }
    long first = space.linear(lowest);
    int bytes = count * size;
    if ((first & 4095) + bytes > 4096) {
      cpu.memory.probeWrite(first, bytes);
    }
  }
}
