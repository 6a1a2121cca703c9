package org.demitasse.boot.loader;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.demitasse.boot.BootException;
import org.demitasse.boot.BootProtocol;
import org.demitasse.boot.Placement;
import org.demitasse.elf.Symbols;
import org.jspecify.annotations.Nullable;

/**
 * A bzImage: protected-mode code that Linux's boot protocols enter, and usually a compressed vmlinux in it, which is
 * unpacked here, on the host, when the kernel can be entered by PVH.
 */
public final class BzImage implements KernelImage {
  private final String name;
  private final ByteBuffer file;
  private final SetupHeader header;
  private final @Nullable ElfKernel vmlinux;
  private final String payload;

  private BzImage(String name, ByteBuffer file, SetupHeader header, Optional<Compression> compression)
      throws BootException {
    this.name = name;
    this.file = file;
    this.header = header;
    payload = compression.map(Compression::word).orElse("");
    vmlinux = compression.isPresent() ? unpack(compression.get()) : null;
  }

  static BzImage parse(String name, ByteBuffer file) throws BootException {
    SetupHeader header = SetupHeader.of(file);
    long codeEnd = header.protectedModeOffset() + header.protectedModeBytes();
    if (codeEnd - 15 > file.limit()) { // it is told in units of 16 bytes
      throw new BootException(
          "%s is truncated: its header promises %d bytes and the file has %d".formatted(name, codeEnd, file.limit()));
    }
    if (!header.loadedHigh() || header.version() < 0x202) {
      throw new BootException(
          "%s is a zImage or older than boot protocol 2.02, which needs a BIOS".formatted(name));
    }
    long payloadEnd = header.payloadOffset() + header.payloadBytes();
    if (header.protectedModeOffset() + payloadEnd > file.limit()) {
      throw new BootException("%s is damaged: its payload ends at 0x%x, outside the image".formatted(name, payloadEnd));
    }
    return new BzImage(name, file, header, Compression.of(payload(file, header)));
  }

  private static ByteBuffer payload(ByteBuffer file, SetupHeader header) {
    return file.slice(header.protectedModeOffset() + (int) header.payloadOffset(), (int) header.payloadBytes());
  }

  /** The vmlinux in the payload; null if it is one that PVH cannot enter, whose own unpacker has to run then. */
  private @Nullable ElfKernel unpack(Compression compression) throws BootException {
    ByteBuffer packed = payload(file, header).order(ByteOrder.LITTLE_ENDIAN);
    if (packed.limit() < 8) {
      throw new BootException("%s is damaged: its payload has %d bytes".formatted(name, packed.limit()));
    }
    // The last four bytes are the unpacked size: gzip has that itself, behind the others the kernel's build appends it.
    int end = packed.limit() - 4;
    ByteBuffer stream = compression == Compression.GZIP ? packed : packed.slice(0, end);
    ByteBuffer elf = compression.unpack(name, stream, packed.getInt(end) & 0xffff_ffffL);
    try {
      ElfKernel kernel = ElfKernel.parse(name, elf);
      return kernel.protocols().contains(BootProtocol.PVH) ? kernel : null;
    } catch (BootException e) {
      return null;
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String format() {
    return payload.isEmpty() ? "bzImage" : "bzImage (" + payload + ")";
  }

  @Override
  public boolean isLinux() {
    return !header.kernelVersion().startsWith("Memtest");
  }

  @Override
  public List<BootProtocol> protocols() {
    List<BootProtocol> protocols = new ArrayList<>();
    if (vmlinux != null) {
      protocols.add(BootProtocol.PVH);
    }
    if (header.has64BitEntry()) {
      protocols.add(BootProtocol.LINUX64);
    }
    protocols.add(BootProtocol.LINUX32);
    return protocols;
  }

  @Override
  public int cmdlineLimit(BootProtocol protocol) {
    return header.cmdlineSize();
  }

  @Override
  public long initrdAddressMaximum() {
    return header.initrdAddressMaximum();
  }

  /** The setup header, from which the zero page is made. */
  public SetupHeader header() {
    return header;
  }

  @Override
  public LoadedKernel load(BootProtocol protocol, Placement placement) throws BootException {
    if (protocol == BootProtocol.PVH && vmlinux != null) {
      LoadedKernel loaded = vmlinux.load(protocol, placement);
      return new LoadedKernel(this, protocol, loaded.entry(), loaded.start(), loaded.end(), loaded.notes());
    }
    long start = header.relocatable() ? header.preferredAddress() : header.code32Start();
    long bytes = Math.min(header.protectedModeBytes(), file.limit() - header.protectedModeOffset());
    long needed = Math.max(bytes, header.initBytes());
    placement.claim(name, start, needed);
    MemorySegment code = MemorySegment.ofBuffer(file.slice(header.protectedModeOffset(), (int) bytes));
    MemorySegment.copy(code, 0, placement.memory().sliceForWrite(start, bytes), 0, bytes);
    long entry = protocol == BootProtocol.LINUX64 ? start + 0x200 : start;
    return new LoadedKernel(this, protocol, entry, start, start + needed, List.of());
  }

  @Override
  public Symbols symbols() {
    return vmlinux == null ? Symbols.NONE : vmlinux.symbols();
  }
}
