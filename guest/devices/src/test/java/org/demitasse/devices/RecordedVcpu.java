package org.demitasse.devices;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.core.vcpu.VcpuSignals;

/** Writes down the signals of a local APIC. */
public final class RecordedVcpu implements VcpuSignals {
  private final List<String> signals = new ArrayList<>();

  /** The signals since the last call, without requests for interrupts. */
  public List<String> take() {
    List<String> taken = List.copyOf(signals);
    signals.clear();
    return taken;
  }

  @Override
  public void interruptRequested() {}

  @Override
  public void nmi() {
    signals.add("nmi");
  }

  @Override
  public void init() {
    signals.add("init");
  }

  @Override
  public void startup(int vector) {
    signals.add("startup " + vector);
  }
}
