package org.demitasse.core.random;

import java.security.SecureRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The host's unpredictable numbers. Java takes about 40 ms to find its source of them, so it is looked for when the
 * first number is wanted, which many guests never do.
 */
public final class HostRandom implements RandomGenerator {
  private @Nullable SecureRandom source; // guarded by this

  /** Makes one that has no source yet. */
  public HostRandom() {}

  @Override
  public long nextLong() {
    return source().nextLong();
  }

  @Override
  public void nextBytes(byte[] bytes) {
    source().nextBytes(bytes);
  }

  private synchronized SecureRandom source() {
    SecureRandom found = source == null ? new SecureRandom() : source;
    source = found;
    return found;
  }
}
