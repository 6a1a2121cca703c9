package org.demitasse.engines;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.demitasse.core.vcpu.DebugTarget;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.engines.SmallMachine.Access;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What every engine must do with the same programs. Machine code is in hexadecimal, its assembly beside it. */
@Timeout(60)
abstract class GuestPrograms {
  /** CLI; HLT. */
  private static final String HALT = "fa f4";

  /** JMP to itself. */
  private static final String SPIN = "eb fe";

  private static final int GDT = 0x3000;
  private static final int IDT = 0x3800;
  private static final int TICK_HANDLER = 0x4000;
  private static final int TICK_VECTOR = 0x40;

  /** Counts in [0x5000], or in [0x5004] if not in service, and besides in [0x5008] if interrupts were off. */
  private static final String TICK =
      "50 51 f7 44 24 10 00 02 00 00" // push eax; push ecx; test dword [esp+16], 0x200
          + "75 06 ff 05 08 50 00 00" // jnz; inc dword [0x5008]
          + "b9 a0 0f 00 00 e2 fe" // mov ecx, 4000; loop to itself
          + "f7 05 20 01 e0 fe 01 00 00 00" // test dword [0xfee00120], 1: in service?
          + "74 12 ff 05 00 50 00 00" // jz; inc dword [0x5000]
          + "c7 05 b0 00 e0 fe 00 00 00 00 eb 06" // mov dword [0xfee000b0], 0; jmp
          + "ff 05 04 50 00 00" // inc dword [0x5004]
          + "59 58 cf"; // pop ecx; pop eax; iret

  private SmallMachine machine;

  /** The engine, or an aborted test where this host cannot have it. */
  abstract Engine engine();

  /** Aborts a test of interrupts where the engine cannot return from interrupts. */
  void needsInterruptReturns() {}

  /** Aborts a test of breakpoints where this host's CPU does not have them. */
  void needsBreakpoints() {}

  @BeforeEach
  void makeMachine() {
    machine = new SmallMachine(engine());
  }

  @AfterEach
  void close() {
    if (machine != null) {
      machine.close();
    }
  }

  @Test
  void haltWithInterruptsOffEndsTheMachine() {
    machine.enter(HALT);
    assertThat(machine.running.run()).isEqualTo(ExitReason.HALTED);
    assertThat(machine.save().activity()).isEqualTo(VcpuState.Activity.HALTED);
  }

  @Test
  void portsAreWrittenInEverySize() {
    machine.enter(
        "66 ba 00 05" // mov dx, 0x500
            + "b8 44 33 22 11" // mov eax, 0x11223344
            + "ee 66 ef ef" // out dx, al; out dx, ax; out dx, eax
            + HALT);
    assertThat(machine.running.run()).isEqualTo(ExitReason.HALTED);
    assertThat(machine.portWrites)
        .containsExactly(new Access(0, 1, 0x44), new Access(0, 2, 0x3344), new Access(0, 4, 0x1122_3344));
  }

  @Test
  void portsAreReadIntoAPartOfTheRegister() {
    machine.enter("66 ba 01 05" + "b8 ff ff ff ff" + "ec" + "89 c3" + "66 ed" + "89 c1" + "ed" + HALT);
    machine.running.run();
    long[] gpr = machine.save().gpr();
    assertThat(gpr[3]).isEqualTo(0xffff_ff12L); // ebx: in al, dx
    assertThat(gpr[1]).isEqualTo(0xffff_2212L); // ecx: in ax, dx
    assertThat(gpr[0]).isEqualTo(0x4433_2212L); // eax: in eax, dx
  }

  @Test
  void stringsGoToAPortByteByByte() {
    machine.memory.writeBytes(0x4000, new byte[] {1, 2, 3, 4, 5});
    machine.enter(
        "fc 66 ba 00 05" // cld; mov dx, 0x500
            + "be 00 40 00 00 b9 05 00 00 00" // mov esi, 0x4000; mov ecx, 5
            + "f3 6e" // rep outsb
            + HALT);
    machine.running.run();
    assertThat(machine.portWrites).extracting(Access::value).containsExactly(1L, 2L, 3L, 4L, 5L);
    assertThat(machine.save().gpr()[1]).isZero();
  }

