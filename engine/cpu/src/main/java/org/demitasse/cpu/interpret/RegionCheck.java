package org.demitasse.cpu.interpret;

import org.demitasse.core.bus.Bus;
import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.memory.HostMemory;
import org.demitasse.core.vcpu.LocalApicPort;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.CpuEnvironment;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.fault.RunAlone;
import org.demitasse.cpu.mmu.WriteJournal;
import org.jspecify.annotations.Nullable;

/**
 * Runs regions and the interpreter side by side on a live machine: a region first, on a copy of the CPU, whose writes
 * are then taken back; then the same number of instructions in the interpreter, whose result counts. Devices are never
 * touched twice, because no instruction that touches one is executed in a region.
 */
final class RegionCheck {
  /** How many runs of a region are all checked; then one in so many. */
  private static final int OFTEN = 256;

  private final Cpu cpu;
  private final CodeCache cache;
  private final Interpreter interpreter;
  private final Cpu twin;
  private final Cpu start;
  private final CpuFields fields = new CpuFields();
  private final WriteJournal translatedWrites = new WriteJournal();
  private final WriteJournal interpretedWrites = new WriteJournal();
  private long checks;

  RegionCheck(Cpu cpu, CodeCache cache, Interpreter interpreter) {
    this.cpu = cpu;
    this.cache = cache;
    this.interpreter = interpreter;
    GuestMemory ram = cpu.memory.guestMemory();
    twin = new Cpu(ram, new Bus("none"), cpu.ports, cache);
    start = new Cpu(ram, new Bus("none"), cpu.ports, cache);
  }

  /** How many runs were compared. */
  long checks() {
    return checks;
  }

  /** Says whether this run of a region is one to be checked. */
  boolean isDue(Region region) {
    region.runs++;
    return region.runs <= OFTEN || region.runs % OFTEN == 0;
  }

  /**
   * Runs a region and what it stands for.
   *
   * @throws TwinMismatch if they did not do the same
   * @throws GuestFault as the region does, and {@link RunAlone}
   */
  void run(Region region, Block entry) {
    checks++;
    fields.copy(cpu, start);
    RuntimeException end = runTranslated(region, entry);
    long count = twin.retired() - start.retired();
    translatedWrites.takeBack();
    GuestFault fault = replay(count, end instanceof GuestFault);
    String difference = ends(end, fault) + fields.difference(cpu, twin) + memory();
    if (!difference.isEmpty()) {
      throw new TwinMismatch(report(region, entry, count, difference));
    }
    cpu.remaining = twin.remaining;
    cpu.sliceLength = twin.sliceLength;
    if (fault != null) {
      throw fault;
    } else if (end != null) {
      throw end;
    }
  }

  private @Nullable RuntimeException runTranslated(Region region, Block entry) {
    fields.copy(cpu, twin);
    twin.environment = new Untouched(cpu.environment);
    twin.memory.seeAs(cpu.memory);
    twin.memory.flush();
    twin.memory.alone = false;
    translatedWrites.clear();
    twin.memory.journal(translatedWrites);
    try {
      region.run(twin, entry.entry, cpu.rip - entry.pageOffset);
      return null;
    } catch (GuestFault | RunAlone end) {
      return end;
    }
  }

  private @Nullable GuestFault replay(long count, boolean faults) {
    cache.runningRegion = null;
    cpu.remaining = 0; // nothing ends a turn here
    interpretedWrites.clear();
    cpu.memory.journal(interpretedWrites);
    try {
      interpreter.replay(count);
      if (faults) {
        interpreter.replay(1);
      }
      return null;
    } catch (GuestFault fault) {
      return fault;
    } finally {
      cpu.memory.journal(null);
      cache.running = null;
    }
  }

  private static String ends(@Nullable RuntimeException translated, @Nullable GuestFault interpreted) {
    String theirs = translated instanceof GuestFault fault ? fault.getMessage() : "none";
    String ours = interpreted != null ? interpreted.getMessage() : "none";
    return ours.equals(theirs) ? "" : "  guest exception: interpreted %s, translated %s%n".formatted(ours, theirs);
  }

  /** Compares RAM at all places that either has written to. */
  private String memory() {
    String first = translatedWrites.difference();
    interpretedWrites.takeBack();
    translatedWrites.repeat();
    String second = interpretedWrites.difference();
    return (first.isEmpty() ? "" : "  (here the interpreter, there translated code)%n".formatted() + first)
        + (second.isEmpty() ? "" : "  (here translated code, there the interpreter)%n".formatted() + second);
  }

  private String report(Region region, Block entry, long count, String difference) {
    StringBuilder text = new StringBuilder();
    text.append("translated code and the interpreter differ after %d instructions:%n%s".formatted(count, difference));
    text.append("before: ").append(CpuFields.registers(start)).append("%n".formatted());
    text.append("interpreted: ").append(CpuFields.registers(cpu)).append("%n".formatted());
    text.append("translated: ").append(CpuFields.registers(twin)).append("%n".formatted());
    text.append("entered at block 0x%x of these:%n".formatted(entry.pageOffset));
    for (Block block : region.blocks()) {
      describe(block, start.rip - entry.pageOffset + block.pageOffset, text);
    }
    return text.toString();
  }

  private void describe(Block block, long linear, StringBuilder text) {
    text.append("  0x%x:%n".formatted(linear));
    long gpa = cpu.memory.peek(linear);
    for (int n = 0; n < block.count(); n++) {
      text.append("    ");
      for (int at = block.op(n).offset; at < block.op(n).end && gpa >= 0; at++) {
        long host = cpu.memory.guestMemory().hostAddress(gpa + at);
        text.append("%02x ".formatted(HostMemory.getByte(host)));
      }
      text.append(" ").append(block.op(n).getClass().getSimpleName()).append("%n".formatted());
    }
  }

  void close() {
    twin.memory.close();
    start.memory.close();
  }

  /**
   * The outside world for the copy: randomness cannot be had twice, so that what asks for it is left to the
   * interpreter.
   */
  private final class Untouched implements CpuEnvironment {
    private final CpuEnvironment real;

    Untouched(CpuEnvironment real) {
      this.real = real;
    }

    @Override
    public GuestClock clock() {
      return real.clock();
    }

    @Override
    public LocalApicPort apic() {
      return real.apic();
    }

    @Override
    public int index() {
      return real.index();
    }

    @Override
    public int count() {
      return real.count();
    }

    @Override
    public long randomLong() {
      twin.requireAlone();
      return 0;
    }

    @Override
    public int[] cpuid(int leaf, int subleaf) {
      return real.cpuid(leaf, subleaf);
    }
  }
}
