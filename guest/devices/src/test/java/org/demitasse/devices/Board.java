package org.demitasse.devices;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.core.bus.Bus;
import org.demitasse.devices.i8042.KeyboardController;
import org.demitasse.devices.ioapic.IoApic;
import org.demitasse.devices.irq.InterruptLines;
import org.demitasse.devices.lapic.ApicBus;
import org.demitasse.devices.lapic.LocalApic;
import org.demitasse.devices.pic.PicPair;
import org.demitasse.devices.pit.IntervalTimer;
import org.demitasse.devices.pit.SystemControlPortB;
import org.demitasse.devices.power.AcpiPorts;
import org.demitasse.devices.power.AcpiPower;
import org.demitasse.devices.power.DebugExit;
import org.demitasse.devices.power.PostCode;
import org.demitasse.devices.power.ResetControl;
import org.demitasse.devices.power.SystemControlPortA;
import org.demitasse.devices.rtc.RealTimeClock;
import org.demitasse.devices.serial.SerialInput;
import org.demitasse.devices.serial.SerialPort;

/** All devices wired as a machine wires them: the tests' drivers use it by ports and addresses only. */
public final class Board {
  /** Sunday 2026-11-22 15:30:45 UTC. */
  public static final long WALL_SECONDS = 1_795_361_445L;

  public final HandClock clock = new HandClock(WALL_SECONDS * 1_000_000_000L);
  public final Bus ports = new Bus("port");
  public final Bus mmio = new Bus("memory");
  public final RecordedPower power = new RecordedPower();
  public final StringBuilder printed = new StringBuilder();
  public final List<LocalApic> apics = new ArrayList<>();
  public final List<RecordedVcpu> vcpus = new ArrayList<>();
  public final ApicBus apicBus = new ApicBus();
  public final IoApic ioapic = new IoApic(0, 32, apicBus);
  public final PicPair pic;
  public final InterruptLines lines;
  public final SerialPort serial;
  public final SerialInput input;
  public final IntervalTimer timer;
  public final SystemControlPortB portB;
  public final RealTimeClock rtc;
  public final AcpiPower acpi;
  public final KeyboardController keyboard;
  public final ResetControl resetControl = new ResetControl(power);
  public final SystemControlPortA portA = new SystemControlPortA(power);
  public final PostCode postCode = new PostCode();

  public Board(int cpus) {
    pic = new PicPair(this::setPicOutput, 0);
    lines = new InterruptLines(pic, ioapic);
    apicBus.externalAcknowledge(pic::acknowledge);
    for (int i = 0; i < cpus; i++) {
      apics.add(new LocalApic(i, i == 0, clock, apicBus));
      vcpus.add(new RecordedVcpu());
      apics.get(i).connect(vcpus.get(i));
    }
    timer = new IntervalTimer(clock, lines.connect(InterruptLines.TIMER_IRQ));
    portB = new SystemControlPortB(timer, clock);
    keyboard = new KeyboardController(lines.connect(1), power);
    serial = new SerialPort(lines.connect(4), value -> printed.append((char) value));
    input = new SerialInput(serial);
    rtc = new RealTimeClock(clock, lines.connect(8), 0xC000_0000L, 0x8000_0000L);
    acpi = new AcpiPower(clock, lines.connect(AcpiPorts.SCI_GSI), power);
    map();
  }

  private void setPicOutput(boolean level) {
    apicBus.externalLine().set(level);
    ioapic.setPin(0, level);
  }

  private void map() {
    ports.map("pic", PicPair.MASTER_PORT, 2, pic.masterPorts());
    ports.map("pic", PicPair.SLAVE_PORT, 2, pic.slavePorts());
    ports.map("pic", PicPair.EDGE_LEVEL_PORT, 2, pic.edgeLevelPorts());
    ports.map("pit", IntervalTimer.PORT, IntervalTimer.PORTS, timer);
    ports.map("i8042", KeyboardController.DATA_PORT, 1, keyboard.dataPort());
    ports.map("port B", SystemControlPortB.PORT, 1, portB);
    ports.map("i8042", KeyboardController.COMMAND_PORT, 1, keyboard.commandPort());
    ports.map("rtc", RealTimeClock.PORT, RealTimeClock.PORTS, rtc);
    ports.map("post", PostCode.PORT, 1, postCode);
    ports.map("port A", SystemControlPortA.PORT, 1, portA);
    ports.map("exit", DebugExit.PORT, DebugExit.PORTS, new DebugExit(power));
    ports.map("serial", 0x3f8, SerialPort.PORTS, serial);
    ports.map("acpi", AcpiPorts.BASE, AcpiPorts.LENGTH, acpi);
    ports.map("reset", ResetControl.PORT, ResetControl.PORTS, resetControl);
    mmio.map("ioapic", IoApic.DEFAULT_BASE, IoApic.LENGTH, ioapic);
  }

  public int in(int port) {
    return (int) ports.read(port, 1) & 0xff;
  }

  public void out(int port, int value) {
    ports.write(port, 1, value);
  }

  public LocalApic apic() {
    return apics.getFirst();
  }

  /** Enables a local APIC as every kernel does: spurious vector 0xff, software enable. */
  public void enableApic(int cpu) {
    apics.get(cpu).write(0xf0, 0x1ff);
  }

  public long readIoApic(int register) {
    mmio.write(IoApic.DEFAULT_BASE, 4, register);
    return mmio.read(IoApic.DEFAULT_BASE + 0x10, 4);
  }

  public void writeIoApic(int register, long value) {
    mmio.write(IoApic.DEFAULT_BASE, 4, register);
    mmio.write(IoApic.DEFAULT_BASE + 0x10, 4, value);
  }

  /** Programs a pin of the I/O APIC: high half first, as kernels do. */
  public void route(int pin, long low, int destination) {
    writeIoApic(0x11 + 2 * pin, (long) destination << 24);
    writeIoApic(0x10 + 2 * pin, low);
  }

  /** The usual set-up of both 8259s: vectors from a base, edge-triggered, cascaded; then their masks. */
  public void initializePics(int vectorBase, int masterMask, int slaveMask) {
    out(0x20, 0x11);
    out(0x21, vectorBase);
    out(0x21, 0x04);
    out(0x21, 0x01);
    out(0xa0, 0x11);
    out(0xa1, vectorBase + 8);
    out(0xa1, 0x02);
    out(0xa1, 0x01);
    out(0x21, masterMask);
    out(0xa1, slaveMask);
  }
}
