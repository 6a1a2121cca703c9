package org.demitasse.cpu.simd;

/** RCPPS, RCPSS, RSQRTPS, RSQRTSS. */
final class Approximations {
  private Approximations() {}

  static void register(Rows rows) {
  }
}
