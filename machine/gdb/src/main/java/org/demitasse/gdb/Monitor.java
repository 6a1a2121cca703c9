package org.demitasse.gdb;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuState;

/** The {@code monitor} commands: what gdb itself has no words for. */
final class Monitor {
  private static final String HELP =
      """
      info registers         all registers of this vCPU, segments and tables too
      info mem               ranges of linear addresses with their rights
      info tlb               every page with its physical address and flags
      info irq               interrupt controllers
      info virtio            virtio devices and their queues
      info kaslr             how far a Linux kernel has moved itself
      lsmod                  the modules that a Linux kernel has loaded, and where
      symbol-files           commands for gdb that give it the names of kernel and modules
      xp/COUNT[bhwg] GPA     physical memory in hex: bytes, 2, 4 or 8 at a time
      phys [on|off]          whether gdb's memory commands mean physical addresses
      arch [i386|x86-64]     the registers that gdb is told of; then: unset tdesc filename
      """;

  private static final Pattern EXAMINE =
      Pattern.compile("xp(?: ?/(\\d{0,4})(?:x?([bhwg])?x?))? +(?:0x)?([0-9a-fA-F]{1,16})");
  private static final int MAX_MAPPINGS = 200_000;
  private static final int MAX_LINES = 2_000;
  private static final int MAX_UNITS = 4096;
  private static final String[] GPR = {
    "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"
  };
  private static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs"};

  private final Debuggee machine;
  private final DebuggedMemory memory;
  private RegisterLayout layout = RegisterLayout.X86_64;
  private boolean physical;

  Monitor(Debuggee machine, DebuggedMemory memory) {
    this.machine = machine;
    this.memory = memory;
  }

  /** The registers that the client is told of. */
  RegisterLayout layout() {
    return layout;
  }

  /** Does a command and gives what it says, in whole lines. */
  String answer(String command, Vcpu vcpu) {
    String words = command.strip().replaceAll("\\s+", " ");
    if (words.startsWith("xp")) {
      return examine(words);
    }
    return switch (words) {
      case "", "help" -> HELP;
      case "info registers" -> registers(vcpu);
      case "info mem" -> ranges(vcpu.save());
      case "info tlb" -> pages(vcpu.save());
      case "lsmod", "symbol-files" -> machine.describe(words).orElse("this machine does not tell\n");
      case "phys" -> "memory commands mean %s addresses\n".formatted(physical ? "physical" : "virtual");
      case "phys on" -> setPhysical(true);
      case "phys off" -> setPhysical(false);
      case "arch" -> "registers are those of %s\n".formatted(layout == RegisterLayout.I386 ? "i386" : "x86-64");
      case "arch i386" -> setLayout(RegisterLayout.I386);
      case "arch x86-64" -> setLayout(RegisterLayout.X86_64);
      default ->
          (words.startsWith("info ") ? machine.describe(words.substring(5)) : java.util.Optional.<String>empty())
              .orElse("there is no such command; try monitor help\n");
    };
  }

  private String setPhysical(boolean on) {
    physical = on;
    memory.setPhysical(on);
    return answer("phys", machine.engine().stopped());
  }

  private String setLayout(RegisterLayout wanted) {
    layout = wanted;
    return answer("arch", machine.engine().stopped());
  }

  private static String registers(Vcpu vcpu) {
    VcpuState state = vcpu.save();
    StringBuilder text = new StringBuilder();
    text.append(
        "vcpu %d  %s  %d instructions\n"
            .formatted(
                vcpu.index(),
                state.activity().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                vcpu.instructionsRetired()));
    for (int i = 0; i < 16; i++) {
      text.append("%-3s %016x%s".formatted(GPR[i], state.gpr()[i], i % 4 == 3 ? "\n" : "  "));
    }
    text.append("rip %016x  rflags %08x\n".formatted(state.rip(), state.rflags()));
    for (int i = 0; i < 6; i++) {
      text.append(segment(SEGMENTS[i], state.segments()[i]));
    }
    text.append(segment("ldtr", state.ldtr())).append(segment("tr", state.tr()));
    text.append("gdt  %016x limit %04x\n".formatted(state.gdtr().base(), state.gdtr().limit()));
    text.append("idt  %016x limit %04x\n".formatted(state.idtr().base(), state.idtr().limit()));
    text.append(
        "cr0 %08x  cr2 %016x  cr3 %016x  cr4 %08x  cr8 %x  xcr0 %x\n"
            .formatted(state.cr0(), state.cr2(), state.cr3(), state.cr4(), state.cr8(), state.xcr0()));
    long[] dr = state.dr();
    text.append(
        "dr0 %016x  dr1 %016x  dr2 %016x  dr3 %016x  dr6 %08x  dr7 %08x\n"
            .formatted(dr[0], dr[1], dr[2], dr[3], dr[4], dr[5]));
    state.msrs().forEach((number, value) -> text.append("msr %08x %016x\n".formatted(number, value)));
    return text.toString();
  }

