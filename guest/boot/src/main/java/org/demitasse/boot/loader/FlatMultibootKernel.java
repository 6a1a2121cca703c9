package org.demitasse.boot.loader;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import org.demitasse.boot.BootException;
import org.demitasse.boot.BootProtocol;
import org.demitasse.boot.Placement;
import org.demitasse.elf.Symbols;

/** A multiboot kernel that is not ELF: its header says where the file goes (Multiboot Specification 0.6.96, 3.1.3). */
public final class FlatMultibootKernel implements KernelImage {
  private static final int CMDLINE_LIMIT = 2047;

  private final String name;
  private final KernelFile file;
  private final MultibootHeader header;

  FlatMultibootKernel(String name, KernelFile file, MultibootHeader header) {
    this.name = name;
    this.file = file;
    this.header = header;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String format() {
    return "multiboot image";
  }

  @Override
  public GuestSystem system() {
    return GuestSystem.OTHER;
  }

  @Override
  public List<BootProtocol> protocols() {
    return List.of(BootProtocol.MULTIBOOT);
  }

  @Override
  public int cmdlineLimit(BootProtocol protocol) {
    return CMDLINE_LIMIT;
  }

  @Override
  public LoadedKernel load(BootProtocol protocol, Placement placement) throws BootException {
    ByteBuffer all = file.bytes();
    long start = header.loadAddress();
    long from = header.offset() - (header.headerAddress() - start);
    long bytes = header.loadEnd() == 0 ? all.limit() - from : header.loadEnd() - start;
    if (from < 0 || bytes <= 0 || from + bytes > all.limit()) {
      throw new BootException(
          "%s is truncated or damaged: its multiboot header wants 0x%x bytes from 0x%x of a file of 0x%x"
              .formatted(name, bytes, from, all.limit()));
    }
    long end = Math.max(start + bytes, header.bssEnd());
    if (header.entry() < start || header.entry() >= end) {
      throw new BootException("%s has its entry at 0x%x, outside what it loads".formatted(name, header.entry()));
    }
    placement.claim(name, start, end - start);
    MemorySegment source = MemorySegment.ofBuffer(all.slice((int) from, (int) bytes));
    MemorySegment.copy(source, 0, placement.memory().sliceForWrite(start, bytes), 0, bytes);
    file.giveUp();
    return new LoadedKernel(this, protocol, header.entry(), start, end, List.of());
  }

  @Override
  public Symbols symbols() {
    return Symbols.NONE;
  }
}
