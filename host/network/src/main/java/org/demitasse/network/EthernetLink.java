package org.demitasse.network;

/**
 * One end of an Ethernet cable: a network card sends into it, and it hands over what arrives.
 *
 * <p>A frame is the bytes from the destination address on, without preamble and checksum; its array belongs to the
 * receiver. All calls, in both directions, happen under the machine's lock; a link with threads of its own posts to the
 * machine.
 */
public interface EthernetLink extends AutoCloseable {
  /** Bytes of an Ethernet header: two addresses and the type. */
  int HEADER_BYTES = 14;

  /** Takes a frame from the network card. Never blocks; a frame that cannot go on is dropped, as on a cable. */
  void send(byte[] frame);

  /** Sets who gets the frames that arrive; replaces any earlier sink. */
  void onReceive(FrameSink sink);

  /** The card has room again after its sink had refused a frame. */
  default void receiverReady() {}

  @Override
  default void close() {}

  /** A link that goes nowhere: what is sent is dropped, and nothing arrives. */
  static EthernetLink nowhere() {
    return new UnpluggedLink();
  }
}
