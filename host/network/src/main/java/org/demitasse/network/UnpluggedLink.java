package org.demitasse.network;

/** A cable that nothing is plugged into at the other end. */
record UnpluggedLink() implements EthernetLink {
  @Override
  public void send(byte[] frame) {}

  @Override
  public void onReceive(FrameSink sink) {}
}
