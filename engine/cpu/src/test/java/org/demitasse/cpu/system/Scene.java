package org.demitasse.cpu.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.bus.BusDevice;
import org.demitasse.core.clock.VirtualClock;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Decoder;
import org.demitasse.cpu.decode.OpcodeTable;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.mmu.CodeWatcher;
import org.demitasse.cpu.state.SystemRegisters;

/**
 * One CPU with a GDT, an IDT, a TSS and stacks in guest memory, in real, 32-bit protected or 64-bit mode. Paging maps
 * everything one to one, user pages, except what a test unmaps.
 */
final class Scene implements AutoCloseable {
  static final long GDT = 0x1000;
  static final long IDT = 0x2000;
  static final long TSS = 0x3000;
  static final long TSS2 = 0x3800;
  static final long CODE = 0x10_0000;
  static final long STACK0 = 0x8000;
  static final long STACK3 = 0x9000;
  static final long HANDLER = 0x11_0000;
  static final long PML4 = 0x20_0000;

  static final int CODE0 = 0x08;
  static final int DATA0 = 0x10;
  static final int CODE3 = 0x1b;
  static final int DATA3 = 0x23;
  static final int CODE64 = 0x28;
  static final int CODE64_3 = 0x33;
  static final int TASK = 0x38; // 16 bytes in long mode
  static final int CODE0_16 = 0x48;
  static final int CONFORMING = 0x50;
  static final int TASK2 = 0x58;
  static final int GATE = 0x60; // 16 bytes in long mode
  static final int ABSENT = 0x70;
  static final int LDT = 0x78;

  final GuestMemory memory = new GuestMemory(4 << 20);
  final Bus ports = new Bus("port");
  final TestApic apic = new TestApic();
  final VirtualClock clock = new VirtualClock(1_700_000_000_123_456_789L);
  final List<String> portWrites = new ArrayList<>();
  final Cpu cpu;
  private final Decoder decoder;

  Scene() {
    cpu = new Cpu(memory, new Bus("memory"), ports, NO_CODE);
    cpu.memory.alone = true;
    cpu.environment = new VcpuEnvironment(clock, apic, 0, 1, () -> 42, new Cpuid(CpuModel.DEFAULT, 1));
    ports.map("test", 0x10, 0x100, new PortRecorder());
    OpcodeTable table = new OpcodeTable();
    SystemOps.register(table);
    table.modrm(
        OpcodeTable.Map.ONE_BYTE,
        0xFF,
        i -> i.extension() == 3 ? SystemOps.farCall(i) : i.extension() == 5 ? SystemOps.farJump(i) : null);
    table.modrm(OpcodeTable.Map.ONE_BYTE, 0x63, SystemOps::arpl);
    decoder = new Decoder(table);
    Reset.powerUp(cpu);
  }

  private static final CodeWatcher NO_CODE =
      new CodeWatcher() {
        @Override
        public boolean isCode(long gpa) {
          return false;
        }

        @Override
        public void beforeWrite(long gpa, int bytes) {}
      };

  private final class PortRecorder implements BusDevice {
    @Override
    public long read(long offset, int size) {
      return 0x1122_3344L & (1L << size * 8) - 1;
    }

    @Override
    public void write(long offset, int size, long value) {
      portWrites.add("%x/%d=%x".formatted(offset + 0x10, size, value));
    }
  }

  // --- modes
  // ----------------------------------------------------------------------------------------------------------------

  /** Real mode, running at 0:0x7c00, stack at 0:0x7000. */
  static Scene real() {
    Scene scene = new Scene();
    Cpu cpu = scene.cpu;
    cpu.setSegment(Cpu.CS, new Segment(0, 0, 0xffff, 0x9b));
    cpu.modeChanged();
    cpu.rip = 0x7c00;
    cpu.gpr[Cpu.RSP] = 0x7000;
    cpu.idtrLimit = 0x3ff;
    return scene;
  }

  /** 32-bit protected mode without paging, CPL 0. */
  static Scene protectedMode() {
    Scene scene = new Scene();
    scene.tables();
    Cpu cpu = scene.cpu;
    cpu.sys.cr0 |= SystemRegisters.CR0_PE;
    cpu.gdtrBase = GDT;
    cpu.gdtrLimit = 0x7f;
    cpu.idtrBase = IDT;
    cpu.idtrLimit = 0x7ff;
    cpu.tr = new Segment(TASK, TSS, 0x67, 0x8b);
    scene.memory.writeShort(TSS + 0x66, 0x68); // no I/O bitmap
    scene.stack32(TSS, 0, DATA0, STACK0);
    scene.atLevel(0);
    return scene;
  }

