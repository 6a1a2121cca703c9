package org.demitasse.machine;

import java.util.List;
import org.demitasse.devices.ioapic.IoApic;
import org.demitasse.devices.lapic.LocalApic;
import org.demitasse.devices.lapic.LocalApicState;
import org.demitasse.devices.pic.PicPair;
import org.demitasse.devices.pic.PicState;
import org.demitasse.virtio.mmio.MmioTransport;
import org.demitasse.virtio.queue.Virtqueue;

/** Tells a debugger's user what only the assembly knows where to find: interrupt controllers and virtio devices. */
final class Description {
  private final StringBuilder text = new StringBuilder();

  private Description() {}

  static String interrupts(PicPair pics, IoApic ioapic, List<LocalApic> apics) {
    Description description = new Description();
    description.pic("pic master", pics.save().master());
    description.pic("pic slave", pics.save().slave());
    description.ioapic(ioapic.save());
    for (int id = 0; id < apics.size(); id++) {
      description.apic(id, apics.get(id).save());
    }
    return description.text.toString();
  }

  static String virtio(List<MmioTransport> transports) {
    Description description = new Description();
    transports.forEach(description::transport);
    return description.text.toString();
  }

  @SuppressWarnings("AnnotateFormatMethod") // that annotation would be a dependency at run time
  private void line(String format, Object... values) {
    text.append(String.format(java.util.Locale.ROOT, format, values)).append('\n');
  }

  private void pic(String name, PicState pic) {
    line(
        "%s: lines %02x irr %02x isr %02x imr %02x base %02x",
        name, pic.lines(), pic.requests(), pic.inService(), pic.mask(), pic.vectorBase());
  }

  private void ioapic(IoApic.State ioapic) {
    line("ioapic %d", ioapic.id());
    for (int pin = 0; pin < ioapic.entries().length; pin++) {
      long entry = ioapic.entries()[pin];
      if ((entry & 1 << 16) == 0) {
        line(
            "  pin %2d  vector %02x  delivery %d  %s  %s  destination %02x%s%s",
            pin,
            entry & 0xff,
            entry >>> 8 & 7,
            (entry & 1 << 15) != 0 ? "level" : "edge",
            (entry & 1 << 13) != 0 ? "active low" : "active high",
            entry >>> 56,
            (entry & 1 << 14) != 0 ? "  remote irr" : "",
            ioapic.levels()[pin] ? "  asserted" : "");
      }
    }
  }

  private void apic(int id, LocalApicState apic) {
    line(
        "local apic %d: base %x  tpr %02x  svr %03x  icr %016x  esr %02x",
        id, apic.apicBase(), apic.taskPriority(), apic.spuriousVector(), apic.interruptCommand(), apic.errorStatus());
    line("  irr%s", vectors(apic.requests()));
    line("  isr%s", vectors(apic.inService()));
    int[] lvt = apic.localVectorTable();
    line(
        "  lvt timer %05x thermal %05x performance %05x lint0 %05x lint1 %05x error %05x",
        lvt[0], lvt[1], lvt[2], lvt[3], lvt[4], lvt[5]);
    line(
        "  timer mode %d  initial count %d  next interrupt at %s ns",
        apic.timer().mode(),
        apic.timer().initialCount(),
        apic.timer().deadlineNanos() == Long.MAX_VALUE ? "-" : Long.toString(apic.timer().deadlineNanos()));
  }

  private static String vectors(long[] words) {
    StringBuilder list = new StringBuilder();
    for (int vector = 0; vector < words.length * 64; vector++) {
      if ((words[vector >> 6] >>> vector & 1) != 0) {
        list.append(String.format(java.util.Locale.ROOT, " %02x", vector));
      }
    }
    return list.isEmpty() ? " -" : list.toString();
  }

  private void transport(MmioTransport transport) {
    MmioTransport.State state = transport.save();
    line(
        "%s: device %d  status %02x  features %x  interrupt status %x",
        transport.device().name(),
        transport.device().deviceId(),
        state.status(),
        state.accepted(),
        state.interruptStatus());
    for (int i = 0; i < state.queues().size(); i++) {
      Virtqueue.State queue = state.queues().get(i);
      line(
          "  queue %d: %s  size %d  descriptors %x  available %x (next %d)  used %x (next %d)",
          i,
          queue.broken() ? "broken" : queue.ready() ? "ready" : "not ready",
          queue.size(),
          queue.descriptorTable(),
          queue.availableRing(),
          queue.nextAvailable(),
          queue.usedRing(),
          queue.nextUsed());
    }
  }
}
