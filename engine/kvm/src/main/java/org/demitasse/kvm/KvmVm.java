package org.demitasse.kvm;

import static org.demitasse.kvm.abi.Requests.KVM_CREATE_IRQCHIP;
import static org.demitasse.kvm.abi.Requests.KVM_CREATE_VCPU;
import static org.demitasse.kvm.abi.Requests.KVM_GET_DIRTY_LOG;
import static org.demitasse.kvm.abi.Requests.KVM_IRQ_LINE;
import static org.demitasse.kvm.abi.Requests.KVM_SET_GSI_ROUTING;
import static org.demitasse.kvm.abi.Requests.KVM_SET_IDENTITY_MAP_ADDR;
import static org.demitasse.kvm.abi.Requests.KVM_SET_TSS_ADDR;
import static org.demitasse.kvm.abi.Requests.KVM_SET_USER_MEMORY_REGION;
import static org.demitasse.kvm.abi.Structures.KVM_DIRTY_LOG;
import static org.demitasse.kvm.abi.Structures.KVM_DIRTY_LOG__DIRTY_BITMAP;
import static org.demitasse.kvm.abi.Structures.KVM_DIRTY_LOG__SLOT;
import static org.demitasse.kvm.abi.Structures.KVM_IRQCHIP_IOAPIC;
import static org.demitasse.kvm.abi.Structures.KVM_IRQCHIP_PIC_MASTER;
import static org.demitasse.kvm.abi.Structures.KVM_IRQCHIP_PIC_SLAVE;
import static org.demitasse.kvm.abi.Structures.KVM_IRQ_LEVEL;
import static org.demitasse.kvm.abi.Structures.KVM_IRQ_LEVEL__IRQ;
import static org.demitasse.kvm.abi.Structures.KVM_IRQ_LEVEL__LEVEL;
import static org.demitasse.kvm.abi.Structures.KVM_IRQ_ROUTING;
import static org.demitasse.kvm.abi.Structures.KVM_IRQ_ROUTING_ENTRY;
import static org.demitasse.kvm.abi.Structures.KVM_IRQ_ROUTING_ENTRY__GSI;
import static org.demitasse.kvm.abi.Structures.KVM_IRQ_ROUTING_ENTRY__TYPE;
import static org.demitasse.kvm.abi.Structures.KVM_IRQ_ROUTING_ENTRY__U__IRQCHIP__IRQCHIP;
import static org.demitasse.kvm.abi.Structures.KVM_IRQ_ROUTING_ENTRY__U__IRQCHIP__PIN;
import static org.demitasse.kvm.abi.Structures.KVM_IRQ_ROUTING_IRQCHIP;
import static org.demitasse.kvm.abi.Structures.KVM_MEM_LOG_DIRTY_PAGES;
import static org.demitasse.kvm.abi.Structures.KVM_USERSPACE_MEMORY_REGION;
import static org.demitasse.kvm.abi.Structures.KVM_USERSPACE_MEMORY_REGION__FLAGS;
import static org.demitasse.kvm.abi.Structures.KVM_USERSPACE_MEMORY_REGION__GUEST_PHYS_ADDR;
import static org.demitasse.kvm.abi.Structures.KVM_USERSPACE_MEMORY_REGION__MEMORY_SIZE;
import static org.demitasse.kvm.abi.Structures.KVM_USERSPACE_MEMORY_REGION__SLOT;
import static org.demitasse.kvm.abi.Structures.KVM_USERSPACE_MEMORY_REGION__USERSPACE_ADDR;

import java.util.List;
import org.demitasse.core.memory.DirtyBitmap;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.memory.HostMemory;
import org.demitasse.core.memory.MemoryRegion;
import org.demitasse.core.vcpu.InterruptChips;
import org.demitasse.kvm.abi.LibC;