  /** 64-bit mode, CPL 0, everything mapped one to one for user and supervisor. */
  static Scene longMode() {
    Scene scene = protectedMode();
    Cpu cpu = scene.cpu;
    scene.memory.writeLong(PML4, PML4 + 0x1000 | 7);
    scene.memory.writeLong(PML4 + 0x1000, PML4 + 0x2000 | 7);
    scene.memory.writeLong(PML4 + 0x2000, PML4 + 0x3000 | 7);
    scene.memory.writeLong(PML4 + 0x2008, 0x20_0000L | 0x87);
    for (int page = 0; page < 512; page++) {
      scene.memory.writeLong(PML4 + 0x3000 + 8 * page, (long) page << 12 | 7);
    }
    cpu.sys.cr3 = PML4;
    cpu.sys.cr4 = SystemRegisters.CR4_PAE;
    cpu.sys.efer = SystemRegisters.EFER_LME | SystemRegisters.EFER_LMA | SystemRegisters.EFER_SCE;
    cpu.sys.cr0 |= SystemRegisters.CR0_PG | SystemRegisters.CR0_WP;
    scene.memory.writeLong(TSS + 4, STACK0);
    scene.memory.writeLong(TSS + 36, 0x7000); // IST1
    cpu.idtrLimit = 0xfff;
    scene.atLevel64(0);
    return scene;
  }

  /** Goes to 32-bit code of a privilege level. */
  Scene atLevel(int cpl) {
    load(Cpu.CS, cpl == 0 ? CODE0 : CODE3);
    for (int number : new int[] {Cpu.SS, Cpu.DS, Cpu.ES, Cpu.FS, Cpu.GS}) {
      load(number, cpl == 0 ? DATA0 : DATA3);
    }
    return enter(cpl);
  }

  /** Goes to 64-bit code of a privilege level. */
  Scene atLevel64(int cpl) {
    load(Cpu.CS, cpl == 0 ? CODE64 : CODE64_3);
    load(Cpu.SS, cpl == 0 ? DATA0 : DATA3);
    return enter(cpl);
  }

  private Scene enter(int cpl) {
    cpu.sys.cpl = cpl;
    cpu.modeChanged();
    cpu.rip = CODE;
    cpu.gpr[Cpu.RSP] = cpl == 0 ? STACK0 - 0x100 : STACK3;
    return this;
  }

  private void load(int number, int selector) {
    long low = memory.readLong(GDT + (selector & 0xfff8));
    cpu.setSegment(number, new Descriptor(selector, 0, low, 0).toSegment(selector));
  }

  /** Goes to virtual-8086 mode at 0x1000:0x100, stack at 0x800:0x100. */
  Scene atVirtual8086(int iopl) {
    SegmentLoads.enterVirtual8086(cpu, new int[] {0x2000, 0x1000, 0x800, 0x3000, 0x4000, 0x5000});
    cpu.sys.eflags |= iopl << 12;
    cpu.rip = 0x100;
    cpu.gpr[Cpu.RSP] = 0x100;
    return this;
  }

  // --- tables
  // ---------------------------------------------------------------------------------------------------------------

  private void tables() {
    descriptor(CODE0, 0, 0xfffff, 0xc9b);
    descriptor(DATA0, 0, 0xfffff, 0xc93);
    descriptor(CODE3, 0, 0xfffff, 0xcfb);
    descriptor(DATA3, 0, 0xfffff, 0xcf3);
    descriptor(CODE64, 0, 0xfffff, 0xa9b);
    descriptor(CODE64_3, 0, 0xfffff, 0xafb);
    descriptor(TASK, TSS, 0x67, 0x08b);
    descriptor(CODE0_16, 0, 0xffff, 0x09b);
    descriptor(CONFORMING, 0, 0xfffff, 0xc9f);
    descriptor(TASK2, TSS2, 0x67, 0x089);
    descriptor(ABSENT, 0, 0xfffff, 0xc13);
    descriptor(LDT, 0x4000, 0xff, 0x082);
  }

