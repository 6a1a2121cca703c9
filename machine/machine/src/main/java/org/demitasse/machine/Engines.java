package org.demitasse.machine;

import java.util.List;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.cpu.SoftEngine;
import org.demitasse.kvm.KvmEngine;
import org.demitasse.kvm.KvmUsability;

/** The one place that chooses what runs the vCPUs. */
final class Engines {
  /** Whatever is fastest here. */
  static final String AUTO = "auto";

  /** The CPU in pure Java. */
  static final String CPU = "cpu";

  /** The hardware, by way of KVM. */
  static final String KVM = "kvm";

  private Engines() {}

  /**
   * A choice and its reason.
   *
   * @param engine what was chosen
   * @param sentence for the user, if the choice was ours; else empty
   */
  record Choice(Engine engine, String sentence) {}

  /**
   * Checks a name.
   *
   * @throws IllegalArgumentException in one sentence for the user
   */
  static void requireKnown(String name) {
    if (!List.of(AUTO, CPU, KVM).contains(name)) {
      throw new IllegalArgumentException("there is no engine '%s', only auto, cpu and kvm".formatted(name));
    }
  }

  /** The engine of a name; for "auto" KVM if it can run this machine, else the soft CPU. */
  static Choice choose(String name, ClockMode clock) {
    requireKnown(name);
    return switch (name) {
      case CPU -> new Choice(new SoftEngine(), "");
      case KVM -> new Choice(new KvmEngine(), "");
      default -> chooseFastest(clock);
    };
  }

  private static Choice chooseFastest(ClockMode clock) {
    if (clock == ClockMode.VIRTUAL) {
      return new Choice(new SoftEngine(), "engine cpu: virtual time counts instructions, which KVM does not");
    }
    String reason = KvmUsability.whyNot();
    return reason.isEmpty()
        ? new Choice(new KvmEngine(), "engine kvm")
        : new Choice(new SoftEngine(), "engine cpu: " + reason);
  }
}
