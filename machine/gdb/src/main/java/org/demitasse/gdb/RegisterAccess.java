package org.demitasse.gdb;

import java.util.Arrays;
import java.util.List;
import org.demitasse.core.vcpu.Vcpu;

/** Reads and writes a standing vCPU's registers in the order of a layout. */
final class RegisterAccess {
  private RegisterAccess() {}

  static String readAll(RegisterLayout layout, Vcpu vcpu) {
    StateDraft state = new StateDraft(vcpu.save());
    StringBuilder digits = new StringBuilder();
    layout.registers().forEach(register -> digits.append(Hex.of(register.get().apply(state))));
    return digits.toString();
  }

  static String read(RegisterLayout layout, Vcpu vcpu, int number) {
    return Hex.of(register(layout, number).get().apply(new StateDraft(vcpu.save())));
  }

  /** Writes the registers from the first one on; those that are read-only or the same stay. */
  static void writeAll(RegisterLayout layout, Vcpu vcpu, byte[] bytes) {
    if (bytes.length == 0) {
      throw new BadPacketException("registers", null);
    }
    StateDraft state = new StateDraft(vcpu.save());
    int at = 0;
    for (Register register : layout.registers()) {
      int size = register.bits() / 8;
      if (at + size > bytes.length) {
        break;
      }
      byte[] value = Arrays.copyOfRange(bytes, at, at + size);
      if (!Arrays.equals(value, register.get().apply(state))) {
        register.set().accept(state, value);
      }
      at += size;
    }
    vcpu.restore(state.state());
  }

  static void write(RegisterLayout layout, Vcpu vcpu, int number, byte[] bytes) {
    Register register = register(layout, number);
    if (bytes.length != register.bits() / 8) {
      throw new BadPacketException("%d bits".formatted(register.bits()), null);
    }
    StateDraft state = new StateDraft(vcpu.save());
    register.set().accept(state, bytes);
    vcpu.restore(state.state());
  }

  private static Register register(RegisterLayout layout, int number) {
    List<Register> registers = layout.registers();
    if (number >= registers.size()) {
      throw new BadPacketException("a register", null);
    }
    return registers.get(number);
  }
}
