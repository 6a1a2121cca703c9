package org.demitasse.devices.testdevice;

import java.util.List;
import org.demitasse.core.bus.BusDevice;
import org.demitasse.core.bus.IrqLine;

/**
 * What kernels that test a machine want of it beside a way to end: a register to write and read back in every size,
 * interrupt lines that the guest drives itself, and device memory that holds what was written. All is where QEMU's
 * "pc-testdev" has it.
 */
public final class TestDevice {
  /** First port of the scratch register, which is at 0xe0 and again at 0xe8. */
  public static final int SCRATCH_PORT = 0xe0;

  /** How many ports from {@link #SCRATCH_PORT} on. */
  public static final int SCRATCH_PORTS = 12;

  /** Port of the first interrupt line; line n is n ports further. */
  public static final int LINES_PORT = 0x2000;

  /** Where the device memory is. */
  public static final long MEMORY = 0xff00_0000L;

  /** Bytes of device memory. */
  public static final int MEMORY_BYTES = 0x1_0000;

  private static final int REGISTER_BYTES = 4;

  private final List<IrqLine> lines;
  private final byte[] memory = new byte[MEMORY_BYTES];
  private int scratch;

  /** Makes a device with interrupt lines 0, 1, ... */
  public TestDevice(List<IrqLine> lines) {
    this.lines = List.copyOf(lines);
  }

  /** The scratch register at offsets 0-3 and 8-11; writes in between (to flush a page elsewhere) do nothing. */
  public BusDevice scratchPorts() {
    return new BusDevice() {
      @Override
      public long read(long offset, int size) {
        return isScratch(offset) ? (scratch & 0xffff_ffffL) >>> shift(offset) : 0;
      }

      @Override
      public void write(long offset, int size, long value) {
        if (isScratch(offset)) {
          long mask = (size >= REGISTER_BYTES ? 0xffff_ffffL : (1L << size * 8) - 1) << shift(offset);
          scratch = (int) (scratch & ~mask | value << shift(offset) & mask);
        }
      }
    };
  }

  private static boolean isScratch(long offset) {
    return (offset & REGISTER_BYTES) == 0;
  }

  private static int shift(long offset) {
    return (int) (offset & REGISTER_BYTES - 1) * 8;
  }

  /** How many interrupt lines, and so ports, there are. */
  public int linePorts() {
    return lines.size();
  }

  /** Writes of other than 0 assert the line of that offset, 0 takes that back. */
  public BusDevice lines() {
    return new BusDevice() {
      @Override
      public long read(long offset, int size) {
        return 0;
      }

      @Override
      public void write(long offset, int size, long value) {
        lines.get((int) offset).set((value & 0xff) != 0);
      }
    };
  }

  /** The device memory. */
  public BusDevice memory() {
    return new BusDevice() {
      @Override
      public long read(long offset, int size) {
        long value = 0;
        for (int n = 0; n < size; n++) {
          value |= (memory[place(offset + n)] & 0xffL) << n * 8;
        }
        return value;
      }

      @Override
      public void write(long offset, int size, long value) {
        for (int n = 0; n < size; n++) {
          memory[place(offset + n)] = (byte) (value >>> n * 8);
        }
      }
    };
  }

  private static int place(long offset) {
    return (int) offset & MEMORY_BYTES - 1;
  }

  /** Takes a copy of the state; the lines are their owner's. */
  public State save() {
    return new State(scratch, memory.clone());
  }

  /** Sets the state. */
  public void restore(State state) {
    scratch = state.scratch;
    System.arraycopy(state.memory, 0, memory, 0, MEMORY_BYTES);
  }

  /**
   * Register and memory.
   *
   * @param scratch the scratch register
   * @param memory the device memory
   */
  public record State(int scratch, byte[] memory) {}
}
