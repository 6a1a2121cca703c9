package org.demitasse.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.demitasse.machine.Outcome.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is told of guests that crash or hang. */
@Timeout(60)
class CrashTest {
  @TempDir Path folder;

  private Outcome run(String hexCode, double hangSeconds) throws Exception {
    return run(hexCode, hangSeconds, 1);
  }

  private Outcome run(String hexCode, double hangSeconds, int vcpus) throws Exception {
    return run(hexCode, hangSeconds, vcpus, "cpu");
  }

  private Outcome run(String hexCode, double hangSeconds, int vcpus, String engine) throws Exception {
    MachineSpec spec =
        MachineSpec.of(new KernelSpec.KernelFile(Multiboot.kernel(folder, hexCode)))
            .withMemoryMib(32)
            .withVcpus(vcpus)
            .withEngine(engine);
    try (Machine machine = Machine.assemble(spec, value -> {}, null, sentence -> {})) {
      machine.endWhenHanging(hangSeconds);
      return machine.run();
    } catch (UnusableEngineException none) {
      return abort("no KVM here: " + none.getMessage());
    }
  }

  private static List<String> report(Outcome outcome) {
    CrashReport report = outcome.report();
    assertThat(report).isNotNull();
    return report == null ? List.of() : report.lines();
  }

  @Test
  void aLoopThatNothingCanEndIsToldWithoutBeingAsked() throws Exception {
    for (String loop :
        List.of(
            "fa eb fe", "fa f3 90 eb fc", "fa 90 fa f3 90 90 eb f9")) { // JMP; PAUSE, JMP; NOP, CLI, PAUSE, NOP, JMP
      Outcome outcome = run(loop, 0);
      assertThat(outcome.kind()).as(loop).isEqualTo(Kind.CRASHED);
      assertThat(outcome.sentence()).contains("the guest hangs").contains("endless loop with interrupts off");
      assertThat(report(outcome)).anyMatch(line -> line.contains("=> 000000000010002"));
    }
  }

  /** CLI; loop: INC EAX; JMP loop. And under KVM a loop of nothing but a jump, which nobody asks about. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "kvm"})
  void aLoopWithInterruptsOffIsToldOnEitherEngine(String engine) throws Exception {
    Outcome counting = run("fa 40 eb fd", 1.5, 1, engine);
    assertThat(counting.sentence()).contains("the guest hangs: for ", "interrupts were off", "without a sign of life");
    assertThat(run("fa eb fe", 0, 1, engine).sentence()).contains("endless loop with interrupts off");
  }

  /** STI; loop: INC EAX; JMP loop. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "kvm"})
  void aLoopWithInterruptsOnIsToldToo(String engine) throws Exception {
    Outcome outcome = run("fb 40 eb fd", 1.5, 1, engine);
    assertThat(outcome.kind()).isEqualTo(Kind.CRASHED);
    assertThat(outcome.sentence())
        .contains("the guest hangs: for ", "in the same few pages of code without a sign of life");
    assertThat(report(outcome)).anyMatch(line -> line.contains("=> 000000000010002"));
  }

  /** An idle vCPU sleeps with interrupts on: that is no sign of life of the other one. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "kvm"})
  void aLoopOfOneVcpuIsToldWhileTheOtherSleeps(String engine) throws Exception {
    Outcome outcome =
        run(
            "c7 05 00 80 00 00 fb f4 eb fc" // mov dword [0x8000], sti; hlt; jmp
                + "c7 05 f0 00 e0 fe ff 01 00 00" // mov dword [0xfee000f0], 0x1ff: the local APIC is on
                + "c7 05 00 03 e0 fe 00 45 0c 00" // INIT to all others
                + "c7 05 00 03 e0 fe 08 46 0c 00" // start-up at 0x8000
                + "fa 40 eb fd", // cli; inc eax; jmp
            1.5,
            2,
            engine);
    assertThat(outcome.sentence()).contains("the guest hangs: on vCPU 0, for ", "interrupts were off");
    assertThat(report(outcome))
        .anyMatch(line -> line.startsWith("vcpu 0  running"))
        .anyMatch(line -> line.startsWith("vcpu 1  halted  interrupts on"));
  }

  /** STI; loop: HLT; JMP loop. */
  @Test
  void whoeverSleepsDoesNotHang() throws Exception {
    MachineSpec spec =
        MachineSpec.of(new KernelSpec.KernelFile(Multiboot.kernel(folder, "fb f4 eb fd"))).withMemoryMib(32);
    try (Machine machine = Machine.assemble(spec, value -> {}, null, sentence -> {})) {
      machine.endWhenHanging(0.5);
      CompletableFuture<Outcome> outcome = CompletableFuture.supplyAsync(machine::run);
      Thread.sleep(2500);
      machine.end(Outcome.of(Kind.LEFT));
      assertThat(outcome.get(20, TimeUnit.SECONDS).kind()).isEqualTo(Kind.LEFT);
    }
  }

