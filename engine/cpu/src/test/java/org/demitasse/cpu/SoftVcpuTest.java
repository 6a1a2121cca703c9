package org.demitasse.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.bus.BusDevice;
import org.demitasse.core.clock.VirtualClock;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.core.vcpu.LocalApicPort;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.Flags;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real-mode programs on a whole vCPU: what comes between two instructions. */
class SoftVcpuTest {
  private static final int PROGRAM = 0x1000;
  private static final int HANDLER = 0x2000;
  private static final int LOG = 0x600;
  private static final int DEBUG = 1;
  private static final int NMI = 2;

  /** An interrupt handler that appends the IP it will return to to a list at DI. */
  private static final String LOG_RETURN_ADDRESS =
      "89 e5 8b 46 00 89 05 83 c7 02"; // mov bp,sp; mov ax,[bp]; mov [di],ax

  private final GuestMemory memory = new GuestMemory(4 << 20);
  private final Bus ports = new Bus("port");
  private final VirtualClock clock = new VirtualClock(0);
  private boolean unmaskedInput;
  private final SoftProcessors processors =
      new SoftProcessors(
          new Engine.Wiring(memory, new Bus("memory"), ports, clock, 1, index -> new SilentApic()), Translation.NONE);
  private final SoftVcpu vcpu = processors.vcpus().getFirst();
  private final Cpu cpu = vcpu.cpu();

  @BeforeEach
  void realModeWithAStack() {
    for (int number : new int[] {Cpu.CS, Cpu.SS, Cpu.DS, Cpu.ES}) {
      cpu.setSegment(number, new Segment(0, 0, 0xffff, number == Cpu.CS ? 0x9b : 0x93));
    }
    cpu.modeChanged();
    cpu.rip = PROGRAM;
    cpu.gpr[Cpu.RSP] = 0x8000;
    cpu.gpr[Cpu.RDI] = LOG;
  }

  @AfterEach
  void close() {
    processors.close();
    memory.close();
  }

  private void code(int address, String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
    for (int n = 0; n < bytes.length; n++) {
      memory.writeByte(address + n, bytes[n]);
    }
  }

  private void handler(int vector, String hex) {
    memory.writeInt(vector * 4L, HANDLER + vector * 0x100);
    code(HANDLER + vector * 0x100, hex);
  }

  private void runToHlt() {
    cpu.sys.eflags &= ~Flags.IF;
    assertThat(processors.run()).isEqualTo(ExitReason.HALTED);
  }

  private int logged(int index) {
    return memory.readShort(LOG + 2L * index) & 0xffff;
  }

  @Test
  void nmiThatWaitedForIretComesBeforeTheNextInstruction() {
    boolean[] raised = new boolean[1];
    ports.map(
        "nmi",
        0x10,
        1,
        new BusDevice() {
          @Override
          public long read(long offset, int size) {
            return 0;
          }

          @Override
          public void write(long offset, int size, long value) {
            if (!raised[0]) {
              raised[0] = true;
              vcpu.nmi();
            }
          }
        });
    handler(NMI, LOG_RETURN_ADDRESS + "e6 10 40 40 cf"); // out 0x10,al; inc ax; inc ax; iret
    code(PROGRAM, "43 43 43 43 f4"); // inc bx (4 times); hlt
    vcpu.nmi();
    runToHlt();
    assertThat(logged(0)).isEqualTo(PROGRAM);
    assertThat(logged(1)).as("the second NMI").isEqualTo(PROGRAM);
    assertThat(logged(2)).isZero();
    assertThat(cpu.gpr[Cpu.RBX]).isEqualTo(4);
  }

  @Test
  void instructionBreakpointStrikesAtTheInstructionAfterTheOneThatEnabledIt() {
    handler(DEBUG, LOG_RETURN_ADDRESS + "66 31 d2 0f 23 fa cf"); // xor edx,edx; mov dr7,edx; iret
    code(PROGRAM, "0f 23 d0 0f 23 f9 43 43 f4"); // mov dr2,eax; mov dr7,ecx; inc bx; inc bx; hlt
    cpu.gpr[Cpu.RAX] = PROGRAM + 6;
    cpu.gpr[Cpu.RCX] = 0x420;
    cpu.sys.eflags |= Flags.RF; // as after a fault's IRET
    runToHlt();
    assertThat(logged(0)).isEqualTo(PROGRAM + 6);
    assertThat(logged(1)).isZero();
    assertThat(cpu.dr[6] & 15).isEqualTo(4);
    assertThat(cpu.gpr[Cpu.RBX]).isEqualTo(2);
  }