/** One machine in the kernel: its memory slots and its interrupt controllers. Under the machine's lock. */
final class KvmVm implements AutoCloseable {
  /** Pages that KVM needs for itself on old Intel CPUs: below the firmware's area, in no device's and no RAM's way. */
  private static final long IDENTITY_MAP = 0xfffb_c000L;

  private static final long TASK_STATE = 0xfffb_d000L;
  private static final int IOAPIC_PINS = 24;
  private static final int TIMER_IRQ = 0;
  private static final int TIMER_PIN = 2;

  private final LibC libc;
  private final int descriptor;
  private int asserted; // pins of the I/O APIC, as devices drive them
  private boolean logging;

  /**
   * Makes the machine with interrupt controllers and RAM, still without vCPUs.
   *
   * @throws KvmException if the kernel refuses
   */
  KvmVm(Kvm kvm, GuestMemory memory) {
    libc = kvm.device().newCalls();
    int made = -1;
    try {
      made = kvm.createVm();
      descriptor = made;
      long at = libc.cleared(8);
      HostMemory.putLong(at, IDENTITY_MAP);
      request(KVM_SET_IDENTITY_MAP_ADDR, at, "KVM_SET_IDENTITY_MAP_ADDR");
      request(KVM_SET_TSS_ADDR, TASK_STATE, "KVM_SET_TSS_ADDR");
      request(KVM_CREATE_IRQCHIP, 0, "KVM_CREATE_IRQCHIP");
      route();
      mapMemory(memory, 0);
    } catch (RuntimeException refused) {
      if (made >= 0) {
        libc.close(made);
      }
      libc.close();
      throw refused;
    }
  }

  private int request(long number, long argument, String name) {
    return KvmException.require(libc.ioctl(descriptor, number, argument), name);
  }

  /**
   * GSI n is pin n of the I/O APIC and below 16 of the 8259s; the timer's IRQ 0 is pin 2, and the cascade has no GSI.
   */
  private void route() {
    long at = libc.cleared(KVM_IRQ_ROUTING + (16 + IOAPIC_PINS) * KVM_IRQ_ROUTING_ENTRY);
    int count = 0;
    for (int gsi = 0; gsi < IOAPIC_PINS; gsi++) {
      if (gsi == TIMER_PIN) {
        continue;
      }
      long entry = at + KVM_IRQ_ROUTING + (long) count * KVM_IRQ_ROUTING_ENTRY;
      connect(entry, gsi, KVM_IRQCHIP_IOAPIC, gsi == TIMER_IRQ ? TIMER_PIN : gsi);
      count++;
      if (gsi < 16) {
        connect(entry + KVM_IRQ_ROUTING_ENTRY, gsi, gsi < 8 ? KVM_IRQCHIP_PIC_MASTER : KVM_IRQCHIP_PIC_SLAVE, gsi & 7);
        count++;
      }
    }
    HostMemory.putInt(at, count);
    request(KVM_SET_GSI_ROUTING, at, "KVM_SET_GSI_ROUTING");
  }

  private static void connect(long entry, int gsi, int chip, int pin) {
    HostMemory.putInt(entry + KVM_IRQ_ROUTING_ENTRY__GSI, gsi);
    HostMemory.putInt(entry + KVM_IRQ_ROUTING_ENTRY__TYPE, KVM_IRQ_ROUTING_IRQCHIP);
    HostMemory.putInt(entry + KVM_IRQ_ROUTING_ENTRY__U__IRQCHIP__IRQCHIP, chip);
    HostMemory.putInt(entry + KVM_IRQ_ROUTING_ENTRY__U__IRQCHIP__PIN, pin);
  }

