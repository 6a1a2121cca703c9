package org.demitasse.engines;

import org.demitasse.core.vcpu.Engine;
import org.demitasse.cpu.SoftEngine;

class SoftEngineTest extends GuestPrograms {
  @Override
  Engine engine() {
    return new SoftEngine();
  }
}
