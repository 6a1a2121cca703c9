package org.demitasse.cpu.system;

import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.jspecify.annotations.Nullable;

/** Looks selectors up in the GDT and the LDT (Intel SDM vol. 3, 3.5.1). */
final class DescriptorTables {
  private DescriptorTables() {}

  /** Says whether a selector is null: index 0 of the GDT, whatever its RPL. */
  static boolean isNull(int selector) {
    return (selector & 0xfffc) == 0;
  }

  /** Finds a descriptor; null where the selector is null or outside its table. */
  static @Nullable Descriptor find(Cpu cpu, int selector) {
    if (isNull(selector)) {
      return null;
    }
    int index = selector & 0xfff8;
    long base;
    long limit;
    if ((selector & 4) == 0) {
      base = cpu.gdtrBase;
      limit = cpu.gdtrLimit;
    } else {
      if ((cpu.ldtr.attributes() & Segment.UNUSABLE) != 0) {
        return null;
      }
      base = cpu.ldtr.base();
      limit = cpu.ldtr.limit();
    }
    if (index + 7 > limit) {
      return null;
    }
    return new Descriptor(selector, base + index, cpu.memory.systemRead(base + index, 8), 0);
  }

  /** Finds a descriptor, or raises {@code vector} with the selector as error code. */
  static Descriptor require(Cpu cpu, int selector, int vector) {
    Descriptor descriptor = find(cpu, selector);
    if (descriptor == null) {
      throw cpu.raise(vector, selector & 0xfffc);
    }
    return descriptor;
  }

  /**
   * Finds a system descriptor, of 16 bytes in IA-32e mode, or raises {@code vector} with the selector as error code.
   */
  static Descriptor requireSystem(Cpu cpu, int selector, int vector) {
    Descriptor descriptor = require(cpu, selector, vector);
    return Privilege.isLong(cpu) ? widen(cpu, descriptor, vector) : descriptor;
  }

  /** The 16-byte form of a system descriptor that is known to be one. */
  static Descriptor widen(Cpu cpu, Descriptor descriptor, int vector) {
    int selector = descriptor.selector();
    long limit = (selector & 4) == 0 ? cpu.gdtrLimit : cpu.ldtr.limit();
    if ((selector & 0xfff8) + 15 > limit) {
      throw cpu.raise(vector, descriptor.error());
    }
    long high = cpu.memory.systemRead(descriptor.address() + 8, 8);
    if ((high >>> 40 & 0x1f) != 0) {
      throw cpu.raise(vector, descriptor.error());
    }
    return new Descriptor(selector, descriptor.address(), descriptor.low(), high);
  }
}
