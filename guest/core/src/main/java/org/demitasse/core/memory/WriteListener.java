package org.demitasse.core.memory;

/** Told of every write to RAM that goes through {@link GuestMemory}: an engine that keeps decoded code forgets it. */
@FunctionalInterface
public interface WriteListener {
  /** [gpa, gpa + bytes), wholly RAM, is being written. */
  void written(long gpa, long bytes);
}
