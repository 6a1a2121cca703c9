/** The pure-Java x86-64 CPU: an engine that runs guest instructions anywhere a JVM runs. */
module org.demitasse.cpu {
  requires transitive org.demitasse.core;
  requires static transitive org.jspecify;

  exports org.demitasse.cpu;
  exports org.demitasse.cpu.core;
  exports org.demitasse.cpu.decode;
  exports org.demitasse.cpu.fault;
  exports org.demitasse.cpu.interpret;
  exports org.demitasse.cpu.fpu;
  exports org.demitasse.cpu.mmu;
  exports org.demitasse.cpu.state;
  exports org.demitasse.cpu.system;
  exports org.demitasse.cpu.translate;
}
