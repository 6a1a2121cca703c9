package org.demitasse.engines;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.bus.BusDevice;
import org.demitasse.core.clock.HostClock;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.DescriptorTable;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.core.vcpu.LocalApicPort;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.devices.irq.InterruptLines;
import org.jspecify.annotations.Nullable;

/** A machine of one vCPU, RAM, a port device and a memory device that remember what they were told. */
final class SmallMachine implements AutoCloseable {
  static final long MEMORY_BYTES = 0x10_0000;
  static final long CODE = 0x1000;
  static final long STACK_TOP = 0x8000;
  static final int PORT = 0x500;
  static final int STOP_PORT = 0x600;
  static final long DEVICE = 0xd000_0000L;

  private static final long LIMIT_NANOS = 40_000_000_000L;

  /** One access to a device. */
  record Access(long offset, int size, long value) {}

  final GuestMemory memory = new GuestMemory(MEMORY_BYTES);
  final HostClock clock = new HostClock();
  final List<Access> portWrites = new ArrayList<>();
  final List<Access> deviceWrites = new ArrayList<>();
  final List<Access> reads = new ArrayList<>();
  final Engine.Running running;

  /** For devices of a test's own. */
  final Bus ports = new Bus("port");

  /** The interrupt controllers, if they are ours. */
  final @Nullable OwnChips chips;

  /** Inputs of the interrupt controllers, whose ever they are. */
  final InterruptLines lines;

  SmallMachine(Engine engine) {
    this(engine, false, 0);
  }

  /**
   * Makes a machine, with interrupt controllers of ours if that is wanted, and with a TSC that fits or a wanted one.
   */
  SmallMachine(Engine engine, boolean withChips, int tscKhz) {
    chips = withChips ? new OwnChips(clock) : null;
    Bus mmio = new Bus("memory");
    LocalApicPort port = chips == null ? new QuietApic() : chips.apic;
    running = engine.create(new Engine.Wiring(memory, mmio, ports, clock, 1, index -> port).withTscKhz(tscKhz));
    lines =
        chips == null
            ? new InterruptLines(running.interruptInputs().orElse((gsi, level) -> {}), OwnChips.PINS)
            : chips.connect(running, mmio, ports);
    ports.map("recorder", PORT, 16, new Recorder(portWrites));
    ports.map("stop", STOP_PORT, 1, new Stop());
    mmio.map("recorder", DEVICE, 0x1000, new Recorder(deviceWrites));
    // No guest here takes a second: a reason that no test expects ends one that hangs.
    clock.timers().newTimer(() -> running.stop(ExitReason.INTERNAL_ERROR)).arm(clock.nanos() + LIMIT_NANOS);
  }

  private final class Recorder implements BusDevice {
    private final List<Access> writes;

    Recorder(List<Access> writes) {
      this.writes = writes;
    }

    @Override
    public long read(long offset, int size) {
      reads.add(new Access(offset, size, 0));
      return 0x8877_6655_4433_2211L + offset;
    }

    @Override
    public void write(long offset, int size, long value) {
      writes.add(new Access(offset, size, value));
    }
  }

  private final class Stop implements BusDevice {
    @Override
    public long read(long offset, int size) {
      return 0;
    }

    @Override
    public void write(long offset, int size, long value) {
      running.stop(ExitReason.SHUTDOWN);
    }
  }

  /**
   * Loads machine code in hexadecimal, blanks ignored, and enters it in flat 32-bit protected mode with these
   * registers.
   */
  void enter(String code, long... gpr) {
    memory.writeBytes(CODE, HexFormat.of().parseHex(code.replace(" ", "")));
    running.vcpus().getFirst().restore(protectedMode(gpr));
  }

  VcpuState save() {
    return running.vcpus().getFirst().save();
  }

  static VcpuState protectedMode(long... gpr) {
    long[] registers = new long[16];
    System.arraycopy(gpr, 0, registers, 0, gpr.length);
    registers[4] = STACK_TOP;
    Segment data = Segment.flat32(0x18, 0x93);
    byte[] xsave = new byte[576];
    xsave[0] = 0x7f;
    xsave[1] = 3;
    xsave[24] = (byte) 0x80;
    xsave[25] = 0x1f;
    TreeMap<Integer, Long> msrs = new TreeMap<>();
    msrs.put(0xc000_0080, 0L);
    return new VcpuState(
        registers,
        CODE,
        2,
        new Segment[] {data, Segment.flat32(0x10, 0x9b), data, data, data, data},
        Segment.NULL,
        new Segment(0x20, 0, 0x67, 0x8b),
        new DescriptorTable(0, 0),
        new DescriptorTable(0, 0),
        0x11,
        0,
        0,
        0,
        0,
        1,
        new long[] {0, 0, 0, 0, 0xffff_0ff0L, 0x400},
        xsave,
        msrs,
        VcpuState.Activity.RUNNING,
        false,
        false);
  }

  @Override
  public void close() {
    running.close();
    memory.close();
  }
}
