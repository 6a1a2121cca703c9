package org.demitasse.machine;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.LongFunction;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuState;

/**
 * The state of a vCPU at its end, for a human: registers, the bytes around the instruction, and what the stack tells
 * about how it came there.
 *
 * @param lines the report, a line each
 */
public record CrashReport(List<String> lines) {
  private static final String[] GPR = {
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
  };
  private static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs"};
  private static final int MSR_EFER = 0xc000_0080;
  private static final int EFER_LMA = 1 << 10;
  private static final int ATTRIBUTE_L = 1 << 9;
  private static final int ATTRIBUTE_D = 1 << 10;
  private static final long RFLAGS_IF = 1 << 9;
  private static final int BYTES_BEFORE = 16;
  private static final int BYTES_AFTER = 16;
  private static final int STACK_WORDS = 512;
  private static final int MAX_CALLERS = 16;

  /**
   * Reads a stopped vCPU.
   *
   * @param symbols the nearest symbol of an address as {@code name+0x1f}, or nothing
   * @param boot what the guest was given
   * @param console the last lines that it printed
   * @param tripleFault whether that was the end
   */
  static CrashReport of(
      Vcpu vcpu,
      GuestMemory memory,
      LongFunction<Optional<String>> symbols,
      BootFacts boot,
      List<String> console,
      boolean tripleFault) {
    return new Writer(vcpu, memory, symbols).write(boot, console, tripleFault);
  }

  /** One line about a vCPU that is asked where it is. */
  static String place(Vcpu vcpu, LongFunction<Optional<String>> symbols) {
    VcpuState state = vcpu.save();
    long rip = state.segments()[VcpuState.CS].base() + state.rip();
    return "vcpu %d  %s  interrupts %s  rip %016x%s"
        .formatted(
            vcpu.index(),
            state.activity().name().toLowerCase(Locale.ROOT).replace('_', ' '),
            (state.rflags() & RFLAGS_IF) != 0 ? "on" : "off",
            rip,
            symbols.apply(rip).map(name -> "  " + name).orElse(""));
  }

  private static final class Writer {
    private final Vcpu vcpu;
    private final VcpuState state;
    private final GuestMemory memory;
    private final LongFunction<Optional<String>> symbols;
    private final List<String> lines = new ArrayList<>();
    private final List<String> called = new ArrayList<>(); // names of functions that the report shows

    Writer(Vcpu vcpu, GuestMemory memory, LongFunction<Optional<String>> symbols) {
      this.vcpu = vcpu;
      this.state = vcpu.save();
      this.memory = memory;
      this.symbols = symbols;
    }

    CrashReport write(BootFacts boot, List<String> console, boolean tripleFault) {
      where();
      registers();
      segments();
      code();
      instructions();
      callers();
      branches();
      for (int n = 0; n < console.size(); n++) {
        lines.add((n == 0 ? "console  " : "         ") + console.get(n));
      }
      CrashCause.guess(state, called, boot, memory, console, tripleFault)
          .ifPresent(cause -> lines.addFirst("likely cause: " + cause));
      return new CrashReport(List.copyOf(lines));
    }

    private void where() {
      Segment cs = state.segments()[VcpuState.CS];
      lines.add(
          "vcpu %d  %s  ring %d  %s%s"
              .formatted(
                  vcpu.index(),
                  mode(cs),
                  StackSample.privilege(state),
                  state.activity().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                  vcpu.instructionsRetired() < 0
                      ? ""
                      : " after %d instructions".formatted(vcpu.instructionsRetired())));
      lines.add("rip %016x%s".formatted(state.rip(), named(cs.base() + state.rip())));
      symbols.apply(cs.base() + state.rip()).ifPresent(called::add);
    }

    private String mode(Segment cs) {
      if ((state.cr0() & 1) == 0) {
        return "real mode";
      }
      if ((efer() & EFER_LMA) == 0) {
        return (cs.attributes() & ATTRIBUTE_D) != 0 ? "32-bit protected mode" : "16-bit protected mode";
      }
      return (cs.attributes() & ATTRIBUTE_L) != 0 ? "64-bit mode" : "compatibility mode";
    }

    private long efer() {
      return state.msrs().getOrDefault(MSR_EFER, 0L);
    }

    private String named(long address) {
      return symbols.apply(address).map(name -> "  " + name).orElse("");
    }

