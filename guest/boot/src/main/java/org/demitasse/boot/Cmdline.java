package org.demitasse.boot;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/** A kernel command line in the making: words with single blanks between them. */
public final class Cmdline {
  private final StringBuilder text = new StringBuilder();

  /** Starts an empty line. */
  public Cmdline() {}

  /**
   * Adds what a user wrote, as it is but without blanks at its ends.
   *
   * @throws BootException if it has a control character: kernels end the line there or worse
   */
  public Cmdline append(String words) throws BootException {
    String stripped = words.strip();
    int control = stripped.chars().filter(c -> c < ' ' && c != '\t' || c == 0x7f).findFirst().orElse(-1);
    if (control >= 0) {
      throw new BootException("the kernel command line contains the control character 0x%02x".formatted(control));
    }
    if (!stripped.isEmpty()) {
      text.append(text.isEmpty() ? "" : " ").append(stripped);
    }
    return this;
  }

  /**
   * Adds one {@code virtio_mmio.device=512@ADDRESS:IRQ} word for each slot, in that order: it is the order in which
   * guests number the devices.
   */
  public Cmdline virtioSlots(List<Integer> slots) throws BootException {
    for (int slot : slots) {
      String address = Long.toHexString(Layout.virtioSlot(slot));
      append("virtio_mmio.device=" + Layout.VIRTIO_MMIO_SIZE + "@0x" + address + ":" + Layout.virtioGsi(slot));
    }
    return this;
  }

  /** The line so far. */
  @Override
  public String toString() {
    return text.toString();
  }

  /**
   * The line as a kernel reads it: UTF-8 with a NUL at the end, never empty before that (NetBSD copies a byte before it
   * looks for the NUL: an empty line becomes a blank).
   *
   * @param limit how many bytes the kernel can take, without the NUL
   * @throws BootException if it is longer
   */
  public byte[] bytes(int limit) throws BootException {
    byte[] line = (text.isEmpty() ? " " : text.toString()).getBytes(StandardCharsets.UTF_8);
    if (line.length > limit) {
      throw new BootException(
          "the kernel command line has %d bytes, but this kernel takes only %d".formatted(line.length, limit));
    }
    return Arrays.copyOf(line, line.length + 1);
  }
}
