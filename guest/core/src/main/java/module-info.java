/**
 * The seams of a machine: guest memory, buses, interrupt lines, guest time and vCPUs. Knows no device and no engine.
 */
module org.demitasse.core {
  requires static transitive org.jspecify;

  exports org.demitasse.core.bus;
  exports org.demitasse.core.clock;
  exports org.demitasse.core.host;
  exports org.demitasse.core.memory;
  exports org.demitasse.core.random;
  exports org.demitasse.core.vcpu;
}
