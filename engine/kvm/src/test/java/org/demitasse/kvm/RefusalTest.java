package org.demitasse.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.demitasse.kvm.abi.Requests.KVM_CREATE_VCPU;
import static org.demitasse.kvm.abi.Requests.KVM_CREATE_VM;
import static org.demitasse.kvm.abi.Requests.KVM_GET_API_VERSION;
import static org.demitasse.kvm.abi.Requests.KVM_GET_TSC_KHZ;
import static org.demitasse.kvm.abi.Requests.KVM_RUN;
import static org.demitasse.kvm.abi.Requests.KVM_SET_CPUID2;
import static org.demitasse.kvm.abi.Requests.KVM_SET_TSC_KHZ;
import static org.demitasse.kvm.abi.Requests.KVM_SET_USER_MEMORY_REGION;
import static org.demitasse.kvm.abi.Structures.*;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.util.stream.Stream;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.clock.HostClock;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.memory.HostMemory;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.kvm.abi.Capability;
import org.demitasse.kvm.abi.Errno;
import org.demitasse.kvm.abi.LibC;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Everything that a host's KVM may refuse is a sentence, hangs nothing and leaves nothing open. */
@Timeout(30)
class RefusalTest {
  @TempDir private Path folder;

  private final FakeSystem system = new FakeSystem();
  private final GuestMemory memory = new GuestMemory(0x1_0000);
  private int tscKhz;

  private Engine.Running make(int vcpus) {
    Engine.Wiring wiring =
        new Engine.Wiring(
            memory,
            new Bus("memory"),
            new Bus("port"),
            new HostClock(),
            vcpus,
            index -> {
              throw new AssertionError();
            },
            tscKhz);
    return new KvmEngine(system.device(folder.resolve("kvm"))).create(wiring);
  }

