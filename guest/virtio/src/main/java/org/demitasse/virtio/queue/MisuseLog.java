package org.demitasse.virtio.queue;

import java.util.function.Consumer;

/**
 * Counts how a guest misuses one device, and warns about each kind of misuse once: a hostile guest cannot flood the
 * log.
 */
public final class MisuseLog {
  private final String device;
  private final Consumer<String> warnings;
  private final long[] counts = new long[Misuse.values().length]; // under the machine's lock

  /**
   * Makes a log without entries.
   *
   * @param device which device, for the warnings
   * @param warnings takes each warning, one sentence
   */
  public MisuseLog(String device, Consumer<String> warnings) {
    this.device = device;
    this.warnings = warnings;
  }

  /**
   * Counts one misuse.
   *
   * @param value the value at fault, shown in the warning
   */
  public void count(Misuse kind, long value) {
    if (counts[kind.ordinal()]++ == 0) {
      warnings.accept(
          "%s: guest misuse: %s (0x%x); further ones are only counted".formatted(device, kind.sentence(), value));
    }
  }

  /** How often one kind was seen. */
  public long count(Misuse kind) {
    return counts[kind.ordinal()];
  }

  /** How many misuses of all kinds were seen. */
  public long total() {
    long total = 0;
    for (long count : counts) {
      total += count;
    }
    return total;
  }
}
