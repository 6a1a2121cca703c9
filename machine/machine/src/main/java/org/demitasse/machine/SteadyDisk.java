package org.demitasse.machine;

import org.demitasse.storage.Disk;
import org.demitasse.storage.ForwardingDisk;

/**
 * A disk of a machine that is recorded or replayed: what the guest has discarded reads as before, whatever kind of disk
 * is behind. An image that was written to and an overlay over a copy of it are then the same to the guest.
 */
class SteadyDisk extends ForwardingDisk {
  SteadyDisk(Disk disk) {
    super(disk);
  }

  /** A hint, which is not taken. */
  @Override
  public final void discard(long sector, long sectors) {}
}
