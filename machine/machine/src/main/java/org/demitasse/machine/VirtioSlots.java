package org.demitasse.machine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.demitasse.boot.Layout;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.devices.irq.InterruptLines;
import org.demitasse.virtio.device.VirtioDevice;
import org.demitasse.virtio.mmio.EmptySlot;
import org.demitasse.virtio.mmio.MmioTransport;

/**
 * Fills the places for virtio devices. As on QEMU's microvm machine the first device gets the highest of the eight old
 * slots and the next ones go down from there; the ninth and later ones get the slots above, going up.
 */
final class VirtioSlots {
  private static final int FIRST = 7;

  private final GuestMemory memory;
  private final Bus bus;
  private final InterruptLines lines;
  private final Executor later;
  private final Consumer<String> warnings;
  private final List<Integer> used = new ArrayList<>();
  private final List<MmioTransport> transports = new ArrayList<>();

  VirtioSlots(GuestMemory memory, Bus bus, InterruptLines lines, Executor later, Consumer<String> warnings) {
    this.memory = memory;
    this.bus = bus;
    this.lines = lines;
    this.later = later;
    this.warnings = warnings;
  }

  /** Puts a device into the next slot. */
  void plug(VirtioDevice device) {
    int slot = slotOf(used.size());
    used.add(slot);
    MmioTransport transport = new MmioTransport(memory, device, lines.connect(Layout.virtioGsi(slot)), later, warnings);
    transports.add(transport);
    bus.map(device.name(), Layout.virtioSlot(slot), MmioTransport.BYTES, transport);
  }

  private static int slotOf(int index) {
    return index <= FIRST ? FIRST - index : index;
  }

  /** Makes the slots without a device say so. */
  void closeEmpty() {
    for (int slot = 0; slot < Layout.VIRTIO_SLOTS; slot++) {
      if (!used.contains(slot)) {
        bus.map("empty virtio slots", Layout.virtioSlot(slot), MmioTransport.BYTES, new EmptySlot());
      }
    }
  }

  /** The transports, in the order of the devices. */
  List<MmioTransport> transports() {
    return Collections.unmodifiableList(transports);
  }

  /** The slots in use, in the order of the devices. */
  List<Integer> used() {
    return Collections.unmodifiableList(used);
  }
}
