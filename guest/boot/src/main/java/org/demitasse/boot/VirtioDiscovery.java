package org.demitasse.boot;

/** How the guest learns which virtio-mmio devices there are. */
public enum VirtioDiscovery {
  /** One LNRO0005 device in the ACPI tables for each. */
  ACPI,
  /** One {@code virtio_mmio.device=} word on the command line for each. */
  CMDLINE,
  /** Both ways, at the user's own risk: a guest that looks at both sees each device twice. */
  BOTH;

  /** Says whether the ACPI tables name the devices. */
  public boolean inAcpi() {
    return this != CMDLINE;
  }

  /** Says whether the command line names the devices. */
  public boolean inCmdline() {
    return this != ACPI;
  }
}
