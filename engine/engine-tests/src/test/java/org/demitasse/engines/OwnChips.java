package org.demitasse.engines;

import org.demitasse.core.bus.Bus;
import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.devices.ioapic.IoApic;
import org.demitasse.devices.irq.InterruptLines;
import org.demitasse.devices.lapic.ApicBus;
import org.demitasse.devices.lapic.LocalApic;
import org.demitasse.devices.pic.PicPair;

/** The interrupt controllers of a machine with one vCPU whose engine has none: ours, wired as in every machine. */
final class OwnChips {
  static final int PINS = 24;

  private final ApicBus bus = new ApicBus();
  final LocalApic apic;
  final IoApic ioapic = new IoApic(1, PINS, bus);
  final PicPair pics =
      new PicPair(
          level -> {
            bus.externalLine().set(level);
            ioapic.setPin(0, level);
          },
          0);

  OwnChips(GuestClock clock) {
    apic = new LocalApic(0, true, clock, bus);
    bus.externalAcknowledge(pics::acknowledge);
  }

  /** Puts them on a machine's buses; its lines. */
  InterruptLines connect(Engine.Running running, Bus mmio, Bus ports) {
    apic.connect(running.signals(0));
    mmio.map("ioapic", IoApic.DEFAULT_BASE, IoApic.LENGTH, ioapic);
    ports.map("pic master", PicPair.MASTER_PORT, 2, pics.masterPorts());
    ports.map("pic slave", PicPair.SLAVE_PORT, 2, pics.slavePorts());
    ports.map("pic edge/level", PicPair.EDGE_LEVEL_PORT, 2, pics.edgeLevelPorts());
    return new InterruptLines(pics, ioapic);
  }
}
