package org.demitasse.cpu;

import java.util.Locale;
import org.demitasse.core.vcpu.Engine;

/** The engine that needs nothing but a JVM: it interprets x86-64, and translates what is hot. */
public final class SoftEngine implements Engine {
  /** The TSC counts nanoseconds of guest time. */
  static final int TSC_KHZ = 1_000_000;

  private final Translation translation;

  /** Makes the engine; it holds nothing until a machine is made. */
  public SoftEngine() {
    this(chosen());
  }

  /** Makes the engine with a choice of how translated code is used. */
  public SoftEngine(Translation translation) {
    this.translation = translation;
  }

  private static Translation chosen() {
    String name = System.getProperty(Translation.PROPERTY, Translation.BACKGROUND.name());
    return Translation.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  @Override
  public String name() {
    return "cpu";
  }

  @Override
  public SoftProcessors create(Wiring wiring) {
    if (wiring.tscKhz() != 0 && wiring.tscKhz() != TSC_KHZ) {
      throw new IllegalStateException(
          "the soft CPU's TSC runs at %d kHz, not at %d".formatted(TSC_KHZ, wiring.tscKhz()));
    }
    return new SoftProcessors(wiring, translation);
  }
}
