package org.demitasse.kvm;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.bus.BusDevice;
import org.demitasse.core.clock.HostClock;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.DescriptorTable;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.core.vcpu.VcpuState;

/**
 * A guest of a few instructions that every kernel's boot executes and that a KVM without hardware behind it may lack.
 * It runs in 64-bit mode, one to one, and tells the number of each step on a port before it takes it.
 */
final class ProbeGuest {
  private static final long MEMORY_BYTES = 0x1_0000;
  private static final long PML4 = 0x1000;
  private static final long PDPT = 0x2000;
  private static final long DIRECTORY = 0x3000;
  private static final long IDT = 0x4000;
  private static final long GDT = 0x5000;
  private static final long CODE = 0x8000;
  private static final long BREAKPOINT_CODE = 0x9000;
  private static final long STACK_TOP = 0x1_0000;
  private static final int PORT = 0xf4;
  private static final long TIMEOUT_NANOS = 2_000_000_000L;
  private static final int CODE_SELECTOR = 8;
  private static final int DATA_SELECTOR = 16;

  /** PE, MP, ET, NE, WP, PG. */
  private static final long CR0 = 0x8001_0033L;

  /** PAE, OSFXSR, OSXMMEXCPT. */
  private static final long CR4 = 0x620;

  private static final long CR4_OSXSAVE = 1 << 18;

  /** LME, LMA. */
  private static final long EFER = 0x500;

  /** IRETQ. */
  private static final String BREAKPOINT_RETURN = "48cf";

  /** MOV AL, number; OUT 0xf4, AL: the number is put in. */
  private static final String TELL = "b0%02xe6f4";

  private static final String HALT = "f4ebfd";

  /** What kernels do, and in machine code. 0x6000 and the bytes behind are for data. */
  private record Step(String name, String code) {}

  private static final Step SSE =
      // PXOR XMM0, XMM0; MOVDQU [0x6000], XMM0; MOVAPS XMM1, XMM0
      new Step("SSE in the kernel", "660fefc0" + "f30f7f042500600000" + "0f28c8");

  private static final Step XSAVE =
      // MOV EAX, 3; XOR EDX, EDX; XSAVE64 [0x6000]; XRSTOR64 [0x6000]
      new Step("XSAVE and XRSTOR", "b803000000" + "31d2" + "480fae242500600000" + "480fae2c2500600000");

  private static final Step SMAP = new Step("CLAC and STAC", "0f01ca" + "0f01cb" + "0f01ca");
  private static final Step INT3 = new Step("INT3", "cc");
  private static final Step SWAPGS = new Step("SWAPGS", "0f01f8" + "0f01f8");

  private final List<Step> steps = new ArrayList<>();
  private final boolean xsave;
  private int reached;

  private ProbeGuest(Kvm kvm) {
    List<CpuidLeaf> leaves = kvm.supportedCpuid();
    xsave = leaves.stream().anyMatch(leaf -> leaf.function() == 1 && (leaf.ecx() & 1 << 26) != 0);
    boolean smap =
        leaves.stream().anyMatch(leaf -> leaf.function() == 7 && leaf.index() == 0 && (leaf.ebx() & 1 << 20) != 0);
    steps.add(SSE);
    if (xsave) {
      steps.add(XSAVE);
    }
    if (smap) {
      steps.add(SMAP);
    }
    steps.add(INT3);
    steps.add(SWAPGS);
  }

  /**
   * Runs it.
   *
   * @return an empty string, or what this KVM cannot do
   * @throws KvmException if it cannot even make the machine
   */
  static String run(Kvm kvm) {
    return new ProbeGuest(kvm).probe(kvm);
  }

