package org.demitasse.virtio.net;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** Carries out the commands of the control queue (VirtIO 1.2 5.1.6.5). */
final class NetControl {
  /** Class and command, before the command's own bytes. */
  static final int HEADER_BYTES = 2;

  /** Enough for both address tables at their longest, and more than any driver sends. */
  static final int MAX_COMMAND_BYTES = 16 << 10;

  private static final int VIRTIO_NET_CTRL_RX = 0;
  private static final int VIRTIO_NET_CTRL_MAC = 1;
  private static final int VIRTIO_NET_CTRL_MAC_TABLE_SET = 0;
  private static final int VIRTIO_NET_CTRL_MAC_ADDR_SET = 1;
  private static final int MAX_ADDRESSES = 1024;

  private final ReceiveFilter filter;
  private final Consumer<byte[]> addressChanged;

  NetControl(ReceiveFilter filter, Consumer<byte[]> addressChanged) {
    this.filter = filter;
    this.addressChanged = addressChanged;
  }

  /** Carries out one command of at least {@link #HEADER_BYTES}; false if it is malformed or unknown. */
  boolean carryOut(byte[] command) {
    byte[] arguments = Arrays.copyOfRange(command, HEADER_BYTES, command.length);
    return switch (command[0]) {
      case VIRTIO_NET_CTRL_RX -> arguments.length == 1 && filter.setMode(command[1], arguments[0] != 0);
      case VIRTIO_NET_CTRL_MAC -> carryOutMac(command[1], arguments);
      default -> false;
    };
  }

  private boolean carryOutMac(int command, byte[] arguments) {
    return switch (command) {
      case VIRTIO_NET_CTRL_MAC_TABLE_SET -> setTable(ByteBuffer.wrap(arguments).order(ByteOrder.LITTLE_ENDIAN));
      case VIRTIO_NET_CTRL_MAC_ADDR_SET -> {
        boolean fits = arguments.length == ReceiveFilter.ADDRESS_BYTES;
        if (fits) {
          filter.setOwnAddress(arguments);
          addressChanged.accept(arguments);
        }
        yield fits;
      }
      default -> false;
    };
  }

  /** Two tables, unicast and multicast, each a count and addresses. */
  private boolean setTable(ByteBuffer tables) {
    List<byte[]> addresses = new ArrayList<>();
    for (int table = 0; table < 2; table++) {
      long count = tables.remaining() < 4 ? Long.MAX_VALUE : Integer.toUnsignedLong(tables.getInt());
      if (count > MAX_ADDRESSES || count * ReceiveFilter.ADDRESS_BYTES > tables.remaining()) {
        return false;
      }
      for (long i = 0; i < count; i++) {
        byte[] address = new byte[ReceiveFilter.ADDRESS_BYTES];
        tables.get(address);
        addresses.add(address);
      }
    }
    filter.setAddresses(addresses);
    return !tables.hasRemaining();
  }
}
