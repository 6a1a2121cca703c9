/** The remote serial protocol of gdb over any engine's debug targets. */
module org.demitasse.gdb {
  requires transitive org.demitasse.core;
  requires static transitive org.jspecify;

  exports org.demitasse.gdb;
}
