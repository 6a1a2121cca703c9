/** What the host lends as Ethernet links. Knows no virtio and no guest. */
module org.demitasse.network {
  requires static transitive org.jspecify;

  exports org.demitasse.network;
}
