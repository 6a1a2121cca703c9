package org.demitasse.cpu.interpret;

import java.lang.reflect.Array;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.ModelSpecificRegisters;
import org.demitasse.cpu.state.SystemRegisters;
import org.demitasse.cpu.state.X87State;
import org.jspecify.annotations.Nullable;

/**
 * All fields of a CPU by name, so that one can be copied and two be compared and none be forgotten. For checks: slow.
 */
final class CpuFields {
  /**
   * Told apart by other means: the count of instructions, and the two words that lazy flags are made of; or without a
   * meaning after translated code.
   */
  private static final Set<String> NOT_COMPARED =
      Set.of(
          "remaining",
          "sliceLength",
          "retiredBefore",
          "flagResult",
          "flagCarries",
          "pendingFlags",
          "pendingFirst",
          "pendingSecond",
          "pendingThird",
          "pendingOver",
          "regionAt");

  private record Part(Function<Cpu, Object> of, Field field, boolean compared) {}

  private final List<Part> parts = new ArrayList<>();

  CpuFields() {
    add(Cpu.class, cpu -> cpu);
    add(X87State.class, cpu -> cpu.x87);
    add(SystemRegisters.class, cpu -> cpu.sys);
    add(ModelSpecificRegisters.class, cpu -> cpu.msr);
  }

  private void add(Class<?> type, Function<Cpu, Object> of) {
    for (Field field : type.getFields()) {
      boolean state =
          field.getType().isArray()
              || field.getType().isPrimitive() && !Modifier.isFinal(field.getModifiers())
              || field.getType() == Segment.class;
      if (state && !Modifier.isStatic(field.getModifiers())) {
        parts.add(new Part(of, field, !NOT_COMPARED.contains(field.getName())));
      }
    }
  }

  private static @Nullable Object get(Field field, Object owner) {
    try {
      return field.get(owner);
    } catch (IllegalAccessException e) {
      throw new IllegalStateException(field + " is public", e);
    }
  }

  /** Makes one CPU what another is; what is outside of it, and its TLB, stay its own. */
  void copy(Cpu from, Cpu to) {
    for (Part part : parts) {
      Object source = part.of.apply(from);
      Object target = part.of.apply(to);
      Object value = Objects.requireNonNull(get(part.field, source));
      if (part.field.getType().isArray()) {
        System.arraycopy(value, 0, Objects.requireNonNull(get(part.field, target)), 0, Array.getLength(value));
      } else {
        try {
          part.field.set(target, value);
        } catch (IllegalAccessException e) {
          throw new IllegalStateException(part.field + " is public", e);
        }
      }
    }
    to.modeChanged();
  }

  /** Lines that say in what two CPUs differ; empty if in nothing. */
  String difference(Cpu interpreted, Cpu translated) {
    StringBuilder text = new StringBuilder();
    if (interpreted.eflags() != translated.eflags()) {
      text.append(line("flags", interpreted.eflags(), translated.eflags()));
    }
    for (Part part : parts) {
      Object ours = Objects.requireNonNull(get(part.field, part.of.apply(interpreted)));
      Object theirs = Objects.requireNonNull(get(part.field, part.of.apply(translated)));
      if (!part.compared) {
        continue;
      }
      if (!part.field.getType().isArray()) {
        if (!ours.equals(theirs)) {
          text.append(line(part.field.getName(), ours, theirs));
        }
        continue;
      }
      for (int n = 0; n < Array.getLength(ours); n++) {
        boolean scratch = part.field.getName().equals("gpr") && n >= Cpu.ZERO;
        if (!scratch && !Array.get(ours, n).equals(Array.get(theirs, n))) {
          text.append(line(part.field.getName() + "[" + n + "]", Array.get(ours, n), Array.get(theirs, n)));
        }
      }
    }
    return text.toString();
  }

  private static String line(String name, Object interpreted, Object translated) {
    return "  %s: interpreted %s, translated %s%n".formatted(name, hex(interpreted), hex(translated));
  }

  private static String hex(Object value) {
    return switch (value) {
      case Integer number -> "0x%x".formatted(number);
      case Long number -> "0x%x".formatted(number);
      default -> value.toString();
    };
  }

  /** The registers in one paragraph. */
  static String registers(Cpu cpu) {
    StringBuilder text = new StringBuilder();
    for (int n = 0; n < 16; n++) {
      text.append(n % 4 == 0 ? "%n  ".formatted() : "  ").append("gpr[%d]=0x%x".formatted(n, cpu.gpr[n]));
    }
    int flags = Flags.pack(cpu.flagResult, cpu.flagCarries) | cpu.sys.eflags;
    return "rip=0x%x flags=0x%x cr3=0x%x cpl=%d%s".formatted(cpu.rip, flags, cpu.sys.cr3, cpu.sys.cpl, text);
  }
}
