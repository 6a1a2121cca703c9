package org.demitasse.boot.protocol;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.demitasse.boot.BootException;
import org.demitasse.boot.Layout;
import org.demitasse.boot.MemoryMap;
import org.demitasse.boot.MemoryRange;
import org.demitasse.boot.Placement;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.VcpuState;

/** Multiboot 1: EBX points at a multiboot information structure (Multiboot Specification 0.6.96, 3.2 and 3.3). */
public final class MultibootProtocol {
  private static final int BOOTLOADER_MAGIC = 0x2badb002;
  private static final int HAS_MEMORY = 1;
  private static final int HAS_CMDLINE = 1 << 2;
  private static final int HAS_MODULES = 1 << 3;
  private static final int HAS_MEMORY_MAP = 1 << 6;
  private static final int HAS_LOADER_NAME = 1 << 9;
  private static final int MODULE_LIST = 0x80;
  private static final int LOADER_NAME = 0xa0;
  private static final int MEMORY_MAP = 0x100;

  private MultibootProtocol() {}

  /** Writes the information structure and makes the state that enters the kernel. */
  public static VcpuState prepare(Handover handover) throws BootException {
    Placement placement = handover.placement();
    GuestMemory memory = placement.memory();
    long info = placement.place("the multiboot information", Layout.START_INFO, 4096);
    long cmdline = placement.place("the command line", Layout.CMDLINE, handover.cmdline().length);
    memory.writeBytes(cmdline, handover.cmdline());
    memory.writeInt(info, HAS_MEMORY | HAS_CMDLINE | HAS_MODULES | HAS_MEMORY_MAP | HAS_LOADER_NAME);
    long low = memory.regions().getFirst().end();
    memory.writeInt(info + 4, (int) (Math.min(low, Layout.EBDA) >>> 10));
    memory.writeInt(info + 8, (int) (Math.max(0, low - Layout.HIGH_MEMORY) >>> 10));
    memory.writeInt(info + 16, (int) cmdline);
    writeModules(handover, info, cmdline);
    writeMemoryMap(memory, info);
    memory.writeInt(info + 64, (int) info + LOADER_NAME);
    memory.writeBytes(info + LOADER_NAME, "Demitasse\0".getBytes(StandardCharsets.US_ASCII));
    long[] gpr = new long[16];
    gpr[EntryState.RAX] = BOOTLOADER_MAGIC;
    gpr[EntryState.RBX] = info;
    return EntryState.protectedMode(placement, handover.kernel().entry(), gpr);
  }

  private static void writeModules(Handover handover, long info, long cmdline) {
    if (handover.initrd().isEmpty()) {
      return;
    }
    GuestMemory memory = handover.placement().memory();
    MemoryRange initrd = handover.initrd().get();
    memory.writeInt(info + 20, 1);
    memory.writeInt(info + 24, (int) info + MODULE_LIST);
    memory.writeInt(info + MODULE_LIST, (int) initrd.start());
    memory.writeInt(info + MODULE_LIST + 4, (int) initrd.end());
    long emptyString = cmdline + handover.cmdline().length - 1;
    memory.writeInt(info + MODULE_LIST + 8, (int) emptyString);
  }

  private static void writeMemoryMap(GuestMemory memory, long info) {
    List<MemoryMap.Entry> map = MemoryMap.of(memory);
    memory.writeInt(info + 44, map.size() * 24);
    memory.writeInt(info + 48, (int) info + MEMORY_MAP);
    long at = info + MEMORY_MAP;
    for (MemoryMap.Entry entry : map) {
      memory.writeInt(at, 20); // the entry's size without this field
      memory.writeLong(at + 4, entry.start());
      memory.writeLong(at + 12, entry.bytes());
      memory.writeInt(at + 20, entry.type());
      at += 24;
    }
  }
}