  @Test
  void aHaltWithInterruptsOffIsStillAHalt() throws Exception {
    assertThat(run("fa f4 eb fc", 0).kind()).isEqualTo(Kind.HALTED);
  }

  /** Counts down from 40 million with interrupts off, which takes a while, and then halts. */
  @Test
  void aLongLoopThatEndsIsNoHang() throws Exception {
    assertThat(run("fa b9 00 5a 62 02 49 75 fd f4", 0).kind()).isEqualTo(Kind.HALTED);
  }

  /** CLI; loop: IN AL,40h; JMP loop. */
  @Test
  void aGuestThatOnlyReadsAClockHangsWhenTheUserSaysHowLong() throws Exception {
    Outcome outcome = run("fa e4 40 eb fc", 1.5);
    assertThat(outcome.kind()).isEqualTo(Kind.CRASHED);
    assertThat(outcome.sentence()).contains("the guest hangs: for 1.").contains("without a sign of life");
    assertThat(report(outcome)).anyMatch(line -> line.contains("in     al,0x40"));
  }

  /** As above, but 3F8h, a serial port, in between is a sign of life; ends by HLT after 128 * 262144 turns. */
  @Test
  void whoeverTouchesADeviceDoesNotHang() throws Exception {
    Outcome outcome = run("fa bb 80 00 00 00 b9 00 00 04 00 49 75 fd 66 ba fd 03 ec 4b 75 f0 f4", 1);
    assertThat(outcome.kind()).isEqualTo(Kind.HALTED);
  }

  @Test
  void theSecondVcpuThatNeverStartedDoesNotKeepTheFirstAlive() throws Exception {
    Outcome outcome = run("fa eb fe", 0, 2);
    assertThat(outcome.kind()).isEqualTo(Kind.CRASHED);
    assertThat(report(outcome)).contains("all vCPUs:").anyMatch(line -> line.startsWith("vcpu 1  wait for sipi"));
  }

  /** CLI; MOV ECX,5; loop: CALL +2; JMP +1; RET; DEC ECX; JNZ loop; UD2, without an IDT. */
  @Test
  void aTripleFaultShowsTheCodeTheBranchesAndTheCause() throws Exception {
    Outcome outcome = run("fa bc 00 00 20 00 b9 05 00 00 00 e8 02 00 00 00 eb 01 c3 49 75 f5 0f 0b", 0);
    assertThat(outcome.kind()).isEqualTo(Kind.CRASHED);
    assertThat(outcome.sentence()).contains("triple fault");
    List<String> lines = report(outcome);
    assertThat(lines.getFirst())
        .isEqualTo("likely cause: an exception or interrupt came before the guest had an interrupt descriptor table");
    assertThat(lines).anyMatch(line -> line.equals("  => 0000000000100036  ud2"));
    assertThat(lines).contains("branches (0x100032 0x100030 0x100033 0x10002b) x4 0x100032 0x100030 0x100033 0x100036");
  }

  @Test
  void whatAMachineDidWhenItsTimeWasUpIsOneLineAndWhyNobodySeesIt() throws Exception {
    MachineSpec spec =
        MachineSpec.of(new KernelSpec.KernelFile(Multiboot.kernel(folder, "fa 40 eb fd"))).withMemoryMib(32);
    try (Machine machine = Machine.assemble(spec, value -> {}, null, sentence -> {})) {
      Thread.ofPlatform().daemon().start(() -> machine.end(new Outcome(Kind.TIMED_OUT, "late", 0, null)));
      assertThat(report(machine.run()))
          .hasSize(2)
          .anyMatch(line -> line.startsWith("likely cause: the guest printed nothing"))
          .last()
          .asString()
          .contains("vcpu 0  running  interrupts off  rip 0000");
    }
  }
}
