/**
 * The engine at hardware speed: Linux's KVM through the Foreign Function and Memory API, without native code of ours.
 */
module org.demitasse.kvm {
  requires transitive org.demitasse.core;
  requires static transitive org.jspecify;

  exports org.demitasse.kvm;
}