    private void registers() {
      long[] gpr = state.gpr();
      for (int i = 0; i < gpr.length; i += 4) {
        StringBuilder line = new StringBuilder();
        for (int j = i; j < i + 4; j++) {
          line.append("%-3s %016x  ".formatted(GPR[j], gpr[j]));
        }
        lines.add(line.toString().stripTrailing());
      }
      lines.add(
          "cr0 %016x  cr2 %016x  cr3 %016x  cr4 %016x".formatted(state.cr0(), state.cr2(), state.cr3(), state.cr4()));
      lines.add(
          "rflags %08x  efer %08x  dr6 %08x  dr7 %08x".formatted(state.rflags(), efer(), state.dr()[4], state.dr()[5]));
    }

    private void segments() {
      for (int i = 0; i < SEGMENTS.length; i++) {
        segment(SEGMENTS[i], state.segments()[i]);
      }
      segment("tr", state.tr());
      lines.add(
          "gdt %016x limit %04x  idt %016x limit %04x"
              .formatted(state.gdtr().base(), state.gdtr().limit(), state.idtr().base(), state.idtr().limit()));
    }

    private void segment(String name, Segment segment) {
      lines.add(
          "%s  %04x  base %016x  limit %08x  attributes %04x"
              .formatted(name, segment.selector(), segment.base(), segment.limit(), segment.attributes()));
    }

    private void code() {
      long rip = state.segments()[VcpuState.CS].base() + state.rip();
      StringBuilder line = new StringBuilder("code");
      for (long at = rip - BYTES_BEFORE; at < rip + BYTES_AFTER; at++) {
        int value = readByte(at);
        String hex = value < 0 ? "??" : "%02x".formatted(value);
        line.append(at == rip ? " <" + hex + ">" : " " + hex);
      }
      lines.add(line.toString());
    }

    private void instructions() {
      Segment cs = state.segments()[VcpuState.CS];
      int bits = (efer() & EFER_LMA) != 0 && (cs.attributes() & ATTRIBUTE_L) != 0 ? 64 : 32;
      if (bits == 32 && (cs.attributes() & ATTRIBUTE_D) == 0) {
        bits = 16;
      }
      long rip = cs.base() + state.rip();
      long start = symbols.apply(rip).map(name -> rip - offset(name)).orElse(lastBranch(cs.base(), rip));
      lines.addAll(CodeListing.around(this::readByte, start, rip, bits));
    }

    /** Where the vCPU last branched to, if that leads on to where it is: an instruction starts there. */
    private long lastBranch(long base, long rip) {
      long[] branches = vcpu.lastBranches();
      long last = branches.length == 0 ? rip : base + branches[branches.length - 1];
      return Long.compareUnsigned(last, rip) <= 0 ? last : rip;
    }

    private static long offset(String name) {
      int plus = name.lastIndexOf("+0x");
      return plus < 0 ? 0 : Long.parseUnsignedLong(name.substring(plus + 3), 16);
    }

    private void branches() {
      long base = state.segments()[VcpuState.CS].base();
      List<String> names = new ArrayList<>();
      for (long target : vcpu.lastBranches()) {
        names.add(symbols.apply(base + target).orElse("0x" + Long.toHexString(target)));
      }
      lines.addAll(BranchTrail.lines(names));
    }

    /** Every word on the stack that a call may have left: callers, and leftovers of earlier calls. */
    private void callers() {
      int width = (efer() & EFER_LMA) != 0 ? 8 : 4;
      long rsp = state.segments()[VcpuState.SS].base() + state.gpr()[4];
      int found = 0;
      for (int i = 0; i < STACK_WORDS && found < MAX_CALLERS; i++) {
        long word = 0;
        for (int j = width - 1; j >= 0; j--) {
          int value = readByte(rsp + (long) i * width + j);
          if (value < 0) {
            return;
          }
          word = word << 8 | value;
        }
        Optional<String> name = symbols.apply(word);
        if (name.isPresent() && followsCall(word)) {
          called.add(name.get());
          lines.add("%s %016x  %s".formatted(found++ == 0 ? "stack" : "     ", word, name.get()));
        }
      }
    }

    /**
     * Whether a near call ends just before an address (Intel SDM vol. 2 CALL: E8 with 32 bits, FF /2 with any operand).
     */
    private boolean followsCall(long address) {
      if (readByte(address - 5) == 0xe8) {
        return true;
      }
      for (int length = 2; length <= 7; length++) {
        if (readByte(address - length) == 0xff && (readByte(address - length + 1) & 0x38) == 0x10) {
          return true;
        }
      }
      return false;
    }

    private int readByte(long linear) {
      long gpa = vcpu.debug().translate(linear);
      return gpa >= 0 && memory.contains(gpa, 1) ? memory.readByte(gpa) : -1;
    }
  }
}
