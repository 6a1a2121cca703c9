package org.demitasse.boot.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.demitasse.boot.BootException;
import org.demitasse.boot.BootProtocol;
import org.demitasse.boot.Layout;
import org.demitasse.boot.MemoryMap;
import org.demitasse.boot.MemoryRange;
import org.demitasse.boot.Placement;
import org.demitasse.boot.loader.BzImage;
import org.demitasse.boot.loader.SetupHeader;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.VcpuState;

/**
 * Linux's own boot protocol, 64-bit and 32-bit: RSI points at a zero page (Linux Documentation/arch/x86/boot.rst and
 * zero-page.rst).
 */
public final class LinuxProtocol {
  private static final int ZERO_PAGE_SIZE = 4096;
  private static final int RSDP = 0x70;
  private static final int E820_ENTRIES = 0x1e8;
  private static final int TYPE_OF_LOADER = 0x210;
  private static final int CODE32_START = 0x214;
  private static final int RAMDISK_IMAGE = 0x218;
  private static final int RAMDISK_SIZE = 0x21c;
  private static final int CMD_LINE_PTR = 0x228;
  private static final int E820_TABLE = 0x2d0;
  private static final int LOADER_UNDEFINED = 0xff;

  private LinuxProtocol() {}

  /** Writes the zero page and makes the state that enters the kernel, in long mode if it was loaded for that. */
  public static VcpuState prepare(Handover handover) throws BootException {
    Placement placement = handover.placement();
    long cmdline = placement.place("the command line", Layout.CMDLINE, handover.cmdline().length);
    placement.memory().writeBytes(cmdline, handover.cmdline());
    long zeroPage = placement.place("the zero page", Layout.ZERO_PAGE, ZERO_PAGE_SIZE);
    writeZeroPage(handover, zeroPage, cmdline);
    long[] gpr = new long[16];
    gpr[EntryState.RSI] = zeroPage;
    return handover.kernel().protocol() == BootProtocol.LINUX64
        ? EntryState.longMode(placement, handover.kernel().entry(), gpr)
        : EntryState.protectedMode(placement, handover.kernel().entry(), gpr);
  }

  private static void writeZeroPage(Handover handover, long page, long cmdline) {
    GuestMemory memory = handover.placement().memory();
    memory.writeBytes(page + SetupHeader.START, header(handover));
    memory.writeLong(page + RSDP, handover.rsdp());
    memory.writeByte(page + TYPE_OF_LOADER, LOADER_UNDEFINED);
    memory.writeInt(page + CODE32_START, (int) handover.kernel().start());
    memory.writeInt(page + CMD_LINE_PTR, (int) cmdline);
    if (handover.initrd().isPresent()) {
      MemoryRange initrd = handover.initrd().get();
      memory.writeInt(page + RAMDISK_IMAGE, (int) initrd.start());
      memory.writeInt(page + RAMDISK_SIZE, (int) initrd.bytes());
    }
    List<MemoryMap.Entry> map = MemoryMap.of(memory);
    memory.writeByte(page + E820_ENTRIES, map.size());
    long at = page + E820_TABLE;
    for (MemoryMap.Entry entry : map) {
      memory.writeLong(at, entry.start());
      memory.writeLong(at + 8, entry.bytes());
      memory.writeInt(at + 16, entry.type());
      at += 20;
    }
  }

  /** The setup header of the file, or for a bare vmlinux the few fields that a kernel checks. */
  private static byte[] header(Handover handover) {
    if (handover.kernel().image() instanceof BzImage image) {
      return image.header().copy();
    }
    ByteBuffer header = ByteBuffer.allocate(0x268 - SetupHeader.START).order(ByteOrder.LITTLE_ENDIAN);
    header.putShort(0x1fe - SetupHeader.START, (short) 0xaa55);
    header.putInt(0x202 - SetupHeader.START, 0x53726448); // "HdrS"
    header.putShort(0x206 - SetupHeader.START, (short) 0x20c);
    header.put(0x211 - SetupHeader.START, (byte) 1); // LOADED_HIGH
    header.putInt(0x230 - SetupHeader.START, 0x20_0000); // kernel_alignment
    return header.array();
  }
}
