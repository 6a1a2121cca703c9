package org.demitasse.engines;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.clock.VirtualClock;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.cpu.SoftEngine;
import org.demitasse.kvm.KvmEngine;
import org.demitasse.kvm.KvmUsability;
import org.junit.jupiter.api.Test;

class KvmEngineTest extends GuestPrograms {
  private static final Path DEVICE = Path.of("/dev/kvm");

  @Override
  Engine engine() {
    assumeTrue(Files.isReadable(DEVICE) && Files.isWritable(DEVICE), "needs " + DEVICE + " (./dev lab has one)");
    return new KvmEngine();
  }

  @Override
  void needsBreakpoints() {
    assumeTrue(
        System.getenv("DEMITASSE_LAB") == null,
        "the lab's CPU, emulated by QEMU, takes DR7 from the guest's control block without arming the breakpoints");
  }

  @Override
  void needsInterruptReturns() {
    String whyNot = KvmUsability.whyNot();
    assumeTrue(whyNot.isEmpty(), "needs a KVM that can return from interrupts (./dev lab has one): " + whyNot);
  }

  @Test
  void aMachineOnVirtualTimeIsRefusedInASentence() {
    Engine engine = engine();
    try (GuestMemory memory = new GuestMemory(0x1_0000)) {
      Engine.Wiring wiring =
          new Engine.Wiring(
              memory, new Bus("memory"), new Bus("port"), new VirtualClock(0), 1, index -> new QuietApic());
      assertThatThrownBy(() -> engine.create(wiring))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("virtual time");
    }
  }

  @Test
  void aJumpToWhereNoMemoryIsBecomesASentenceWithTheRegisters() {
    try (SmallMachine machine = new SmallMachine(engine())) {
      machine.enter("b8 00 00 00 e0 ff e0"); // mov eax, 0xe0000000; jmp eax
      ExitReason reason = machine.running.run();
      assertThat(reason).isIn(ExitReason.INTERNAL_ERROR, ExitReason.TRIPLE_FAULT);
      if (reason == ExitReason.INTERNAL_ERROR) {
        assertThat(machine.running.explanation()).contains("where there is no memory");
        assertThat(machine.save().rip()).isEqualTo(0xe000_0000L);
      }
    }
  }

  @Test
  void whatOneEngineSavesTheOtherGoesOnWith() {
    String counting = "40 83 f8 05 75 fa"; // inc eax; cmp eax, 5; jne
    try (SmallMachine soft = new SmallMachine(new SoftEngine());
        SmallMachine kvm = new SmallMachine(engine())) {
      soft.enter(counting + "fa f4");
      soft.running.vcpus().getFirst().debug().setSingleStep(true);
      soft.running.run();
      kvm.memory.writeBytes(SmallMachine.CODE, soft.memory.readBytes(SmallMachine.CODE, 16));
      Vcpu vcpu = kvm.running.vcpus().getFirst();
      vcpu.restore(commonPart(soft.save()));
      assertThat(kvm.running.run()).isEqualTo(ExitReason.HALTED);
      assertThat(kvm.save().gpr()[0]).isEqualTo(5);
    }
  }

  /** Without the MSRs, which are those of another CPU model. */
  private static VcpuState commonPart(VcpuState state) {
    VcpuState made = SmallMachine.protectedMode(state.gpr());
    return MachineMove.with(state, state.gdtr(), state.idtr(), new TreeMap<>(made.msrs()));
  }

  @Test
  void twoHundredMachinesLeaveNothingBehind() throws IOException {
    cycle(5);
    long descriptors = count(Path.of("/proc/self/fd"));
    long threads = count(Path.of("/proc/self/task"));
    long mappings = vcpuMappings();
    cycle(200);
    assertThat(count(Path.of("/proc/self/fd"))).isLessThanOrEqualTo(descriptors + 2);
    assertThat(count(Path.of("/proc/self/task"))).isLessThanOrEqualTo(threads + 4); // the JVM's own come and go
    assertThat(vcpuMappings()).isEqualTo(mappings);
  }

  private void cycle(int times) {
    for (int i = 0; i < times; i++) {
      try (SmallMachine machine = new SmallMachine(engine())) {
        machine.enter("66 ba 00 06 ee eb fe"); // out 0x600
        assertThat(machine.running.run()).isEqualTo(ExitReason.SHUTDOWN);
      }
    }
  }

  private static long count(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.count();
    }
  }

  private static long vcpuMappings() throws IOException {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
      return lines.filter(line -> line.contains("kvm-vcpu")).count();
    }
  }
}