  @Test
  void dataBreakpointStrikesAtTheFirstAccessAfterItWasEnabled() {
    handler(DEBUG, LOG_RETURN_ADDRESS + "cf");
    // mov [0x700],ax; mov dr1,eax; mov dr7,ecx; mov [0x700],ax; inc bx; hlt
    code(PROGRAM, "a3 00 07 0f 23 c8 0f 23 f9 a3 00 07 43 f4");
    cpu.gpr[Cpu.RAX] = 0x700;
    cpu.gpr[Cpu.RCX] = 0xd0_040a; // DR1: 4 bytes, writes
    runToHlt();
    assertThat(logged(0)).isEqualTo(PROGRAM + 12);
    assertThat(logged(1)).isZero();
    assertThat(cpu.dr[6] & 15).isEqualTo(2);
  }

  @Test
  void trapOfAWatchedLoadOfTheStackSegmentWaitsForOneInstruction() {
    watchedLoadOfSs("43 43 f4"); // inc bx; inc bx; hlt
    assertThat(logged(0)).isEqualTo(PROGRAM + 11);
    assertThat(logged(1)).isZero();
  }

  @Test
  void trapOfAWatchedLoadOfTheStackSegmentIsOneWithThatOfInt1() {
    watchedLoadOfSs("f1 43 f4"); // int1; inc bx; hlt
    assertThat(logged(0)).isEqualTo(PROGRAM + 11);
    assertThat(logged(1)).isZero();
    assertThat(cpu.dr[6] & 15).isEqualTo(2);
  }

  @Test
  void trapOfAWatchedLoadOfTheStackSegmentMeetsTheHandlerOfAnInterrupt() {
    handler(0x40, LOG_RETURN_ADDRESS + "cf");
    watchedLoadOfSs("cd 40 f4"); // int 0x40; hlt
    assertThat(logged(0)).isEqualTo(HANDLER + 0x40 * 0x100);
    assertThat(logged(1)).isEqualTo(PROGRAM + 12);
    assertThat(logged(2)).isZero();
  }

  @Test
  void instructionBreakpointDoesNotStrikeAfterALoadOfTheStackSegment() {
    handler(DEBUG, LOG_RETURN_ADDRESS + "66 31 d2 0f 23 fa cf"); // xor edx,edx; mov dr7,edx; iret
    code(PROGRAM, "0f 23 d0 0f 23 f9 8e 16 00 07 43 43 f4"); // mov dr2,eax; mov dr7,ecx; mov ss,[0x700]; inc bx; ...
    cpu.gpr[Cpu.RAX] = PROGRAM + 10;
    cpu.gpr[Cpu.RCX] = 0x420;
    runToHlt();
    assertThat(logged(0)).isZero();
    assertThat(cpu.gpr[Cpu.RBX]).isEqualTo(2);
  }

  @Test
  void portBreakpointTrapsAfterTheAccessWithDebugExtensionsOnly() {
    handler(DEBUG, LOG_RETURN_ADDRESS + "cf");
    // mov dr0,eax; mov dr7,ecx; out 0x21,al; mov cr4,edx; in al,0x21; in ax,0x20; in al,0x20; hlt
    code(PROGRAM, "0f 23 c0 0f 23 f9 e6 21 0f 22 e2 e4 21 e5 20 e4 20 f4");
    cpu.gpr[Cpu.RAX] = 0x21;
    cpu.gpr[Cpu.RCX] = 0x2_0402; // DR0: 1 port
    cpu.gpr[Cpu.RDX] = 8;
    runToHlt();
    assertThat(logged(0)).isEqualTo(PROGRAM + 13);
    assertThat(logged(1)).as("a word's second port").isEqualTo(PROGRAM + 15);
    assertThat(logged(2)).isZero();
    assertThat(cpu.dr[6] & 15).isEqualTo(1);
  }

  @Test
  void dataBreakpointTrapsWithinARepetition() {
    handler(DEBUG, "89 4d 00 83 c7 02 cf"); // mov [di],cx; add di,2; iret
    // mov dr0,eax; mov dr7,ecx; mov cx,8; mov si,0x700; rep lodsb; hlt
    code(PROGRAM, "0f 23 c0 0f 23 f9 b9 08 00 be 00 07 f3 ac f4");
    cpu.gpr[Cpu.RAX] = 0x702;
    cpu.gpr[Cpu.RCX] = 0x3_0402; // DR0: 1 byte, reads and writes
    runToHlt();
    assertThat(logged(0)).as("steps left").isEqualTo(5);
    assertThat(logged(1)).isZero();
    assertThat(cpu.gpr[Cpu.RCX] & 0xffff).isZero();
  }