  private String probe(Kvm kvm) {
    HostClock clock = new HostClock();
    Bus ports = new Bus("port");
    try (GuestMemory memory = new GuestMemory(MEMORY_BYTES)) {
      Engine.Wiring wiring =
          new Engine.Wiring(
              memory,
              new Bus("memory"),
              ports,
              clock,
              1,
              index -> {
                throw new IllegalStateException();
              });
      try (KvmProcessors running = new KvmProcessors(kvm, wiring)) {
        ports.map("probe", PORT, 1, new Progress(running));
        load(memory);
        running.vcpus().getFirst().restore(state());
        clock.timers().newTimer(() -> running.stop(ExitReason.KICKED)).arm(clock.nanos() + TIMEOUT_NANOS);
        return verdict(running.run());
      }
    } catch (IllegalArgumentException refused) { // of a state that every 64-bit CPU can have
      return "this computer's KVM is not usable: " + refused.getMessage();
    }
  }

  private String verdict(ExitReason reason) {
    if (reason == ExitReason.SHUTDOWN) {
      return "";
    }
    String what = reached == 0 ? "the first instruction" : steps.get(reached - 1).name();
    return "this computer's KVM has no hardware behind it: it stops at %s, which kernels need".formatted(what);
  }

  private final class Progress implements BusDevice {
    private final Engine.Running running;

    Progress(Engine.Running running) {
      this.running = running;
    }

    @Override
    public long read(long offset, int size) {
      return 0;
    }

    @Override
    public void write(long offset, int size, long value) {
      reached = (int) value & 0xff;
      if (reached > steps.size()) {
        running.stop(ExitReason.SHUTDOWN);
      }
    }
  }

  private void load(GuestMemory memory) {
    memory.writeLong(PML4, PDPT | 3);
    memory.writeLong(PDPT, DIRECTORY | 3);
    memory.writeLong(DIRECTORY, 0x83);
    memory.writeLong(GDT + CODE_SELECTOR, 0x00af_9b00_0000_ffffL);
    memory.writeLong(GDT + DATA_SELECTOR, 0x00cf_9300_0000_ffffL);
    long gate = 0x8e00L << 32 | (BREAKPOINT_CODE >>> 16) << 48 | (long) CODE_SELECTOR << 16 | BREAKPOINT_CODE & 0xffff;
    memory.writeLong(IDT + 3 * 16, gate);
    StringBuilder code = new StringBuilder();
    for (int i = 0; i < steps.size(); i++) {
      code.append(TELL.formatted(i + 1)).append(steps.get(i).code());
    }
    code.append(TELL.formatted(steps.size() + 1)).append(HALT);
    memory.writeBytes(CODE, HexFormat.of().parseHex(code));
    memory.writeBytes(BREAKPOINT_CODE, HexFormat.of().parseHex(BREAKPOINT_RETURN));
  }

  private VcpuState state() {
    long[] gpr = new long[16];
    gpr[4] = STACK_TOP;
    Segment code = new Segment(CODE_SELECTOR, 0, 0xffff_ffffL, 0xa9b);
    Segment data = new Segment(DATA_SELECTOR, 0, 0xffff_ffffL, 0xc93);
    TreeMap<Integer, Long> msrs = new TreeMap<>();
    msrs.put(0xc000_0080, EFER);
    byte[] xsaveArea = new byte[576];
    xsaveArea[0] = 0x7f;
    xsaveArea[1] = 3;
    xsaveArea[24] = (byte) 0x80;
    xsaveArea[25] = 0x1f;
    return new VcpuState(
        gpr,
        CODE,
        2,
        new Segment[] {data, code, data, data, data, data},
        Segment.NULL,
        new Segment(0, 0, 0x67, 0x8b),
        new DescriptorTable(GDT, 23),
        new DescriptorTable(IDT, 0xfff),
        CR0,
        0,
        PML4,
        xsave ? CR4 | CR4_OSXSAVE : CR4,
        0,
        xsave ? 3 : 1,
        new long[] {0, 0, 0, 0, 0xffff_0ff0L, 0x400},
        xsaveArea,
        msrs,
        VcpuState.Activity.RUNNING,
        false,
        false);
  }
}