  @Test
  void deviceMemoryIsWrittenAndReadInEverySize() {
    machine.enter(
        "bb 00 00 00 d0" // mov ebx, 0xd0000000
            + "b8 44 33 22 11" // mov eax, 0x11223344
            + "88 03" // mov [ebx], al
            + "66 89 43 10" // mov [ebx+0x10], ax
            + "89 43 20" // mov [ebx+0x20], eax
            + "8b 4b 08" // mov ecx, [ebx+8]
            + "0f b6 53 04" // movzx edx, byte [ebx+4]
            + HALT);
    assertThat(machine.running.run()).isEqualTo(ExitReason.HALTED);
    assertThat(machine.deviceWrites)
        .containsExactly(new Access(0, 1, 0x44), new Access(0x10, 2, 0x3344), new Access(0x20, 4, 0x1122_3344));
    assertThat(machine.save().gpr()[1]).isEqualTo(0x4433_2219L);
    assertThat(machine.save().gpr()[2]).isEqualTo(0x15);
  }

  @Test
  void whereNothingIsReadsAllOnesAndTakesWrites() {
    machine.enter("b8 00 00 00 e0" + "c7 00 78 56 34 12" + "8b 08" + "66 ba 77 07 31 c0 ed" + HALT);
    assertThat(machine.running.run()).isEqualTo(ExitReason.HALTED);
    assertThat(machine.save().gpr()[1]).isEqualTo(0xffff_ffffL); // mov ecx, [0xe0000000]
    assertThat(machine.save().gpr()[0]).isEqualTo(0xffff_ffffL); // in eax, 0x777
  }

  @Test
  void ramKeepsWhatTheGuestWrites() {
    machine.enter(
        "c7 05 00 50 00 00 78 56 34 12" + "ff 05 00 50 00 00" + HALT); // mov dword [0x5000], ...; inc dword [0x5000]
    machine.running.run();
    assertThat(machine.memory.readInt(0x5000)).isEqualTo(0x1234_5679);
  }

  @Test
  void anExceptionWithoutATableIsATripleFault() {
    machine.enter("0f 0b"); // ud2
    assertThat(machine.running.run()).isEqualTo(ExitReason.TRIPLE_FAULT);
    assertThat(machine.running.stopped().index()).isZero();
  }

  @Test
  void aDeviceStopsTheMachineAtItsInstruction() {
    machine.enter("66 ba 00 06 ee" + "c7 05 00 50 00 00 01 00 00 00" + SPIN); // out 0x600; mov [0x5000], 1
    assertThat(machine.running.run()).isEqualTo(ExitReason.SHUTDOWN);
    assertThat(machine.save().rip()).isBetween(SmallMachine.CODE + 5, SmallMachine.CODE + 17);
  }

  @Test
  void aKickStopsALoopAndTheLoopGoesOn() throws InterruptedException {
    machine.enter("ff 05 00 50 00 00" + "eb f8"); // inc dword [0x5000]; jmp
    for (int i = 0; i < 3; i++) {
      int before = machine.memory.readInt(0x5000);
      Thread kicker = Thread.ofPlatform().start(() -> kickWhenCounted(before));
      assertThat(machine.running.run()).isEqualTo(ExitReason.KICKED);
      kicker.join();
      assertThat(machine.memory.readInt(0x5000)).isNotEqualTo(before);
    }
  }