  /** Writes a descriptor; attributes as in {@link Segment}. */
  void descriptor(int selector, long base, long limit, int attributes) {
    long low =
        limit & 0xffff
            | (base & 0xff_ffff) << 16
            | (attributes & 0xffL) << 40
            | (limit >>> 16 & 15) << 48
            | (attributes >>> 8 & 15L) << 52
            | (base >>> 24 & 0xff) << 56;
    memory.writeLong(GDT + (selector & 0xfff8), low);
  }

  /** Writes an 8-byte gate at an address; access is the byte with P, DPL and type. */
  void gate(long address, int selector, long offset, int access, int count) {
    memory.writeLong(
        address,
        offset & 0xffff | (long) selector << 16 | (long) count << 32 | (long) access << 40 | offset >>> 16 << 48);
  }

  /** Writes a 32-bit IDT gate to the handler of a vector. */
  void idt(int vector, int selector, int access) {
    gate(IDT + 8 * vector, selector, handler(vector), access, 0);
  }

  /** Writes a 64-bit IDT gate to the handler of a vector. */
  void idt64(int vector, int selector, int access, int interruptStack) {
    gate(IDT + 16 * vector, selector, handler(vector), access, interruptStack);
    memory.writeLong(IDT + 16 * vector + 8, 0);
  }

  static long handler(int vector) {
    return HANDLER + 16L * vector;
  }

  void stack32(long tss, int level, int selector, long pointer) {
    memory.writeInt(tss + 4 + 8 * level, (int) pointer);
    memory.writeInt(tss + 8 + 8 * level, selector);
  }

  /** Unmaps one page of the first 2 MiB. */
  void unmap(long linear) {
    memory.writeLong(PML4 + 0x3000 + 8 * (linear >>> 12), 0);
    cpu.memory.flush();
  }

  // --- execution
  // ------------------------------------------------------------------------------------------------------------

  /** Decodes and executes one instruction at RIP. */
  Op execute(String hex) {
    byte[] bytes = HexFormat.ofDelimiter(" ").parseHex(hex);
    Op op = decoder.decode(bytes, 0, bytes.length, 0, cpu);
    assertThat(op).as(hex).isNotNull();
    cpu.gpr[Cpu.BLOCK_RIP] = cpu.rip;
    assertThat(op.length()).as("length of " + hex).isEqualTo(bytes.length);
    op.execute(cpu);
    if (!op.isTerminator()) {
      cpu.rip = op.nextRip(cpu);
    }
    return op;
  }

  /** Executes an instruction that must fault: "13:0" is #GP(0). The fault leaves RIP and RSP as they were. */
  void faults(String hex, String expected) {
    long rip = cpu.rip;
    long rsp = cpu.gpr[Cpu.RSP];
    int cs = cpu.selector[Cpu.CS];
    String seen = "none";
    try {
      execute(hex);
    } catch (GuestFault fault) {
      seen = fault.vector() + ":" + fault.errorCode();
    }
    assertThat(seen).as(hex).isEqualTo(expected);
    assertThat(cpu.rip).isEqualTo(rip);
    assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(rsp);
    assertThat(cpu.selector[Cpu.CS]).isEqualTo(cs);
  }

  /** Delivers an exception at RIP. */
  boolean deliver(int vector, int errorCode) {
    return Interrupts.deliverFault(cpu, new GuestFault().with(vector, errorCode), cpu.rip);
  }

  /** A 4-byte word on the stack. */
  int stack32(int index) {
    return memory.readInt(cpu.segmentBase[Cpu.SS] + cpu.gpr[Cpu.RSP] + 4 * index);
  }

  /** An 8-byte word on the stack. */
  long stack64(int index) {
    return memory.readLong(cpu.gpr[Cpu.RSP] + 8 * index);
  }

  /** Puts words on the stack, the first on top. */
  void push32(int... words) {
    cpu.gpr[Cpu.RSP] -= 4L * words.length;
    for (int i = 0; i < words.length; i++) {
      memory.writeInt(cpu.segmentBase[Cpu.SS] + cpu.gpr[Cpu.RSP] + 4 * i, words[i]);
    }
  }

  /** Puts words on the stack, the first on top. */
  void push64(long... words) {
    cpu.gpr[Cpu.RSP] -= 8L * words.length;
    for (int i = 0; i < words.length; i++) {
      memory.writeLong(cpu.gpr[Cpu.RSP] + 8 * i, words[i]);
    }
  }

  @Override
  public void close() {
    cpu.memory.close();
    memory.close();
  }
}
