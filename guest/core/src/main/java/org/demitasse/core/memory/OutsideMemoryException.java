package org.demitasse.core.memory;

/** A gpa range that is not wholly RAM. Thrown for guest misuse, so it carries no stack trace. */
public final class OutsideMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Names the range [gpa, gpa + bytes). */
  public OutsideMemoryException(long gpa, long bytes) {
    super("0x%x bytes at guest-physical 0x%x are not RAM".formatted(bytes, gpa), null, false, false);
  }
}
