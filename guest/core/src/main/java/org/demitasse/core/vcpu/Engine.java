package org.demitasse.core.vcpu;

import java.util.List;
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
   */
  record Wiring(
      GuestMemory memory,
      Bus mmio,
      Bus ports,
      GuestClock clock,
      int vcpus,
      IntFunction<? extends LocalApicPort> apics) {}

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

    /** The vCPU that caused the last exit. */
    Vcpu stopped();

    /** One sentence about the last INTERNAL_ERROR, or an empty string. */
    String explanation();

    /** Frees what the engine holds; must not be running. */
    @Override
    void close();
  }
}
