/** What the host lends as disks: sectors in files, in memory, or in an overlay. Knows no virtio and no guest. */
module org.demitasse.storage {
  requires static transitive org.jspecify;

  exports org.demitasse.storage;
}
