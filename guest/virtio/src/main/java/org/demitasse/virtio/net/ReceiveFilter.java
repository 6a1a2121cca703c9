package org.demitasse.virtio.net;

import java.util.Arrays;
import java.util.List;

/**
 * Which arriving frames the driver wants to see, as it has said on the control queue (VirtIO 1.2 5.1.6.5.1, 5.1.6.5.2).
 */
final class ReceiveFilter {
  static final int ADDRESS_BYTES = 6;

  /** What the control commands switch; their numbers are VIRTIO_NET_CTRL_RX_PROMISC and so on. */
  private static final int PROMISC = 0;

  private static final int ALLMULTI = 1;
  private static final int ALLUNI = 2;
  private static final int NOMULTI = 3;
  private static final int NOUNI = 4;
  private static final int NOBCAST = 5;
  private static final int MODES = 6;

  private static final int GROUP_BIT = 1;
  private static final byte[] BROADCAST = {-1, -1, -1, -1, -1, -1};

  private boolean active;
  private int modes;
  private byte[] ownAddress = new byte[ADDRESS_BYTES];
  private List<byte[]> addresses = List.of();

  /** A driver with CTRL_RX starts with its own address and all broadcasts; one without sees everything. */
  void start(boolean controlled, byte[] address) {
    active = controlled;
    modes = 0;
    ownAddress = address.clone();
    addresses = List.of();
  }

  /** Switches a mode; false if there is no such mode. */
  boolean setMode(int mode, boolean on) {
    if (mode < 0 || mode >= MODES) {
      return false;
    }
    modes = on ? modes | 1 << mode : modes & ~(1 << mode);
    return true;
  }

  void setOwnAddress(byte[] address) {
    ownAddress = address.clone();
  }

  void setAddresses(List<byte[]> addresses) {
    this.addresses = List.copyOf(addresses);
  }

  boolean wants(byte[] frame) {
    if (!active || is(PROMISC)) {
      return true;
    }
    byte[] destination = Arrays.copyOf(frame, ADDRESS_BYTES);
    if (Arrays.equals(destination, BROADCAST)) {
      return !is(NOBCAST);
    }
    if ((destination[0] & GROUP_BIT) != 0) {
      return !is(NOMULTI) && (is(ALLMULTI) || listed(destination));
    }
    return !is(NOUNI) && (is(ALLUNI) || Arrays.equals(destination, ownAddress) || listed(destination));
  }

  private boolean is(int mode) {
    return (modes >>> mode & 1) != 0;
  }

  private boolean listed(byte[] destination) {
    return addresses.stream().anyMatch(address -> Arrays.equals(address, destination));
  }

  /**
   * The filter's state.
   *
   * @param active whether the driver controls it
   * @param modes a bit for each mode
   * @param ownAddress the card's address
   * @param addresses further wanted ones
   */
  record State(boolean active, int modes, byte[] ownAddress, List<byte[]> addresses) {}

  State save() {
    return new State(active, modes, ownAddress, addresses);
  }

  void restore(State state) {
    active = state.active;
    modes = state.modes;
    ownAddress = state.ownAddress;
    addresses = state.addresses;
  }
}
