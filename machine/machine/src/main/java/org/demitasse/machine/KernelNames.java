package org.demitasse.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongFunction;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.memory.MemoryRegion;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.elf.Linkage;
import org.demitasse.elf.Symbols;
import org.demitasse.trace.flow.KernelSlide;
import org.demitasse.trace.flow.LinuxModules;

/**
 * Names for addresses of a kernel that runs, also of one that has moved itself: where its banner is, or where its
 * system call and its handlers of exceptions start, tells how far. A kernel that has not mapped itself yet runs at its
 * physical addresses.
 *
 * @param symbols where it is linked
 * @param linkage where it is loaded
 * @param slide how far it has moved; nothing if it may have moved and that is not known: then it has no names
 * @param physicalSlide how far from where its file wants it in physical memory; nothing if that is not known
 */
record KernelNames(Symbols symbols, Linkage linkage, OptionalLong slide, OptionalLong physicalSlide) {
  /** What there is to say about most kernels. */
  static final String UNMOVED = "this kernel is where it is linked\n";

  private static final int MSR_LSTAR = 0xc000_0082;
  private static final int EXCEPTIONS = 32;
  private static final int GATE = 16;

  /** Looks at vCPUs that do not run. */
  static KernelNames of(
      Symbols symbols, Linkage linkage, boolean moves, List<? extends Vcpu> vcpus, GuestMemory memory) {
    return moves
        ? new KernelNames(symbols, linkage, slide(symbols, vcpus, memory), physicalSlide(symbols, linkage, memory))
        : new KernelNames(symbols, linkage, OptionalLong.of(0), OptionalLong.of(0));
  }

  /** How far beyond where its file wants it a kernel has been put in memory; nothing while it is not there. */
  static OptionalLong physicalSlide(Symbols symbols, Linkage linkage, GuestMemory memory) {
    MemoryRegion last = memory.regions().getLast();
    return KernelSlide.physically(
        symbols, linkage, last.end(), gpa -> memory.contains(gpa, 1) ? memory.readByte(gpa) : -1);
  }

  /** How far a kernel has moved, if one of its vCPUs can tell. */
  static OptionalLong slide(Symbols symbols, List<? extends Vcpu> vcpus, GuestMemory memory) {
    for (Vcpu vcpu : vcpus) {
      OptionalLong byBanner = KernelSlide.byBanner(symbols, linear -> readByte(vcpu, memory, linear));
      OptionalLong found = byBanner.isPresent() ? byBanner : KernelSlide.of(symbols, entries(vcpu, memory));
      if (found.isPresent()) {
        return found;
      }
    }
    return OptionalLong.empty();
  }

  private static int readByte(Vcpu vcpu, GuestMemory memory, long linear) {
    long gpa = vcpu.debug().translate(linear);
    return gpa >= 0 && memory.contains(gpa, 1) ? memory.readByte(gpa) : -1;
  }

  /** Where the CPU enters a 64-bit kernel (Intel SDM vol. 3, 5.8.8 and 6.14.1). */
  private static List<Long> entries(Vcpu vcpu, GuestMemory memory) {
    VcpuState state = vcpu.save();
    List<Long> entries = new ArrayList<>();
    entries.add(state.msrs().getOrDefault(MSR_LSTAR, 0L));
    int gates = Math.min(EXCEPTIONS, ((state.idtr().limit() & 0xffff) + 1) / GATE);
    for (int vector = 0; vector < gates; vector++) {
      long gate = vcpu.debug().translate(state.idtr().base() + (long) vector * GATE);
      if (gate >= 0 && memory.contains(gate, GATE)) {
        long low = memory.readLong(gate);
        entries.add(memory.readLong(gate + 8) << 32 | low >>> 32 & 0xffff_0000L | low & 0xffff);
      }
    }
    return entries;
  }

  /**
   * These, and the functions of the modules that the kernel has loaded, if it is a Linux kernel that describes itself.
   */
  KernelNames withModules(LinuxModules.Memory memory) {
    if (slide.isEmpty()) {
      return this;
    }
    Symbols modules =
        LinuxModules.of(symbols, slide.getAsLong(), memory).map(LinuxModules::symbols).orElse(Symbols.NONE);
    return modules.isEmpty() ? this : new KernelNames(symbols.plus(modules), linkage, slide, physicalSlide);
  }

  /** The names of addresses as a vCPU sees them, which does not run: the nearest symbol, like {@code name+0x1f}. */
  LongFunction<Optional<String>> seenBy(Vcpu vcpu) {
    boolean kernel = StackSample.privilege(vcpu.save()) != StackSample.USER_PRIVILEGE;
    return address -> linked(vcpu, kernel, address).stream().boxed().findFirst().flatMap(this::nearest);
  }

  private Optional<String> nearest(long linked) {
    return symbols.nearest(linked).map(Symbols.Nearest::toString);
  }

  /** Where the code is linked that is at an address; nothing if it is none of the kernel's. */
  private OptionalLong linked(Vcpu vcpu, boolean kernel, long address) {
    if (KernelSlide.isInImage(address)) {
      return slide.isEmpty() ? slide : OptionalLong.of(address - slide.getAsLong());
    }
    OptionalLong early = physicalSlide.isEmpty() ? physicalSlide : linkage.linear(address - physicalSlide.getAsLong());
    if (early.isPresent()) {
      return kernel && isIdentical(vcpu, address) ? early : OptionalLong.empty();
    }
    boolean isUpper = !symbols.isEmpty() && symbols.all().getLast().address() < 0;
    return isUpper && address >= 0 ? OptionalLong.empty() : OptionalLong.of(address);
  }

  /** Whether an address is its own physical one; or that of no page, where a switch to paging may have failed. */
  private static boolean isIdentical(Vcpu vcpu, long address) {
    long gpa = vcpu.debug().translate(address);
    return gpa == address || gpa == -1;
  }

  /** For someone with gdb. */
  String explanation() {
    if (slide.isEmpty()) {
      return "this kernel unpacks itself, and it is not known yet where it will be\n";
    }
    return slide.getAsLong() == 0
        ? UNMOVED
        : "this kernel has moved by 0x%1$x; its symbols, from demi symbols: symbol-file FILE -o 0x%1$x\n"
            .formatted(slide.getAsLong());
  }
}
