package org.demitasse.boot.loader;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.demitasse.boot.BootException;
import org.demitasse.boot.BootProtocol;
import org.demitasse.boot.Layout;
import org.demitasse.boot.Placement;
import org.demitasse.elf.ElfFile;
import org.demitasse.elf.ElfFormatException;
import org.demitasse.elf.Linkage;
import org.demitasse.elf.Symbols;
import org.jspecify.annotations.Nullable;

/**
 * A bzImage: protected-mode code that Linux's boot protocols enter, and usually a compressed vmlinux in it, which is
 * unpacked here, on the host, when the kernel can be entered by PVH, or else is one of 32 bits: those take from their
 * unpacker what they take from a boot loader.
 */
public final class BzImage implements KernelImage {
  private final String name;
  private final KernelFile file;
  private final SetupHeader header;
  private final Optional<Compression> compression;
  private final @Nullable PackedVmlinux packed; // most kernels: no need to unpack them before there is guest memory
  private @Nullable ElfKernel
      vmlinux; // other kernels; given up once it is loaded: it is several times the size of the file
  private final @Nullable BootProtocol direct; // by which the vmlinux is entered; null if its own unpacker has to run
  private Linkage linkage = Linkage.NONE; // of what was unpacked last

  private BzImage(String name, KernelFile file, SetupHeader header, Optional<Compression> compression)
      throws BootException {
    this.name = name;
    this.file = file;
    this.header = header;
    this.compression = compression;
    packed = compression.orElse(null) == Compression.LZ4 ? PackedVmlinux.find(stream(), unpackedBytes()) : null;
    vmlinux = packed == null ? unpack() : null;
    direct = packed != null ? BootProtocol.PVH : vmlinux == null ? null : wayInto(vmlinux);
  }

  static BzImage parse(String name, KernelFile kernelFile) throws BootException {
    ByteBuffer file = kernelFile.bytes();
    SetupHeader header = SetupHeader.of(file);
    long codeEnd = header.protectedModeOffset() + header.protectedModeBytes();
    if (codeEnd - 15 > file.limit()) { // it is told in units of 16 bytes
      throw new BootException(
          "%s is truncated: its header promises %d bytes and the file has %d".formatted(name, codeEnd, file.limit()));
    }
    if (!header.loadedHigh() || header.version() < 0x202) {
      throw new BootException("%s is a zImage or older than boot protocol 2.02, which needs a BIOS".formatted(name));
    }
    if (!header.relocatable() && header.code32Start() < Layout.HIGH_MEMORY) {
      throw new BootException(
          "%s starts in real mode and needs a BIOS: its header has no 32-bit entry (code32_start is 0x%x)"
              .formatted(name, header.code32Start()));
    }
    long payloadEnd = header.payloadOffset() + header.payloadBytes();
    if (header.protectedModeOffset() + payloadEnd > file.limit()) {
      throw new BootException("%s is damaged: its payload ends at 0x%x, outside the image".formatted(name, payloadEnd));
    }
    Optional<Compression> compression = Compression.of(payload(file, header));
    if (compression.isPresent() && !compression.get().hasChecksum() && !ImageChecksum.isGood(file, header)) {
      throw new BootException("the kernel %s is damaged: its checksum is wrong".formatted(name));
    }
    return new BzImage(name, kernelFile, header, compression);
  }

  private static ByteBuffer payload(ByteBuffer file, SetupHeader header) {
    return file.slice(header.protectedModeOffset() + (int) header.payloadOffset(), (int) header.payloadBytes());
  }

  private static @Nullable BootProtocol wayInto(ElfKernel kernel) {
    for (BootProtocol way : List.of(BootProtocol.PVH, BootProtocol.LINUX32)) {
      if (kernel.protocols().contains(way)) {
        return way;
      }
    }
    return null;
  }

  /** The vmlinux in the payload; null if it is one whose own unpacker has to run. */
  private @Nullable ElfKernel unpack() throws BootException {
    if (compression.isEmpty()) {
      return null;
    }
    KernelFile elf = KernelFile.inMemory(payload());
    try {
      ElfKernel kernel = ElfKernel.parse(name, elf);
      linkage = kernel.linkage();
      return wayInto(kernel) == null ? null : kernel;
    } catch (BootException e) {
      return null;
    }
  }