  private void assertRefused(int vcpus, String sentence) {
    assertThatThrownBy(() -> make(vcpus)).isInstanceOf(IllegalStateException.class).hasMessage(sentence);
    assertThat(system.open).as("descriptors that stayed open").isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          fpu vmx sse      | the kernel module kvm_intel is not loaded (sudo modprobe kvm_intel)
          fpu svm sse      | the kernel module kvm_amd is not loaded (sudo modprobe kvm_amd)
          fpu hypervisor   | this computer is a virtual machine whose host has nested virtualisation off
          fpu sse          | this CPU has no virtualisation, or the firmware has it off
          """)
  void aMissingDeviceSaysWhatIsMissing(String flags, String because) throws IOException {
    Files.writeString(folder.resolve("cpuinfo"), "processor : 0\nflags : " + flags + "\n");
    Path file = folder.resolve("kvm");
    KvmDevice device = new KvmDevice(file, folder.resolve("cpuinfo"), LibC::new);
    assertThat(KvmUsability.whyNot(device)).isEqualTo("there is no %s: %s".formatted(file, because));
  }

  @Test
  void aForbiddenDeviceNamesTheGroupToJoin() throws IOException {
    Path file = Files.createFile(folder.resolve("kvm"));
    PosixFileAttributeView attributes = Files.getFileAttributeView(file, PosixFileAttributeView.class);
    boolean root = attributes.readAttributes().group().getName().equals("root");
    if (root) {
      assertThat(KvmUsability.whyNot(system.refusesToOpen(Errno.EACCES).device(file)))
          .isEqualTo("no permission to open %s: only root may".formatted(file));
      attributes.setGroup(file.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName("daemon"));
    }
    String group = attributes.readAttributes().group().getName();
    assertThat(KvmUsability.whyNot(system.refusesToOpen(Errno.EACCES).device(file)))
        .isEqualTo(
            "no permission to open %s: join the group %s (sudo usermod -aG %s $USER) and log in again"
                .formatted(file, group, group));
  }

  @Test
  void anotherInterfaceIsNamed() {
    system.answer(KVM_GET_API_VERSION, argument -> 13);
    assertRefused(1, "KVM's interface has version 13, not 12");
  }

  static Stream<Capability> required() {
    return Stream.of(Capability.values()).filter(Capability::required);
  }

  @ParameterizedTest
  @MethodSource("required")
  void anOldKernelIsToldWhichCapabilityItLacks(Capability capability) {
    system.has(capability, 0);
    assertRefused(1, "this kernel's KVM is too old: it has no " + capability);
  }

  @Test
  void tooManyVcpusAreCounted() {
    system.has(Capability.KVM_CAP_MAX_VCPUS, 4);
    assertRefused(5, "this host's KVM runs at most 4 vCPUs, not 5");
  }

  @Test
  void memoryThatCannotBeMappedSaysWhichAndWhy() {
    system.answer(KVM_SET_USER_MEMORY_REGION, argument -> -Errno.ENOMEM);
    assertRefused(1, "KVM cannot map the guest's memory [0x0, 0x10000): out of memory");
  }

  @Test
  void aCpuThatIsTakenSaysByWhom() {
    system.answer(KVM_CREATE_VM, argument -> -Errno.EBUSY);
    assertRefused(1, "KVM refused KVM_CREATE_VM: busy: another hypervisor may hold the CPU's virtualisation");
  }

  @Test
  void aVcpuThatCannotBeMadeLeavesNothingOpen() {
    system.answer(KVM_CREATE_VCPU, index -> index == 2 ? -Errno.EMFILE : descriptors(index));
    assertRefused(3, "KVM refused KVM_CREATE_VCPU for vCPU 2: too many open files");
  }

  private int descriptors(long index) {
    int made = 5000 + (int) index;
    system.open.add(made);
    return made;
  }

  @Test
  void aCpuidThatIsRefusedLeavesNothingOpen() {
    system.answer(KVM_SET_CPUID2, argument -> -Errno.EINVAL);
    assertRefused(1, "KVM refused KVM_SET_CPUID2: invalid argument");
  }

  // --- the frequency of the TSC
  // -----------------------------------------------------------------------------------------------------------

  private int frequency = 2_400_000;

  private void hostWithTsc(boolean scales) {
    system.has(Capability.KVM_CAP_TSC_CONTROL, scales ? 1 : 0);
    system.answer(KVM_GET_TSC_KHZ, argument -> frequency);
    system.answer(KVM_SET_TSC_KHZ, wanted -> setFrequency((int) wanted));
  }

  private int setFrequency(int wanted) {
    if (wanted < 100_000) { // a ratio that the imagined hardware lacks
      return -Errno.EINVAL;
    }
    frequency = wanted;
    return 0;
  }

  @Test
  void aWantedTscIsSetWhereTheHostScalesIt() {
    hostWithTsc(true);
    tscKhz = 1_000_000;
    try (Engine.Running running = make(2)) {
      assertThat(frequency).isEqualTo(1_000_000);
      assertThat(running.tscKhz()).isEqualTo(1_000_000);
    }
  }

  @Test
  void aMachineThatAsksForNoTscHasTheHosts() {
    hostWithTsc(true);
    try (Engine.Running running = make(1)) {
      assertThat(running.tscKhz()).isEqualTo(2_400_000);
    }
  }

  @Test
  void theHostsOwnTscNeedsNoScaling() {
    hostWithTsc(false);
    tscKhz = 2_400_000;
    make(1).close();
    assertThat(system.open).isEmpty();
  }

  @Test
  void aHostThatCannotScaleItsTscSaysSo() {
    hostWithTsc(false);
    tscKhz = 1_000_000;
    assertRefused(
        1,
        "this host's KVM cannot give a guest a TSC of 1000000 kHz: the host's own has 2400000 kHz, and this CPU or"
            + " kernel does not scale it (KVM_CAP_TSC_CONTROL)");
  }

  @Test
  void aTscThatIsTooSlowForTheHostIsRefusedWithBothFrequencies() {
    hostWithTsc(true);
    tscKhz = 1000;
    assertRefused(1, "this host's KVM cannot make a TSC of 1000 kHz of the host's 2400000 kHz: invalid argument");
  }

  // --- exits that end a machine
  // -------------------------------------------------------------------------------------------------------

  private void assertEnds(String sentence) {
    try (Engine.Running running = make(1)) {
      assertThat(running.run()).isEqualTo(ExitReason.INTERNAL_ERROR);
      assertThat(running.explanation()).isEqualTo(sentence);
      assertThat(running.stopped().index()).isZero();
    }
    assertThat(system.open).isEmpty();
  }

  private void exit(int reason, long first, long second) {
    system.exits(run -> {
      HostMemory.putInt(run + KVM_RUN__EXIT_REASON, reason);
      HostMemory.putLong(run + 32, first);
      HostMemory.putLong(run + 40, second);
    });
  }

  @Test
  void anInstructionThatKvmCannotEmulateIsShownInBytes() {
    system.exits(run -> {
      HostMemory.putInt(run + KVM_RUN__EXIT_REASON, KVM_EXIT_INTERNAL_ERROR);
      HostMemory.putInt(run + KVM_RUN__INTERNAL__SUBERROR, KVM_INTERNAL_ERROR_EMULATION);
      HostMemory.putInt(run + KVM_RUN__INTERNAL__NDATA, 4);
      HostMemory.putLong(run + KVM_RUN__EMULATION_FAILURE__FLAGS, KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES);
      HostMemory.putByte(run + KVM_RUN__EMULATION_FAILURE__INSN_SIZE, (byte) 3);
      HostMemory.putByte(run + KVM_RUN__EMULATION_FAILURE__INSN_BYTES, (byte) 0x0f);
      HostMemory.putByte(run + KVM_RUN__EMULATION_FAILURE__INSN_BYTES + 1L, (byte) 0x01);
      HostMemory.putByte(run + KVM_RUN__EMULATION_FAILURE__INSN_BYTES + 2L, (byte) 0xca);
    });
    assertEnds(
        "KVM cannot emulate the guest's instruction (bytes 0f 01 ca): usually the guest has jumped to where there is no"
            + " memory, or it uses on a device's registers an instruction that KVM lacks");
  }

  @Test
  void anInterruptThatCannotBeDeliveredPointsToTableAndStack() {
    exit(KVM_EXIT_INTERNAL_ERROR, KVM_INTERNAL_ERROR_DELIVERY_EV, 0);
    assertEnds(
        "KVM could not deliver an exception or interrupt: usually the guest's interrupt table or stack is not in"
            + " memory");
  }

  @Test
  void anUnexpectedExitOfTheHardwareHasItsNumber() {
    exit(KVM_EXIT_INTERNAL_ERROR, KVM_INTERNAL_ERROR_UNEXPECTED_EXIT_REASON | 1L << 32, 0x7b);
    assertEnds("the CPU left the guest for a reason that KVM does not expect (0x7b)");
  }

  @Test
  void twoExceptionsAtOnceAreNamed() {
    exit(KVM_EXIT_INTERNAL_ERROR, KVM_INTERNAL_ERROR_SIMUL_EX, 0);
    assertEnds("KVM met two exceptions at once that it cannot combine");
  }

  @Test
  void aRefusedEntryHasTheHardwaresReason() {
    exit(KVM_EXIT_FAIL_ENTRY, 0x8000_0021L, 0);
    assertEnds(
        "the CPU refused to enter the guest (hardware reason 0x80000021): the state of the vCPU is not one that this"
            + " CPU can have");
  }

  @Test
  void aReasonFromTheFutureIsANumber() {
    exit(99, 0, 0);
    assertEnds("KVM left the guest for a reason that this program does not know: 99");
  }

  @Test
  void aRunThatFailsSaysWhatTheHostLacks() {
    system.answer(KVM_RUN, argument -> -Errno.EFAULT);
    assertEnds("KVM could not reach the guest's memory: the host may have none left");
  }

  @Test
  void theHostsOwnDeviceIsAskedWhereThereIsOne() {
    assumeTrue(Files.isWritable(Path.of("/dev/kvm")), "needs a /dev/kvm");
    assertThat(KvmUsability.whyNot()).doesNotContain("refused", "\n");
  }
}