  private void mapMemory(GuestMemory memory, int flags) {
    int slot = 0;
    for (MemoryRegion region : memory.regions()) {
      long at = libc.cleared(KVM_USERSPACE_MEMORY_REGION);
      HostMemory.putInt(at + KVM_USERSPACE_MEMORY_REGION__SLOT, slot++);
      HostMemory.putInt(at + KVM_USERSPACE_MEMORY_REGION__FLAGS, flags);
      HostMemory.putLong(at + KVM_USERSPACE_MEMORY_REGION__GUEST_PHYS_ADDR, region.start());
      HostMemory.putLong(at + KVM_USERSPACE_MEMORY_REGION__MEMORY_SIZE, region.bytes());
      HostMemory.putLong(at + KVM_USERSPACE_MEMORY_REGION__USERSPACE_ADDR, region.hostAddress());
      int result = libc.ioctl(descriptor, KVM_SET_USER_MEMORY_REGION, at);
      if (result < 0) {
        throw new KvmException(
            "KVM cannot map the guest's memory [0x%x, 0x%x): %s"
                .formatted(region.start(), region.end(), org.demitasse.kvm.abi.Errno.meaning(-result)));
      }
    }
  }

  /** Makes a vCPU; its descriptor. */
  int createVcpu(int index) {
    return request(KVM_CREATE_VCPU, index, "KVM_CREATE_VCPU for vCPU " + index);
  }

  /** Drives an interrupt input. */
  void setIrqLine(int gsi, boolean level) {
    long at = libc.cleared(KVM_IRQ_LEVEL);
    HostMemory.putInt(at + KVM_IRQ_LEVEL__IRQ, gsi);
    HostMemory.putInt(at + KVM_IRQ_LEVEL__LEVEL, level ? 1 : 0);
    request(KVM_IRQ_LINE, at, "KVM_IRQ_LINE");
    int pin = 1 << (gsi == TIMER_IRQ ? TIMER_PIN : gsi);
    asserted = level ? asserted | pin : asserted & ~pin;
  }

  /** The state of the I/O APIC and the 8259s. */
  InterruptChips saveChips() {
    return new KernelChips(libc, descriptor).save(asserted);
  }

  /** Sets the state of the I/O APIC and the 8259s. */
  void restoreChips(InterruptChips chips) {
    new KernelChips(libc, descriptor).restore(chips);
    asserted = chips.ioapic().asserted();
  }

  /** Starts or stops recording which pages the guest writes. */
  void logDirtyPages(GuestMemory memory, boolean on) {
    mapMemory(memory, on ? KVM_MEM_LOG_DIRTY_PAGES : 0);
    logging = on;
  }

  /**
   * Adds the pages that the guest has written since the last call to the memory's bitmap. Does nothing when not
   * logging.
   */
  void collectDirtyPages(GuestMemory memory) {
    int slot = 0;
    List<MemoryRegion> regions = logging ? memory.regions() : List.of();
    for (MemoryRegion region : regions) {
      long pages = region.bytes() >>> DirtyBitmap.PAGE_SHIFT;
      HostMemory.Block bitmap = HostMemory.allocate((pages + 63) / 64 * 8);
      try {
        long at = libc.cleared(KVM_DIRTY_LOG);
        HostMemory.putInt(at + KVM_DIRTY_LOG__SLOT, slot++);
        HostMemory.putLong(at + KVM_DIRTY_LOG__DIRTY_BITMAP, bitmap.address());
        request(KVM_GET_DIRTY_LOG, at, "KVM_GET_DIRTY_LOG");
        mark(memory, memory.pageIndex(region.start()), bitmap.address(), pages);
      } finally {
        HostMemory.free(bitmap);
      }
    }
  }

  private static void mark(GuestMemory memory, long firstPage, long bitmap, long pages) {
    for (long word = 0; word * 64 < pages; word++) {
      for (long bits = HostMemory.getLong(bitmap + word * 8); bits != 0; bits &= bits - 1) {
        memory.dirty().mark(firstPage + word * 64 + Long.numberOfTrailingZeros(bits));
      }
    }
  }

  @Override
  public void close() {
    libc.close(descriptor);
    libc.close();
  }
}
