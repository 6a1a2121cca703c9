package org.demitasse.boot.protocol;

import java.util.List;
import java.util.Optional;
import org.demitasse.boot.BootException;
import org.demitasse.boot.BootProtocol;
import org.demitasse.boot.Cmdline;
import org.demitasse.boot.Initrd;
import org.demitasse.boot.Layout;
import org.demitasse.boot.MemoryRange;
import org.demitasse.boot.Placement;
import org.demitasse.boot.VirtioDiscovery;
import org.demitasse.boot.loader.KernelImage;
import org.demitasse.boot.loader.LoadedKernel;
import org.demitasse.boot.tables.AcpiTables;
import org.demitasse.boot.tables.MpTable;
import org.demitasse.boot.tables.ResetVector;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.VcpuState;

/** Puts a kernel, its initrd, its command line and the machine's tables into memory. */
public final class Boot {
  private static final long MINIMUM_MEMORY = 2 << 20;

  private Boot() {}

  /**
   * What to boot.
   *
   * @param kernel the kernel
   * @param initrd the initial RAM disk
   * @param append the user's part of the command line
   * @param protocol the way in; empty for the kernel's best
   * @param discovery how it finds its virtio devices; empty for ACPI if it is Linux or entered by multiboot, else by
   *     the command line
   * @param vcpus how many, 1-254
   * @param virtioSlots the slots in use, in the order in which the guest shall number the devices
   */
  public record Request(
      KernelImage kernel,
      Optional<Initrd> initrd,
      String append,
      Optional<BootProtocol> protocol,
      Optional<VirtioDiscovery> discovery,
      int vcpus,
      List<Integer> virtioSlots) {
    /** Keeps its own copy of the slots. */
    public Request {
      virtioSlots = List.copyOf(virtioSlots);
    }
  }

  /**
   * What was made of it.
   *
   * @param state enters the kernel when restored into vCPU 0
   * @param kernel where the kernel is
   * @param discovery how it finds its virtio devices
   * @param cmdline the whole command line
   */
  public record Prepared(VcpuState state, LoadedKernel kernel, VirtioDiscovery discovery, String cmdline) {}

  /**
   * Fills guest memory.
   *
   * @param memory freshly made: all zero
   * @throws BootException if the kernel cannot be booted that way, or memory is too small
   */
  public static Prepared prepare(Request request, GuestMemory memory) throws BootException {
    if (memory.bytes() < MINIMUM_MEMORY) {
      throw new BootException(
          "%s of memory are too little: a machine needs 2 MiB".formatted(Placement.size(memory.bytes())));
    }
    KernelImage image = request.kernel();
    BootProtocol protocol = choose(image, request.protocol());
    VirtioDiscovery discovery = request.discovery().orElse(usualDiscovery(image, protocol));
    Cmdline cmdline = cmdline(request, protocol, discovery);
    byte[] line = cmdline.bytes(image.cmdlineLimit(protocol));
    Placement placement = new Placement(memory);
    LoadedKernel kernel = image.load(protocol, placement);
    Optional<MemoryRange> initrd = loadInitrd(request, placement);
    if (placement.isFree(Layout.RESET_VECTOR, ResetVector.BYTES)) {
      ResetVector.write(memory);
    }
    MpTable.write(memory, request.vcpus(), request.virtioSlots(), placement.isFree(0x400, 0x100));
    List<Integer> slotsInAcpi = discovery.inAcpi() ? request.virtioSlots() : List.of();
    long rsdp = AcpiTables.write(memory, request.vcpus(), slotsInAcpi);
    Handover handover = new Handover(kernel, placement, line, initrd, rsdp);
    return new Prepared(enter(protocol, handover), kernel, discovery, cmdline.toString());
  }

  private static BootProtocol choose(KernelImage image, Optional<BootProtocol> wanted) throws BootException {
    if (wanted.isPresent() && !image.protocols().contains(wanted.get())) {
      throw new BootException(
          "%s cannot be entered by %s, only by %s"
              .formatted(
                  image.name(),
                  wanted.get().word(),
                  String.join(" or ", image.protocols().stream().map(BootProtocol::word).toList())));
    }
    return wanted.orElse(image.protocols().getFirst());
  }

  /** Multiboot programs count their arguments: words that nobody gave them change what they do. */
  private static VirtioDiscovery usualDiscovery(KernelImage image, BootProtocol protocol) {
    return image.isLinux() || protocol == BootProtocol.MULTIBOOT ? VirtioDiscovery.ACPI : VirtioDiscovery.CMDLINE;
  }

  private static Cmdline cmdline(Request request, BootProtocol protocol, VirtioDiscovery discovery)
      throws BootException {
    Cmdline cmdline = new Cmdline();
    if (protocol == BootProtocol.MULTIBOOT) { // by convention the first word is the kernel's own name
      String name = request.kernel().name();
      cmdline.append(name.substring(name.lastIndexOf('/') + 1).replace(' ', '_'));
    }
    cmdline.append(request.append());
    if (discovery.inCmdline()) {
      cmdline.virtioSlots(request.virtioSlots());
    }
    return cmdline;
  }

  private static Optional<MemoryRange> loadInitrd(Request request, Placement placement) throws BootException {
    if (request.initrd().isEmpty()) {
      return Optional.empty();
    }
    Initrd initrd = request.initrd().get();
    long highest = request.kernel().initrdAddressMaximum();
    long address = placement.placeHigh("the initrd", initrd.bytes(), highest);
    initrd.read(placement.memory(), address);
    return Optional.of(new MemoryRange("the initrd", address, address + initrd.bytes()));
  }

  private static VcpuState enter(BootProtocol protocol, Handover handover) throws BootException {
    return switch (protocol) {
      case PVH -> PvhProtocol.prepare(handover);
      case LINUX64, LINUX32 -> LinuxProtocol.prepare(handover);
      case MULTIBOOT -> MultibootProtocol.prepare(handover);
    };
  }
}
