package org.demitasse.virtio.console;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A message on the control queues (VirtIO 1.2 5.3.6.2), with what may follow it.
 *
 * @param port the port it is about
 * @param event what happened
 * @param value a parameter of the event
 * @param more bytes after the fixed part: a name or a size
 */
record ControlMessage(int port, int event, int value, byte[] more) {
  static final int DEVICE_READY = 0;
  static final int DEVICE_ADD = 1;
  static final int PORT_READY = 3;
  static final int CONSOLE_PORT = 4;
  static final int RESIZE = 5;
  static final int PORT_OPEN = 6;
  static final int PORT_NAME = 7;

  static final int FIXED_BYTES = 8;

  ControlMessage(int port, int event, int value) {
    this(port, event, value, new byte[0]);
  }

  /**
   * The size of a console's window, columns first as the standard says (VirtIO 1.2 5.3.6.2). Linux before 2025 read
   * rows first; current stable kernels follow the standard.
   */
  static ControlMessage resize(int port, int columns, int rows) {
    ByteBuffer size = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
    return new ControlMessage(port, RESIZE, 0, size.putShort((short) columns).putShort((short) rows).array());
  }

  /** Reads a message of at least {@link #FIXED_BYTES}. */
  static ControlMessage parse(byte[] bytes) {
    ByteBuffer fields = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int port = fields.getInt();
    int event = Short.toUnsignedInt(fields.getShort());
    int value = Short.toUnsignedInt(fields.getShort());
    return new ControlMessage(port, event, value, Arrays.copyOfRange(bytes, FIXED_BYTES, bytes.length));
  }

  byte[] encode() {
    return ByteBuffer.allocate(FIXED_BYTES + more.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(port)
        .putShort((short) event)
        .putShort((short) value)
        .put(more)
        .array();
  }
}