  @Test
  void instructionsBeyondTheLimitOfTheCodeSegmentFault() {
    code(PROGRAM, "43 43 b8 34 12 43 f4"); // inc bx; inc bx; mov ax,0x1234; inc bx; hlt
    cpu.segmentLimit[Cpu.CS] = PROGRAM + 3; // in the middle of the MOV; the handler is beyond it, too
    memory.writeInt(13 * 4L, 0x800);
    code(0x800, LOG_RETURN_ADDRESS + "f4");
    runToHlt();
    assertThat(logged(0)).isEqualTo(PROGRAM + 2);
    assertThat(cpu.gpr[Cpu.RBX]).isEqualTo(2);
  }

  @Test
  void vexInstructionsAreUndefinedInRealMode() {
    handler(6, LOG_RETURN_ADDRESS + "f4");
    code(PROGRAM, "43 c4 e2 60 f2 c0 f4"); // inc bx; andn eax,ebx,eax; hlt
    runToHlt();
    assertThat(logged(0)).isEqualTo(PROGRAM + 1);
  }

  private void watchedLoadOfSs(String next) {
    handler(DEBUG, LOG_RETURN_ADDRESS + "cf");
    code(PROGRAM, "0f 23 c8 0f 23 f9 8e 16 00 07" + next); // mov dr1,eax; mov dr7,ecx; mov ss,[0x700]
    cpu.gpr[Cpu.RAX] = 0x700;
    cpu.gpr[Cpu.RCX] = 0xf0_040a; // DR1: 4 bytes, reads and writes
    runToHlt();
  }

  @Test
  void aHaltWithInterruptsOffIsTheEndThoughATimerRuns() {
    boolean[] expired = new boolean[1];
    clock.timers().newTimer(() -> expired[0] = true).arm(1_000_000);
    code(PROGRAM, "40 f4"); // inc ax; hlt
    runToHlt();
    assertThat(cpu.gpr[Cpu.RAX]).isEqualTo(1);
    assertThat(expired).containsExactly(false);
    assertThat(clock.nanos()).isLessThan(1_000_000);
  }

  @Test
  void aTimerThatMayMakeAnNmiIsWaitedFor() {
    unmaskedInput = true;
    clock
        .timers()
        .newTimer(() -> {
          vcpu.nmi();
          unmaskedInput = false;
        })
        .arm(1_000_000);
    handler(NMI, "43 cf"); // inc bx; iret
    code(PROGRAM, "f4 40 f4"); // hlt; inc ax; hlt
    runToHlt();
    assertThat(cpu.gpr[Cpu.RBX]).isEqualTo(1);
    assertThat(cpu.gpr[Cpu.RAX]).isEqualTo(1);
    assertThat(clock.nanos()).isGreaterThanOrEqualTo(1_000_000);
  }

  @Test
  void aHaltWithInterruptsOnWaitsForTheTimer() {
    clock.timers().newTimer(() -> processors.stop(ExitReason.SHUTDOWN)).arm(1_000_000);
    code(PROGRAM, "f4"); // hlt
    cpu.sys.eflags |= Flags.IF;
    assertThat(processors.run()).isEqualTo(ExitReason.SHUTDOWN);
  }

  /** A local APIC that never has an interrupt. */
  private final class SilentApic implements LocalApicPort {
    @Override
    public long read(int offset) {
      return 0;
    }

    @Override
    public void write(int offset, long value) {}

    @Override
    public long readMsr(int msr) {
      throw new IllegalArgumentException("no such MSR: 0x%x".formatted(msr));
    }

    @Override
    public void writeMsr(int msr, long value) {
      throw new IllegalArgumentException("no such MSR: 0x%x".formatted(msr));
    }

    @Override
    public long apicBase() {
      return 0xfee0_0900L;
    }

    @Override
    public void setApicBase(long value) {}

    @Override
    public long tscDeadline() {
      return 0;
    }

    @Override
    public void setTscDeadline(long ticks) {}

    @Override
    public void send(int destination, int command) {}

    @Override
    public int taskPriorityClass() {
      return 0;
    }

    @Override
    public void setTaskPriorityClass(int priorityClass) {}

    @Override
    public boolean interruptPending() {
      return false;
    }

    @Override
    public boolean mayInterruptUnmasked() {
      return unmaskedInput;
    }

    @Override
    public int acknowledge() {
      return -1;
    }

    @Override
    public void initialize() {}
  }
}
