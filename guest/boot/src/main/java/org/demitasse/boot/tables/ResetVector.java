package org.demitasse.boot.tables;

import org.demitasse.boot.Layout;
import org.demitasse.core.memory.GuestMemory;

/**
 * All there is of a BIOS: what a guest finds when it jumps to ffff:0000 in real mode to restart the PC. Linux does so
 * on hardware-reduced ACPI without EFI, having tried neither the reset register nor the keyboard controller.
 */
public final class ResetVector {
  private static final byte[] CODE = {
    (byte) 0xb0,
    (byte) 0xfe, // mov al, 0xfe
    (byte) 0xe6,
    0x64, // out 0x64, al: the keyboard controller pulses the reset line
    (byte) 0xf4, // hlt
    (byte) 0xeb,
    (byte) 0xfd, // jmp back to it
  };

  /** How much it takes at {@link Layout#RESET_VECTOR}. */
  public static final int BYTES = CODE.length;

  private ResetVector() {}

  /** Writes it into the BIOS area. */
  public static void write(GuestMemory memory) {
    memory.writeBytes(Layout.RESET_VECTOR, CODE);
  }
}