  /** However slow the host is, the guest has run a little. */
  private void kickWhenCounted(int before) {
    long end = System.nanoTime() + 30_000_000_000L;
    while (machine.memory.readInt(0x5000) == before && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    machine.running.kick();
  }

  @Test
  void postedTasksRunWhileTheGuestSpins() throws InterruptedException {
    machine.enter(SPIN);
    CountDownLatch ran = new CountDownLatch(1);
    Thread outside =
        Thread.ofPlatform()
            .start(() -> {
              machine.running.post(ran::countDown);
              kickAfter(ran);
            });
    assertThat(machine.running.run()).isEqualTo(ExitReason.KICKED);
    outside.join();
    assertThat(ran.getCount()).isZero();
  }

  private void kickAfter(CountDownLatch latch) {
    try {
      latch.await(20, TimeUnit.SECONDS);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    machine.running.kick();
  }

  @Test
  void timersExpireWhileTheGuestSpins() {
    AtomicLong expired = new AtomicLong();
    long start = machine.clock.nanos();
    machine
        .clock
        .timers()
        .newTimer(() -> {
          expired.set(machine.clock.nanos() - start);
          machine.running.stop(ExitReason.RESET);
        })
        .arm(start + 30_000_000);
    machine.enter(SPIN);
    assertThat(machine.running.run()).isEqualTo(ExitReason.RESET);
    assertThat(expired.get()).isGreaterThanOrEqualTo(30_000_000);
  }

  @Test
  void anInterruptIsDeliveredOnceAndNotWhileInterruptsAreOff() {
    needsInterruptReturns();
    try (SmallMachine ticking = new SmallMachine(engine(), machine.running.interruptInputs().isEmpty(), 0)) {
      enterTicking(
          ticking,
          "fa e6 80 b9 c8 00 00 00 e2 fe" // again: cli; out 0x80, al; mov ecx, 200; loop to itself
              + "fb b9 b8 0b 00 00 e2 fe" // sti; mov ecx, 3000; loop to itself
              + "81 3d 00 50 00 00 c8 00 00 00 72 e2" // cmp dword [0x5000], 200; jb again
              + "fa 66 ba 00 06 ee" // cli; out 0x600
              + SPIN);
      assertThat(ticking.running.run()).isEqualTo(ExitReason.SHUTDOWN);
      assertThat(ticking.memory.readInt(0x5000)).as("interrupts in service when handled").isGreaterThanOrEqualTo(200);
      assertThat(ticking.memory.readInt(0x5004)).as("not in service").isZero();
      assertThat(ticking.memory.readInt(0x5008)).as("while interrupts were off").isZero();
    }
  }

  @Test
  void aStateThatIsSavedAndRestoredIsTheSame() {
    machine.enter("90" + HALT, 1, 2, 3, 4, 0, 6, 7, 8);
    machine.running.run();
    VcpuState saved = machine.save();
    machine.running.vcpus().getFirst().restore(saved);
    VcpuState again = machine.save();
    assertThat(again.gpr()).isEqualTo(saved.gpr());
    assertThat(again.rip()).isEqualTo(saved.rip()).isEqualTo(SmallMachine.CODE + 3);
    assertThat(again.segments()).isEqualTo(saved.segments());
    assertThat(again.xsave()).isEqualTo(saved.xsave());
    assertThat(again.cr0()).isEqualTo(saved.cr0());
    assertThat(again.dr()).isEqualTo(saved.dr());
    assertThat(again.activity()).isEqualTo(saved.activity());
  }

  @Test
  void aSingleStepIsOneInstruction() {
    machine.enter("40 40 40" + SPIN); // inc eax
    machine.running.vcpus().getFirst().debug().setSingleStep(true);
    assertThat(machine.running.run()).isEqualTo(ExitReason.BREAKPOINT);
    assertThat(machine.save().gpr()[0]).isEqualTo(1);
    assertThat(machine.running.run()).isEqualTo(ExitReason.BREAKPOINT);
    assertThat(machine.save().gpr()[0]).isEqualTo(2);
    assertThat(machine.save().rip()).isEqualTo(SmallMachine.CODE + 2);
  }

  @Test
  void aBreakpointStopsBeforeItsInstruction() {
    needsBreakpoints();
    machine.enter("90 90 40" + SPIN);
    DebugTarget debug = machine.running.vcpus().getFirst().debug();
    assertThat(debug.addBreakpoint(DebugTarget.Kind.EXECUTE, SmallMachine.CODE + 2, 1)).isTrue();
    assertThat(machine.running.run()).isEqualTo(ExitReason.BREAKPOINT);
    assertThat(machine.save().rip()).isEqualTo(SmallMachine.CODE + 2);
    assertThat(machine.save().gpr()[0]).isZero();
    assertThat(debug.translate(0x5123)).isEqualTo(0x5123);
  }

  @Test
  void aCrashIsNotLostInAKick() throws InterruptedException {
    AtomicBoolean over = new AtomicBoolean();
    Thread kicker = Thread.ofPlatform().start(() -> kickOften(over));
    try {
      for (int n = 1; n <= 60; n++) {
        machine.enter("b9 00 %02x 00 00 49 75 fd 0f 0b".formatted(n)); // mov ecx, n * 256; dec ecx; jnz; ud2
        ExitReason reason = ExitReason.KICKED;
        while (reason == ExitReason.KICKED) {
          reason = machine.running.run();
        }
        assertThat(reason).as("round %d", n).isEqualTo(ExitReason.TRIPLE_FAULT);
      }
    } finally {
      over.set(true);
      kicker.join();
    }
  }

  /** Ever less often, again and again: a slow host needs a while to enter the guest at all. */
  private void kickOften(AtomicBoolean over) {
    for (int n = 0; !over.get(); n++) {
      machine.running.kick();
      LockSupport.parkNanos(300_000L * (1 + n % 300));
    }
  }

  /** Enters a program behind one that sets the local APIC's timer up to tick, for {@link #TICK} to count. */
  private static void enterTicking(SmallMachine ticking, String program) {
    ticking.memory.writeLong(GDT + 0x10, 0x00cf_9b00_0000_ffffL); // flat code and data, as the segments are
    ticking.memory.writeLong(GDT + 0x18, 0x00cf_9300_0000_ffffL);
    ticking.memory.writeLong(IDT + TICK_VECTOR * 8, 0x0000_8e00_0010_0000L | TICK_HANDLER);
    ticking.memory.writeLong(0x2000, (long) GDT << 16 | 0x1f);
    ticking.memory.writeLong(0x2008, (long) IDT << 16 | 0x7ff);
    ticking.memory.writeBytes(TICK_HANDLER, HexFormat.of().parseHex(TICK.replace(" ", "")));
    ticking.enter(
        "0f 01 15 00 20 00 00 0f 01 1d 08 20 00 00" // lgdt [0x2000]; lidt [0x2008]
            + "c7 05 f0 00 e0 fe ff 01 00 00" // mov dword [0xfee000f0], 0x1ff: the local APIC is on
            + "c7 05 e0 03 e0 fe 0b 00 00 00" // divide by 1
            + "c7 05 20 03 e0 fe 40 00 02 00" // timer: periodic, vector 0x40
            + "c7 05 80 03 e0 fe 20 a1 07 00" // every 0.5 ms
            + program);
  }

  @Test
  void stepsStayInTheCodeWhileInterruptsAreHeld() throws InterruptedException {
    needsInterruptReturns();
    try (SmallMachine ticking = new SmallMachine(engine(), machine.running.interruptInputs().isEmpty(), 0)) {
      enterTicking(ticking, "66 ba 00 06 ee fb" + "40 40 eb fc"); // out 0x600; sti; inc eax; inc eax; jmp
      assertThat(ticking.running.run()).isEqualTo(ExitReason.SHUTDOWN);
      DebugTarget debug = ticking.running.vcpus().getFirst().debug();
      debug.setSingleStep(true);
      debug.setInterruptsHeld(true);
      for (int n = 0; n < 20; n++) {
        Thread.sleep(2); // a tick waits
        assertThat(ticking.running.run()).isEqualTo(ExitReason.BREAKPOINT);
        assertThat(ticking.save().rip()).as("step %d", n).isBetween(SmallMachine.CODE, SmallMachine.CODE + 0x100);
      }
      assertThat(ticking.memory.readInt(0x5000)).as("ticks delivered").isZero();
      debug.setSingleStep(false);
      debug.setInterruptsHeld(false);
      long later = ticking.clock.nanos() + 50_000_000;
      ticking.clock.timers().newTimer(() -> ticking.running.stop(ExitReason.RESET)).arm(later);
      assertThat(ticking.running.run()).isEqualTo(ExitReason.RESET);
      assertThat(ticking.memory.readInt(0x5000)).as("ticks delivered").isPositive();
    }
  }
}