  private static String segment(String name, Segment segment) {
    return "%-4s %04x base %016x limit %08x attributes %04x\n"
        .formatted(name, segment.selector(), segment.base(), segment.limit(), segment.attributes());
  }

  private String ranges(VcpuState state) {
    PageTables.Found found = PageTables.read(state, machine.memory(), MAX_MAPPINGS);
    List<PageTables.Mapping> mappings = found.mappings();
    StringBuilder text = new StringBuilder(mappings.isEmpty() ? "nothing is mapped: paging is off\n" : "");
    int lines = 0;
    for (int i = 0; i < mappings.size() && lines < MAX_LINES; lines++) {
      PageTables.Mapping first = mappings.get(i);
      long end = first.linear() + first.bytes();
      for (i++; i < mappings.size() && continues(mappings.get(i), end, first); i++) {
        end += mappings.get(i).bytes();
      }
      text.append(
          "%016x-%016x %12d KiB %s\n".formatted(first.linear(), end, end - first.linear() >>> 10, first.rights()));
    }
    return text.append(rest(found.complete() && lines < MAX_LINES)).toString();
  }

  private static boolean continues(PageTables.Mapping next, long end, PageTables.Mapping first) {
    return next.linear() == end && next.rights().equals(first.rights());
  }

  private String pages(VcpuState state) {
    PageTables.Found found = PageTables.read(state, machine.memory(), MAX_LINES);
    StringBuilder text = new StringBuilder(found.mappings().isEmpty() ? "nothing is mapped: paging is off\n" : "");
    found.mappings().stream()
        .limit(MAX_LINES)
        .forEach(page ->
            text.append(
                "%016x %010x %8d KiB %s\n".formatted(page.linear(), page.gpa(), page.bytes() >>> 10, page.flags())));
    return text.append(rest(found.complete())).toString();
  }

  private static String rest(boolean complete) {
    return complete ? "" : "... and more\n";
  }

  private String examine(String words) {
    Matcher matcher = EXAMINE.matcher(words);
    if (!matcher.matches()) {
      return "usage: xp/COUNT[bhwg] GPA, like xp/4w 0x1000\n";
    }
    String digits = matcher.group(1);
    int count = digits == null || digits.isEmpty() ? 1 : Math.min(MAX_UNITS, Integer.parseInt(digits));
    int size =
        switch (matcher.group(2) == null ? "w" : matcher.group(2)) {
          case "b" -> 1;
          case "h" -> 2;
          case "g" -> 8;
          default -> 4;
        };
    long gpa = Long.parseUnsignedLong(matcher.group(3), 16);
    if (count == 0 || !machine.memory().contains(gpa, (long) count * size)) {
      return "0x%x bytes at physical 0x%x are not RAM\n".formatted(count * size, gpa);
    }
    return dump(gpa, count, size, machine.memory().readBytes(gpa, count * size));
  }

  private static String dump(long gpa, int count, int size, byte[] bytes) {
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    StringBuilder text = new StringBuilder();
    int perLine = Math.max(2, 16 / size);
    for (int i = 0; i < count; i++) {
      if (i % perLine == 0) {
        text.append("%s%010x:".formatted(i == 0 ? "" : "\n", gpa + (long) i * size));
      }
      text.append(
          switch (size) {
            case 1 -> " %02x".formatted(buffer.get());
            case 2 -> " %04x".formatted(buffer.getShort());
            case 4 -> " %08x".formatted(buffer.getInt());
            default -> " %016x".formatted(buffer.getLong());
          });
    }
    return text.append('\n').toString();
  }
}
