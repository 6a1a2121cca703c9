package org.demitasse.machine;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.demitasse.boot.VirtioDiscovery;
import org.jspecify.annotations.Nullable;

/**
 * What machine is wanted. Nothing is opened or allocated for it yet.
 *
 * @param kernel what boots
 * @param initrd the RAM disk that the kernel is given, or null
 * @param disks in the order in which the guest numbers them
 * @param append words for the kernel's command line
 * @param memoryMib guest RAM in MiB
 * @param vcpus how many vCPUs
 * @param engine name of what runs them
 * @param console the device that the console is connected to
 * @param clock what guest time is
 * @param discovery how the guest finds its virtio devices, or null for what suits the kernel
 * @param debugExit whether port 0xf4 ends the machine with a status that the guest chooses
 */
public record MachineSpec(
    KernelSpec kernel,
    @Nullable Path initrd,
    List<DiskSpec> disks,
    String append,
    int memoryMib,
    int vcpus,
    String engine,
    ConsoleKind console,
    ClockMode clock,
    @Nullable VirtioDiscovery discovery,
    boolean debugExit) {
  /** RAM of a machine whose spec does not say. */
  public static final int DEFAULT_MEMORY_MIB = 256;

  /** RAM that a machine has at least: tables and start-up code live below 1 MiB. */
  public static final int MIN_MEMORY_MIB = 2;

  /** RAM that a machine has at most: 1 TiB. */
  public static final int MAX_MEMORY_MIB = 1 << 20;

  /** vCPUs that a machine has at most. */
  public static final int MAX_VCPUS = 32;

  /** Disks that a machine has at most: the other virtio slots are for console, random numbers and network. */
  public static final int MAX_DISKS = 12;

  /**
   * Checks the numbers.
   *
   * @throws IllegalArgumentException in one sentence for the user
   */
  public MachineSpec {
    requireRange("memory in MiB", memoryMib, MIN_MEMORY_MIB, MAX_MEMORY_MIB);
    requireRange("number of vCPUs", vcpus, 1, MAX_VCPUS);
    requireRange("number of disks", disks.size(), 0, MAX_DISKS);
    disks = List.copyOf(disks);
    Engines.requireKnown(engine);
  }

  private static void requireRange(String what, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException("%s must be %d to %d, not %d".formatted(what, least, most, value));
    }
  }

  /** The smallest useful wish: a kernel, and defaults for everything else. */
  public static MachineSpec of(KernelSpec kernel) {
    return new MachineSpec(
        kernel, null, List.of(), "", DEFAULT_MEMORY_MIB, 1, "cpu", ConsoleKind.COM, ClockMode.HOST, null, false);
  }

  /** A copy with an initrd. */
  public MachineSpec withInitrd(@Nullable Path file) {
    return new MachineSpec(kernel, file, disks, append, memoryMib, vcpus, engine, console, clock, discovery, debugExit);
  }

  /** A copy with one disk more. */
  public MachineSpec withDisk(DiskSpec disk) {
    List<DiskSpec> more = new ArrayList<>(disks);
    more.add(disk);
    return new MachineSpec(
        kernel, initrd, more, append, memoryMib, vcpus, engine, console, clock, discovery, debugExit);
  }

  /** A copy with words for the kernel's command line. */
  public MachineSpec withAppend(String words) {
    return new MachineSpec(
        kernel, initrd, disks, words, memoryMib, vcpus, engine, console, clock, discovery, debugExit);
  }

  /** A copy with another size of RAM. */
  public MachineSpec withMemoryMib(int mib) {
    return new MachineSpec(kernel, initrd, disks, append, mib, vcpus, engine, console, clock, discovery, debugExit);
  }

  /** A copy with another number of vCPUs. */
  public MachineSpec withVcpus(int count) {
    return new MachineSpec(
        kernel, initrd, disks, append, memoryMib, count, engine, console, clock, discovery, debugExit);
  }

  /** A copy with another engine. */
  public MachineSpec withEngine(String name) {
    return new MachineSpec(kernel, initrd, disks, append, memoryMib, vcpus, name, console, clock, discovery, debugExit);
  }

  /** A copy with another console. */
  public MachineSpec withConsole(ConsoleKind kind) {
    return new MachineSpec(kernel, initrd, disks, append, memoryMib, vcpus, engine, kind, clock, discovery, debugExit);
  }

  /** A copy with another kind of time. */
  public MachineSpec withClock(ClockMode mode) {
    return new MachineSpec(
        kernel, initrd, disks, append, memoryMib, vcpus, engine, console, mode, discovery, debugExit);
  }

  /** A copy with another way to find virtio devices; null for what suits the kernel. */
  public MachineSpec withDiscovery(@Nullable VirtioDiscovery way) {
    return new MachineSpec(kernel, initrd, disks, append, memoryMib, vcpus, engine, console, clock, way, debugExit);
  }

  /** A copy with or without the debug-exit port. */
  public MachineSpec withDebugExit(boolean on) {
    return new MachineSpec(kernel, initrd, disks, append, memoryMib, vcpus, engine, console, clock, discovery, on);
  }
}
