package org.demitasse.machine;

import java.util.List;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.cpu.SoftEngine;

/** The one place that chooses what runs the vCPUs. */
final class Engines {
  /** The engines by name. */
  static final List<String> NAMES = List.of("cpu");

  private Engines() {}

  /**
   * Checks a name.
   *
   * @throws IllegalArgumentException in one sentence for the user
   */
  static void requireKnown(String name) {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException(
          "there is no engine '%s', only %s".formatted(name, String.join(" and ", NAMES)));
    }
  }

  static Engine named(String name) {
    requireKnown(name);
    return new SoftEngine();
  }
}
