package org.demitasse.boot.loader;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.demitasse.boot.BootException;
import org.demitasse.boot.BootProtocol;
import org.demitasse.boot.Placement;
import org.demitasse.elf.CarriedSymbols;
import org.demitasse.elf.ElfFile;
import org.demitasse.elf.ElfFormatException;
import org.demitasse.elf.ElfMachine;
import org.demitasse.elf.ElfNote;
import org.demitasse.elf.ElfSegment;
import org.demitasse.elf.Linkage;
import org.demitasse.elf.Symbols;
import org.jspecify.annotations.Nullable;

/** An uncompressed kernel: an ELF executable, entered by its PVH note, its multiboot header or as a Linux vmlinux. */
public final class ElfKernel implements KernelImage {
  private static final int XEN_ELFNOTE_GUEST_OS = 6;
  private static final int XEN_ELFNOTE_PHYS32_ENTRY = 18;

  private final String name;
  private final KernelFile file;
  private final boolean is64;
  private final List<ElfNote> notes;
  private final @Nullable MultibootHeader multiboot;
  private final Linkage linkage;
  private final List<BootProtocol> protocols = new ArrayList<>();

  private ElfKernel(String name, KernelFile file, ElfFile elf, @Nullable MultibootHeader multiboot) {
    this.name = name;
    this.file = file;
    is64 = elf.is64();
    this.multiboot = multiboot;
    notes = elf.notes();
    linkage = Linkage.of(elf);
    if (pvhEntry().isPresent()) {
      protocols.add(BootProtocol.PVH);
    }
    if (multiboot != null) {
      protocols.add(BootProtocol.MULTIBOOT);
    }
    if (isLinux()) {
      protocols.add(is64 ? BootProtocol.LINUX64 : BootProtocol.LINUX32);
    }
  }

  /**
   * Parses an ELF kernel.
   *
   * @param name the file's name, for messages
   * @param file the whole file
   * @throws BootException if it is damaged, not for x86, or has no way in that we know
   */
  static ElfKernel parse(String name, KernelFile file) throws BootException {
    ElfFile elf = parsed(name, file);
    if (elf.machine() != ElfMachine.EM_X86_64 && elf.machine() != ElfMachine.EM_386) {
      throw new BootException("%s is built for %s, not for x86".formatted(name, ElfMachine.name(elf.machine())));
    }
    if (elf.segments().stream().noneMatch(segment -> segment.type() == ElfSegment.PT_LOAD)) {
      throw new BootException("%s has nothing to load: it is no executable but an object file".formatted(name));
    }
    ElfKernel kernel = new ElfKernel(name, file, elf, MultibootHeader.find(name, file.bytes()).orElse(null));
    if (kernel.protocols.isEmpty() && MultibootHeader.isOfVersion2(file.bytes())) {
      throw new BootException(
          "%s has no PVH entry note (Xen, type 18) and a multiboot header of version 2: only version 1 can be used"
              .formatted(name));
    }
    if (kernel.protocols.isEmpty()) {
      throw new BootException(
          "%s has no PVH entry note (Xen, type 18), no multiboot header and is no Linux vmlinux; Linux kernels have the note"
                  .formatted(name)
              + " with CONFIG_PVH=y, NetBSD kernels with \"options XEN PVHVM\" (GENERIC and MICROVM have)");
    }
    return kernel;
  }

