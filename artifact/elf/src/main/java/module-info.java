/** Reads ELF files: headers, segments, sections, notes and symbols. Every file is untrusted. */
module org.demitasse.elf {
  requires static transitive org.jspecify;

  exports org.demitasse.elf;
}
