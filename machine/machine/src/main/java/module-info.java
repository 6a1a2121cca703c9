/** Assembly: what machine is wanted, the one list that wires it up, and what runs. */
module org.demitasse.machine {
  requires transitive org.demitasse.boot;
  requires transitive org.demitasse.core;
  requires org.demitasse.cpu;
  requires org.demitasse.devices;
  requires transitive org.demitasse.gdb;
  requires org.demitasse.kvm;
  requires org.demitasse.network;
  requires org.demitasse.storage;
  requires transitive org.demitasse.trace;
  requires org.demitasse.virtio;
  requires static transitive org.jspecify;

  exports org.demitasse.machine;
}