  private static ElfFile parsed(String name, KernelFile file) throws BootException {
    try {
      return ElfFile.parse(file.bytes());
    } catch (ElfFormatException e) {
      throw new BootException("%s cannot be used as a kernel: %s".formatted(name, e.getMessage()), e);
    }
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String format() {
    return is64 ? "ELF64" : "ELF32";
  }

  @Override
  public GuestSystem system() {
    if (xenSays("Linux") || notes.stream().anyMatch(note -> note.name().equals("Linux"))) {
      return GuestSystem.LINUX;
    }
    return xenSays("NetBSD") ? GuestSystem.NETBSD : GuestSystem.OTHER;
  }

  /** Says whether the note beside the PVH entry names an operating system. */
  private boolean xenSays(String system) {
    return notes.stream()
        .filter(note -> note.name().equals("Xen") && note.type() == XEN_ELFNOTE_GUEST_OS)
        .anyMatch(note -> note.text().equalsIgnoreCase(system));
  }

  @Override
  public List<BootProtocol> protocols() {
    return List.copyOf(protocols);
  }

  @Override
  public int cmdlineLimit(BootProtocol protocol) {
    return system().cmdlineLimit();
  }

  @Override
  public LoadedKernel load(BootProtocol protocol, Placement placement) throws BootException {
    if (protocol == BootProtocol.MULTIBOOT && multiboot != null && multiboot.hasAddresses()) {
      return loadAsMultibootSays(multiboot, placement);
    }
    ElfFile elf = parsed(name, file);
    LoadedSegments loaded = LoadedSegments.claim(name, elf.segments(), placement);
    for (ElfSegment segment : loaded.segments()) {
      MemorySegment bytes = MemorySegment.ofBuffer(elf.bytes(segment));
      MemorySegment.copy(
          bytes, 0, placement.memory().sliceForWrite(segment.physicalAddress(), bytes.byteSize()), 0, bytes.byteSize());
    }
    long entry = entry(elf, protocol);
    loaded.requireInside(entry);
    file.giveUp();
    return new LoadedKernel(this, protocol, entry, loaded.start(), loaded.end(), notes);
  }

  /** Addresses in the header count instead of those of the file's format (Multiboot Specification 0.6.96, 3.1.2). */
  private LoadedKernel loadAsMultibootSays(MultibootHeader header, Placement placement) throws BootException {
    LoadedKernel loaded = new FlatMultibootKernel(name, file, header).load(BootProtocol.MULTIBOOT, placement);
    return new LoadedKernel(this, BootProtocol.MULTIBOOT, loaded.entry(), loaded.start(), loaded.end(), notes);
  }

  @Override
  public Symbols symbols() {
    try {
      return symbols(parsed(name, file), isLinux());
    } catch (BootException gone) {
      return Symbols.NONE;
    }
  }

  @Override
  public Linkage linkage() {
    return linkage;
  }

  /** The symbols of a kernel, wherever it has them. */
  static Symbols symbols(ElfFile elf, boolean isLinux) {
    Symbols symbols = elf.symbols();
    for (ElfSegment segment : elf.segments()) {
      if (symbols.isEmpty() && LoadedSegments.isLoaded(segment) && elf.is64() && isLinux) {
        symbols = Kallsyms.find(elf.bytes(segment)).orElse(symbols);
      }
    }
    return symbols.isEmpty() ? CarriedSymbols.of(elf) : symbols;
  }

  private long entry(ElfFile elf, BootProtocol protocol) {
    return switch (protocol) {
      case PVH -> pvhEntry().orElseThrow();
      case MULTIBOOT, LINUX64, LINUX32 -> physical(elf, elf.entry());
    };
  }

  /** An entry point may be given as a virtual address, if that is where its segment is linked. */
  private static long physical(ElfFile elf, long address) {
    for (ElfSegment segment : elf.segments()) {
      if (LoadedSegments.isLoaded(segment) && contains(segment.physicalAddress(), segment, address)) {
        return address;
      }
    }
    for (ElfSegment segment : elf.segments()) {
      if (LoadedSegments.isLoaded(segment) && contains(segment.virtualAddress(), segment, address)) {
        return address - segment.virtualAddress() + segment.physicalAddress();
      }
    }
    return address;
  }

  private static boolean contains(long start, ElfSegment segment, long address) {
    return Long.compareUnsigned(address - start, segment.memorySize()) < 0;
  }

  private Optional<Long> pvhEntry() {
    return pvhEntry(notes);
  }

  /** The physical address in Xen's note, which is where PVH enters. */
  static Optional<Long> pvhEntry(List<ElfNote> notes) {
    return notes.stream()
        .filter(note -> note.name().equals("Xen") && note.type() == XEN_ELFNOTE_PHYS32_ENTRY)
        .filter(note -> note.descriptor().length >= 4)
        .map(note -> note.number() & 0xffff_ffffL)
        .findFirst();
  }

  /** The parsed multiboot header, if the file has one. */
  Optional<MultibootHeader> multiboot() {
    return Optional.ofNullable(multiboot);
  }
}
