package org.demitasse.cpu;

import org.demitasse.core.vcpu.Engine;

/** The engine that needs nothing but a JVM: it interprets x86-64. */
public final class SoftEngine implements Engine {
  /** Makes the engine; it holds nothing until a machine is made. */
  public SoftEngine() {}

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public SoftProcessors create(Wiring wiring) {
    return new SoftProcessors(wiring);
  }
}
