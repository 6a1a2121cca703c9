package org.demitasse.core.vcpu;

/** What a local APIC tells its vCPU. Called under the machine's lock. */
public interface VcpuSignals {
  /** {@link LocalApicPort#interruptPending()} may have become true. */
  void interruptRequested();

  /** A non-maskable interrupt. */
  void nmi();

  /** INIT: to the wait-for-SIPI state (the bootstrap processor: to the reset vector). */
  void init();

  /** A start-up IPI: run from {@code vector << 12} in real mode, if waiting for one (Intel SDM volume 3, 9.4.4). */
  void startup(int vector);
}
