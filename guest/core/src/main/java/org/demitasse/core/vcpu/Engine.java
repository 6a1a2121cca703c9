package org.demitasse.core.vcpu;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.memory.GuestMemory;

/**
 * Something that runs guest instructions. An engine is a factory; what it makes for one machine is a {@link Running}.
 */
public interface Engine {
  /** Short name for {@code --engine} and messages: "cpu" or "kvm". */
  String name();

  /**
   * Makes the vCPUs of one machine, all in their reset state and waiting.
   *
   * @throws IllegalStateException if the host cannot run them, in one sentence that says why
   */
  Running create(Wiring wiring);

  /**
   * What a machine lends its engine.
   *
   * @param memory RAM
   * @param mmio the bus for gpa outside RAM and outside the local APIC page
   * @param ports the bus for port I/O
   * @param clock guest time and its timers, which the engine expires
   * @param vcpus how many vCPUs, at least 1
   * @param apics the local APIC of each vCPU by index; an engine with an interrupt controller of its own ignores it
   * @param tscKhz the frequency that the guest's TSC must have, in kHz: that of a machine whose guest moves in here; 0
   *     is what suits the engine
   */
  record Wiring(
      GuestMemory memory,
      Bus mmio,
      Bus ports,
      GuestClock clock,
      int vcpus,
      IntFunction<? extends LocalApicPort> apics,
      int tscKhz) {
    /** A machine whose guest begins here. */
    public Wiring(
        GuestMemory memory,
        Bus mmio,
        Bus ports,
        GuestClock clock,
        int vcpus,
        IntFunction<? extends LocalApicPort> apics) {
      this(memory, mmio, ports, clock, vcpus, apics, 0);
    }

    /** The same with a wanted frequency of the TSC. */
    public Wiring withTscKhz(int wanted) {
      return new Wiring(memory, mmio, ports, clock, vcpus, apics, wanted);
    }
  }

  /**
   * The vCPUs of one machine.
   *
   * <p>Device code, timers and posted tasks all run under one lock, which the engine holds whenever it calls a bus, an
   * APIC port or a timer.
   */
  interface Running extends AutoCloseable {
    /** The vCPUs by index. */
    List<? extends Vcpu> vcpus();

    /** Where a local APIC sends its vCPU's signals. */
    VcpuSignals signals(int vcpu);

    /**
     * The engine's own interrupt controllers, if it has them. Then a machine has no others: no 8259s, I/O APIC or local
     * APICs on its buses, and devices' lines go here.
     */
    default Optional<InterruptInputs> interruptInputs() {
      return Optional.empty();
    }

    /**
     * Runs all vCPUs until something stops the machine.
     *
     * @return why; for BREAKPOINT, {@link #stopped()} says which vCPU
     */
    ExitReason run();

    /** Stops the machine: {@link #run()} returns {@code reason} soon. Any thread; the first of several reasons wins. */
    void stop(ExitReason reason);

    /** Makes {@link #run()} return KICKED soon. Any thread. */
    default void kick() {
      stop(ExitReason.KICKED);
    }

    /**
     * Runs a task on the machine under its lock, soon, waking a sleeping engine. Any thread: how outside input comes
     * in.
     */
    void post(Runnable task);

    /**
     * Tells a log of every change of flow from now on, with exact counts of instructions. Must not be running.
     *
     * @return false if this engine cannot
     */
    default boolean traceFlow(FlowLog log) {
      return false;
    }

    /**
     * The registers of a vCPU's local APIC, as the page that the vCPU sees (Intel SDM volume 3, table 11-1), if the
     * engine has an interrupt controller of its own. Must not be running.
     */
    default Optional<byte[]> saveApic(int vcpu) {
      return Optional.empty();
    }

    /**
     * Sets the registers of a vCPU's local APIC. To be called before the state of the vCPU is restored: its
     * IA32_TSC_DEADLINE counts only in an APIC whose timer is in that mode. Must not be running.
     *
     * @throws IllegalStateException if the local APICs are not this engine's
     */
    default void restoreApic(int vcpu, byte[] page) {
      throw new IllegalStateException("this engine has no local APICs");
    }

    /**
     * The state of the engine's own I/O APIC and 8259s, if it has them: beside the local APICs, the rest of its
     * interrupt controllers. Must not be running.
     */
    default Optional<InterruptChips> saveInterruptChips() {
      return Optional.empty();
    }

    /**
     * Sets the state of the engine's own I/O APIC and 8259s; an interrupt that they had still to deliver is delivered.
     * So it comes after the local APICs and the vCPUs. The lines of devices keep the levels that the state has, until
     * they change. Must not be running.
     *
     * @throws IllegalStateException if these chips are not this engine's
     * @throws IllegalArgumentException if it is the state of other chips
     */
    default void restoreInterruptChips(InterruptChips chips) {
      throw new IllegalStateException("this engine has no I/O APIC and no 8259s");
    }

    /** Frequency of the guest's TSC in kHz; 0 if the host does not tell. */
    int tscKhz();

    /** Starts or stops watching which pages the guest writes, for {@link #collectWrites}. Must not be running. */
    default void watchWrites(boolean on) {}

    /**
     * Marks in the memory's {@link org.demitasse.core.memory.DirtyBitmap} what the guest has written since the last
     * call, or since it is watched. An engine that marks each page as it is written has nothing to do.
     */
    default void collectWrites() {}

    /**
     * How often vCPUs left the guest, by the engine's name of the reason; empty for an engine that does not leave it.
     * While vCPUs run, the numbers may be a little old.
     */
    default Map<String, Long> exits() {
      return Map.of();
    }

    /** Is told of exits. */
    interface ExitListener {
      /**
       * A vCPU had left the guest, and what it wanted has been done. On the vCPU's thread.
       *
       * @param vcpu index of the vCPU
       * @param reason as in {@link #exits}
       * @param end when it was done, in host nanoseconds as of {@link System#nanoTime}
       * @param nanos how long that took
       */
      void exited(int vcpu, String reason, long end, long nanos);
    }

    /**
     * Tells of every exit from now on. Must not be running.
     *
     * @return false for an engine that does not leave the guest
     */
    default boolean onExits(ExitListener listener) {
      return false;
    }

    /** What the engine has counted so far, by the names of docs/stats.md; may be a little old while it runs. */
    default Map<String, Long> tallies() {
      return Map.of();
    }

    /** The vCPU that caused the last exit. */
    Vcpu stopped();

    /** One sentence about the last INTERNAL_ERROR, or an empty string. */
    String explanation();

    /** Frees what the engine holds; must not be running. */
    @Override
    void close();
  }
}
