package org.demitasse.boot.protocol;

import java.util.List;
import org.demitasse.boot.BootException;
import org.demitasse.boot.Layout;
import org.demitasse.boot.MemoryMap;
import org.demitasse.boot.MemoryRange;
import org.demitasse.boot.Placement;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.VcpuState;

/**
 * Xen's PVH: EBX points at a start_info version 1 (xen/include/public/arch-x86/hvm/start_info.h, docs/misc/pvh.pandoc).
 *
 * <p>NetBSD zeroes its BSS first and then copies start_info, memory map and command line into one page behind it, so
 * all three are small, together, and far from the kernel.
 */
public final class PvhProtocol {
  /** How long a command line may be, so that it, the longest memory map and start_info fit in a page. */
  public static final int CMDLINE_LIMIT = 2047;

  private static final int MAGIC = 0x336ec578;
  private static final int MODULE_LIST = 0x40;
  private static final int MEMORY_MAP = 0x60;

  private PvhProtocol() {}

  /** Writes the start_info and makes the state that enters the kernel. */
  public static VcpuState prepare(Handover handover) throws BootException {
    Placement placement = handover.placement();
    GuestMemory memory = placement.memory();
    long info = placement.place("start_info", Layout.START_INFO, 4096);
    long cmdline = placement.place("the command line", Layout.CMDLINE, handover.cmdline().length);
    memory.writeBytes(cmdline, handover.cmdline());
    memory.writeInt(info, MAGIC);
    memory.writeInt(info + 4, 1);
    if (handover.initrd().isPresent()) {
      MemoryRange initrd = handover.initrd().get();
      memory.writeInt(info + 12, 1);
      memory.writeLong(info + 16, info + MODULE_LIST);
      memory.writeLong(info + MODULE_LIST, initrd.start());
      memory.writeLong(info + MODULE_LIST + 8, initrd.bytes());
    }
    memory.writeLong(info + 24, cmdline);
    memory.writeLong(info + 32, handover.rsdp());
    writeMemoryMap(memory, info);
    long[] gpr = new long[16];
    gpr[EntryState.RBX] = info;
    return EntryState.protectedMode(placement, handover.kernel().entry(), gpr);
  }

  private static void writeMemoryMap(GuestMemory memory, long info) {
    List<MemoryMap.Entry> map = MemoryMap.of(memory);
    memory.writeLong(info + 40, info + MEMORY_MAP);
    memory.writeInt(info + 48, map.size());
    long at = info + MEMORY_MAP;
    for (MemoryMap.Entry entry : map) {
      memory.writeLong(at, entry.start());
      memory.writeLong(at + 8, entry.bytes());
      memory.writeInt(at + 16, entry.type());
      at += 24;
    }
  }
}
