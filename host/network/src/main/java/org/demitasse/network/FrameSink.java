package org.demitasse.network;

/** Takes the frames that arrive on a link. */
@FunctionalInterface
public interface FrameSink {
  /**
   * Takes a frame; its array then belongs to the sink.
   *
   * @return false if there is no room now: the link may drop the frame, or offer it again after {@link
   *     EthernetLink#receiverReady()}
   */
  boolean deliver(byte[] frame);
}
