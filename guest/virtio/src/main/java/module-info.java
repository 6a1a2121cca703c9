/** Virtio 1.2 devices over memory-mapped registers. Everything that they read from the guest is untrusted. */
module org.demitasse.virtio {
  requires transitive org.demitasse.core;
  requires transitive org.demitasse.network;
  requires transitive org.demitasse.storage;
  requires static transitive org.jspecify;

  exports org.demitasse.virtio.block;
  exports org.demitasse.virtio.console;
  exports org.demitasse.virtio.device;
  exports org.demitasse.virtio.mmio;
  exports org.demitasse.virtio.net;
  exports org.demitasse.virtio.queue;
  exports org.demitasse.virtio.rng;
}
