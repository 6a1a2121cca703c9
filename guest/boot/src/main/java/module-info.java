/** Brings a kernel file and what it is told about the machine into guest memory, and makes the state that enters it. */
@SuppressWarnings("requires-automatic") // aircompressor has no module descriptor yet
module org.demitasse.boot {
  requires static transitive org.jspecify;
  requires transitive org.demitasse.core;
  requires transitive org.demitasse.elf;
  requires aircompressor.v3;
  requires org.apache.commons.compress;
  requires org.tukaani.xz;

  exports org.demitasse.boot;
  exports org.demitasse.boot.guest;
  exports org.demitasse.boot.loader;
  exports org.demitasse.boot.protocol;
  exports org.demitasse.boot.tables;
}