  /** What the payload unpacks to. */
  private ByteBuffer payload() throws BootException {
    return compression.orElseThrow().unpack(name, stream(), unpackedBytes());
  }

  /**
   * The compressed stream. Behind it are four bytes with the unpacked size: gzip has that itself, behind the others the
   * kernel's build appends it.
   */
  private ByteBuffer stream() throws BootException {
    ByteBuffer payload = payload(file.bytes(), header);
    if (payload.limit() < 8) {
      throw new BootException("%s is damaged: its payload has %d bytes".formatted(name, payload.limit()));
    }
    return compression.orElseThrow() == Compression.GZIP ? payload : payload.slice(0, payload.limit() - 4);
  }

  private long unpackedBytes() throws BootException {
    ByteBuffer payload = payload(file.bytes(), header).order(ByteOrder.LITTLE_ENDIAN);
    return payload.getInt(payload.limit() - 4) & 0xffff_ffffL;
  }

  /** The vmlinux of an image that has one to enter, unpacked again if it has been given up. */
  private ElfKernel vmlinux() throws BootException {
    ElfKernel unpacked = vmlinux == null ? unpack() : vmlinux;
    if (unpacked == null) {
      throw new IllegalStateException(name + " has no vmlinux that can be entered");
    }
    return unpacked;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String format() {
    return compression.map(method -> "bzImage (" + method.word() + ")").orElse("bzImage");
  }

  @Override
  public GuestSystem system() {
    return header.kernelVersion().startsWith("Memtest") ? GuestSystem.OTHER : GuestSystem.LINUX;
  }

  @Override
  public List<BootProtocol> protocols() {
    List<BootProtocol> protocols = new ArrayList<>();
    if (direct == BootProtocol.PVH) {
      protocols.add(BootProtocol.PVH);
    }
    if (header.has64BitEntry()) {
      protocols.add(BootProtocol.LINUX64);
    }
    protocols.add(BootProtocol.LINUX32);
    return protocols;
  }

  @Override
  public boolean unpacksItself(BootProtocol protocol) {
    return protocol != direct;
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
    LoadedKernel loaded = protocol == direct ? loadUnpacked(protocol, placement) : loadPacked(protocol, placement);
    vmlinux = null;
    file.giveUp();
    return loaded;
  }

  private LoadedKernel loadUnpacked(BootProtocol protocol, Placement placement) throws BootException {
    if (packed != null) {
      return packed.load(this, stream(), placement);
    }
    LoadedKernel loaded = vmlinux().load(protocol, placement);
    return new LoadedKernel(this, protocol, loaded.entry(), loaded.start(), loaded.end(), loaded.notes());
  }

  private LoadedKernel loadPacked(BootProtocol protocol, Placement placement) throws BootException {
    ByteBuffer all = file.bytes();
    long start = header.relocatable() ? header.preferredAddress() : header.code32Start();
    long bytes = Math.min(header.protectedModeBytes(), all.limit() - header.protectedModeOffset());
    long needed = Math.max(bytes, header.initBytes());
    placement.claim(name, start, needed);
    MemorySegment code = MemorySegment.ofBuffer(all.slice(header.protectedModeOffset(), (int) bytes));
    MemorySegment.copy(code, 0, placement.memory().sliceForWrite(start, bytes), 0, bytes);
    long entry = protocol == BootProtocol.LINUX64 ? start + 0x200 : start;
    return new LoadedKernel(this, protocol, entry, start, start + needed, List.of());
  }

  @Override
  public Symbols symbols() {
    try {
      if (direct != null) {
        return vmlinux().symbols();
      }
      return compression.isEmpty() ? Symbols.NONE : ElfKernel.symbols(ElfFile.parse(payload()), true);
    } catch (ElfFormatException notElf) {
      return Symbols.NONE;
    } catch (BootException gone) {
      return Symbols.NONE;
    }
  }

  @Override
  public Linkage linkage() {
    return linkage;
  }
}
