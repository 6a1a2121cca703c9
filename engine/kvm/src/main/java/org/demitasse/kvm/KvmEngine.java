package org.demitasse.kvm;

import org.demitasse.core.clock.VirtualClock;
import org.demitasse.core.vcpu.Engine;

/** The engine at hardware speed: guest instructions run on the host's CPU, by way of KVM. */
public final class KvmEngine implements Engine {
  private final KvmDevice device;

  /** Makes the engine; it holds nothing until a machine is made. */
  public KvmEngine() {
    this(KvmDevice.HOST);
  }

  KvmEngine(KvmDevice device) {
    this.device = device;
  }

  @Override
  public String name() {
    return "kvm";
  }

  @Override
  public Running create(Wiring wiring) {
    if (wiring.clock() instanceof VirtualClock) {
      throw new KvmException("virtual time counts instructions, which KVM does not: only the engine 'cpu' has it");
    }
    String none = KvmDevice.systemHasNone();
    if (!none.isEmpty()) {
      throw new KvmException(none);
    }
    try (Kvm kvm = Kvm.open(device)) {
      return new KvmProcessors(kvm, wiring);
    }
  }
}
