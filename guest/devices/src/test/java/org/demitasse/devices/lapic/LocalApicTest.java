package org.demitasse.devices.lapic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.devices.Board;
import org.junit.jupiter.api.Test;

class LocalApicTest {
  private static final int X2APIC_ID = 0x802;
  private static final int X2APIC_TPR = 0x808;
  private static final int X2APIC_EOI = 0x80b;
  private static final int X2APIC_LDR = 0x80d;
  private static final int X2APIC_ICR = 0x830;
  private static final int X2APIC_SELF_IPI = 0x83f;

  private final Board board = new Board(3);
  private final LocalApic apic = board.apic();

  private void enableAll() {
    for (int cpu = 0; cpu < 3; cpu++) {
      board.enableApic(cpu);
    }
  }

  private void sendIpi(int destination, long command) {
    apic.write(0x310, (long) destination << 24);
    apic.write(0x300, command);
  }

  private void x2apic(int cpu) {
    LocalApic it = board.apics.get(cpu);
    it.setApicBase(it.apicBase() | 0x400);
    it.writeMsr(0x80f, 0x1ff);
  }

  @Test
  void powerUpStateIsTheArchitectures() {
    assertThat(board.apics.get(1).read(0x20)).isEqualTo(0x0100_0000);
    assertThat(apic.read(0x30)).isEqualTo(0x5_0014);
    assertThat(apic.read(0xf0)).isEqualTo(0xff);
    assertThat(apic.read(0xe0)).isEqualTo(0xffff_ffffL);
    assertThat(apic.read(0x320)).isEqualTo(0x1_0000);
    assertThat(apic.apicBase()).isEqualTo(0xfee0_0900L);
    assertThat(board.apics.get(1).apicBase()).isEqualTo(0xfee0_0800L);
    assertThat(board.apics.get(1).read(0x350)).isEqualTo(0x1_0000);
  }

  @Test
  void requestsAreServedByPriorityAndNest() {
    enableAll();
    sendIpi(0, 0x41);
    sendIpi(0, 0x81);
    assertThat(apic.read(0x200 + 0x40)).as("IRR").isEqualTo(2);
    assertThat(apic.acknowledge()).isEqualTo(0x81);
    assertThat(apic.interruptPending()).isFalse();
    assertThat(apic.read(0xa0)).as("PPR").isEqualTo(0x80);
    sendIpi(0, 0x8f);
    assertThat(apic.interruptPending()).as("same class").isFalse();
    sendIpi(0, 0x91);
    assertThat(apic.acknowledge()).isEqualTo(0x91);
    assertThat(apic.read(0x140)).as("ISR").isEqualTo(0x2_0002);
    apic.write(0xb0, 0);
    apic.write(0xb0, 0);
    assertThat(apic.acknowledge()).isEqualTo(0x8f);
    apic.write(0xb0, 0);
    assertThat(apic.acknowledge()).isEqualTo(0x41);
    apic.write(0xb0, 0);
    apic.write(0xb0, 0); // one too many does nothing
    assertThat(apic.acknowledge()).isEqualTo(-1);
  }

  @Test
  void taskPriorityHoldsLessUrgentRequestsBack() {
    enableAll();
    apic.setTaskPriorityClass(5);
    assertThat(apic.read(0x80)).isEqualTo(0x50);
    sendIpi(0, 0x5f);
    assertThat(apic.interruptPending()).isFalse();
    sendIpi(0, 0x60);
    assertThat(apic.interruptPending()).isTrue();
    assertThat(apic.acknowledge()).isEqualTo(0x60);
    apic.write(0xb0, 0);
    apic.write(0x80, 0x40);
    assertThat(apic.taskPriorityClass()).isEqualTo(4);
    assertThat(apic.acknowledge()).isEqualTo(0x5f);
  }

  @Test
  void startUpSequenceReachesTheOtherProcessorsOnly() {
    board.enableApic(0);
    sendIpi(0, 0xc_4500); // INIT, assert, all but self
    sendIpi(0, 0xc_8500); // INIT level de-assert: nothing
    sendIpi(0, 0xc_4602); // start-up at page 2
    assertThat(board.vcpus.get(0).take()).isEmpty();
    assertThat(board.vcpus.get(1).take()).containsExactly("init", "startup 2");
    assertThat(board.vcpus.get(2).take()).containsExactly("init", "startup 2");
    sendIpi(2, 0x4500);
    sendIpi(2, 0x8500);
    sendIpi(2, 0x4699);
    assertThat(board.vcpus.get(1).take()).isEmpty();
    assertThat(board.vcpus.get(2).take()).containsExactly("init", "startup 153");
    assertThat(apic.read(0x300) & 0x1000).as("delivery status").isZero();
  }

  @Test
  void initKeepsTheIdentityAndClearsTheRest() {
    enableAll();
    LocalApic other = board.apics.get(1);
    other.write(0x80, 0x20);
    sendIpi(1, 0x4044);
    sendIpi(1, 0x4500);
    assertThat(other.interruptPending()).isFalse();
    assertThat(other.read(0x80)).isZero();
    assertThat(other.read(0xf0)).isEqualTo(0xff);
    assertThat(other.read(0x20)).isEqualTo(0x0100_0000);
  }

  @Test
  void shorthandsReachThoseTheyName() {
    enableAll();
    sendIpi(0, 0x4_0050);
    sendIpi(0, 0x8_0051);
    sendIpi(0, 0xc_0052);
    sendIpi(0xff, 0x53);
    assertThat(pendingVectors(0)).containsExactly(0x53, 0x51, 0x50);
    assertThat(pendingVectors(1)).containsExactly(0x53, 0x52, 0x51);
    sendIpi(1, 0x400);
    assertThat(board.vcpus.get(1).take()).containsExactly("nmi");
  }

  private List<Integer> pendingVectors(int cpu) {
    List<Integer> vectors = new ArrayList<>();
    LocalApic it = board.apics.get(cpu);
    for (int vector = it.acknowledge(); vector >= 0; vector = it.acknowledge()) {
      vectors.add(vector);
      it.write(0xb0, 0);
    }
    return vectors;
  }

  @Test
  void logicalFlatDestinationIsASetOfProcessors() {
    enableAll();
    for (int cpu = 0; cpu < 3; cpu++) {
      board.apics.get(cpu).write(0xd0, 1L << (24 + cpu));
    }
    sendIpi(0b110, 0x860);
    assertThat(apic.interruptPending()).isFalse();
    assertThat(pendingVectors(1)).containsExactly(0x60);
    assertThat(pendingVectors(2)).containsExactly(0x60);
  }

  @Test
  void logicalClusterDestinationIsASetWithinOneCluster() {
    enableAll();
    for (int cpu = 0; cpu < 3; cpu++) {
      board.apics.get(cpu).write(0xe0, 0x0fff_ffff);
      board.apics.get(cpu).write(0xd0, (cpu == 2 ? 0x21L : 0x10L | 1L << cpu) << 24);
    }
    sendIpi(0x13, 0x860);
    assertThat(pendingVectors(0)).containsExactly(0x60);
    assertThat(pendingVectors(1)).containsExactly(0x60);
    assertThat(pendingVectors(2)).isEmpty();
    sendIpi(0xff, 0x861);
    assertThat(pendingVectors(2)).containsExactly(0x61);
  }

  @Test
  void illegalVectorsAndRegistersShowInTheErrorStatus() {
    enableAll();
    apic.write(0x370, 0xfe);
    sendIpi(0, 0x0f);
    assertThat(apic.acknowledge()).isEqualTo(0xfe);
    assertThat(apic.read(0x280)).as("latched by a write").isZero();
    apic.write(0x280, 0);
    assertThat(apic.read(0x280)).isEqualTo(0x20);
    apic.write(0x280, 0);
    assertThat(apic.read(0x280)).isZero();
    apic.read(0x3f0);
    board.route(20, 0x05, 0);
    board.lines.connect(20).raise();
    apic.write(0x280, 0);
    assertThat(apic.read(0x280)).isEqualTo(0xc0);
  }

  @Test
  void errorVectorThatIsItselfIllegalStopsThere() {
    enableAll();
    apic.write(0x370, 0x05);
    sendIpi(0, 0x01);
    apic.write(0x280, 0);
    assertThat(apic.read(0x280)).isEqualTo(0x20);
  }

  @Test
  void disabledApicMasksItsLocalVectorsAndTakesNoFixedInterrupt() {
    board.enableApic(0);
    apic.write(0x320, 0x2_0040);
    apic.write(0xf0, 0xff);
    assertThat(apic.read(0x320)).isEqualTo(0x3_0040);
    apic.write(0x320, 0x2_0040);
    assertThat(apic.read(0x320)).isEqualTo(0x3_0040);
    sendIpi(0, 0x4_0050);
    assertThat(apic.interruptPending()).isFalse();
  }

  // Virtual wire

  @Test
  void picInterruptsGoThroughBeforeAnyApicDriver() {
    board.initializePics(0x20, 0xfe, 0xff);
    board.ports.write(0x43, 1, 0x34);
    board.ports.write(0x40, 1, 0xff);
    board.ports.write(0x40, 1, 0xff);
    board.clock.advance(60_000_000);
    assertThat(apic.interruptPending()).isTrue();
    assertThat(board.apics.get(1).interruptPending()).isFalse();
    assertThat(apic.acknowledge()).isEqualTo(0x20);
    assertThat(apic.interruptPending()).isFalse();
  }

  @Test
  void maskedLint0ShutsThePicOut() {
    board.enableApic(0);
    apic.write(0x350, 0x1_0700);
    board.initializePics(0x20, 0xef, 0xff);
    board.lines.connect(4).pulse();
    assertThat(apic.interruptPending()).isFalse();
    apic.write(0x350, 0x700);
    assertThat(apic.acknowledge()).isEqualTo(0x24);
  }

  @Test
  void lint0InFixedModeGivesItsOwnVector() {
    board.enableApic(0);
    apic.write(0x350, 0x31);
    board.initializePics(0x20, 0xef, 0xff);
    board.lines.connect(4).pulse();
    assertThat(apic.acknowledge()).isEqualTo(0x31);
  }

  @Test
  void externalInterruptThroughTheIoApicAsksThePic() {
    board.enableApic(0);
    apic.write(0x350, 0x1_0000);
    board.route(0, 0x700, 0);
    board.initializePics(0x20, 0xef, 0xff);
    board.lines.connect(4).pulse();
    assertThat(apic.acknowledge()).isEqualTo(0x24);
    assertThat(apic.acknowledge()).isEqualTo(-1);
  }

  @Test
  void lint1IsTheNonMaskableInterrupt() {
    board.enableApic(0);
    apic.write(0x360, 0x400);
    board.apicBus.nonMaskableLine().pulse();
    assertThat(board.vcpus.get(0).take()).containsExactly("nmi");
    assertThat(board.vcpus.get(1).take()).isEmpty();
  }

  // Timer

  @Test
  void calibrationFindsOneTickANanosecondOverTheDivider() {
    board.enableApic(0);
    apic.write(0x320, 0x1_0000 | 0xec); // masked one-shot, as Linux calibrates
    apic.write(0x3e0, 0x3); // divide by 16
    apic.write(0x380, 0xffff_ffffL);
    board.clock.advance(100_000_000);
    assertThat(0xffff_ffffL - apic.read(0x390)).isEqualTo(100_000_000 / 16);
    int[][] dividers = {{0, 2}, {1, 4}, {2, 8}, {3, 16}, {8, 32}, {9, 64}, {0xa, 128}, {0xb, 1}};
    for (int[] divider : dividers) {
      apic.write(0x3e0, divider[0]);
      apic.write(0x380, 1_000_000_000);
      board.clock.advance(128_000);
      assertThat(1_000_000_000 - apic.read(0x390)).isEqualTo(128_000 / divider[1]);
    }
  }

  @Test
  void periodicTimerTicksAtNetbsdsHundredHertz() {
    board.enableApic(0);
    apic.write(0x3e0, 0xb);
    apic.write(0x320, 0x2_00c0);
    apic.write(0x380, 10_000_000);
    int ticks = 0;
    for (int i = 0; i < 1000; i++) {
      board.clock.advance(1_000_000);
      if (apic.interruptPending()) {
        assertThat(apic.acknowledge()).isEqualTo(0xc0);
        apic.write(0xb0, 0);
        ticks++;
      }
    }
    assertThat(ticks).isEqualTo(100);
    board.clock.advance(4_000_000);
    assertThat(apic.read(0x390)).isEqualTo(6_000_000);
  }

  @Test
  void oneShotTimerTicksOnceAndStopsAtZero() {
    board.enableApic(0);
    apic.write(0x3e0, 0xb);
    apic.write(0x320, 0xec);
    apic.write(0x380, 5000);
    board.clock.advance(4999);
    assertThat(apic.interruptPending()).isFalse();
    board.clock.advance(1);
    assertThat(apic.acknowledge()).isEqualTo(0xec);
    assertThat(apic.read(0x390)).isZero();
    board.clock.advance(1_000_000);
    assertThat(apic.interruptPending()).isFalse();
    apic.write(0x380, 5000);
    apic.write(0x380, 0);
    board.clock.advance(1_000_000);
    assertThat(apic.interruptPending()).isFalse();
  }

  @Test
  void aCountThatEndsWhileItIsWrittenTicksAllTheSame() {
    board.enableApic(0);
    apic.write(0x3e0, 0xb);
    apic.write(0x320, 0xec);
    board.clock.slowHost(1_000);
    apic.write(0x380, 240); // as short as Linux makes it
    board.clock.slowHost(0);
    board.clock.advance(1_000);
    assertThat(apic.interruptPending()).isTrue();
    assertThat(apic.acknowledge()).isEqualTo(0xec);
  }

  @Test
  void countGoesOnWhenPeriodicBecomesOneShotAndStaysAtZeroWhenItBecomesPeriodicAgain() {
    board.enableApic(0);
    apic.write(0x3e0, 0xb);
    apic.write(0x320, 0x2_00c0);
    apic.write(0x380, 10_000);
    board.clock.advance(36_000);
    assertThat(apic.acknowledge()).isEqualTo(0xc0);
    apic.write(0xb0, 0);
    apic.write(0x320, 0xc0);
    assertThat(apic.read(0x390)).isEqualTo(4_000);
    board.clock.advance(4_000);
    assertThat(apic.acknowledge()).isEqualTo(0xc0);
    apic.write(0xb0, 0);
    apic.write(0x320, 0x2_00c0);
    assertThat(apic.read(0x390)).isZero();
    board.clock.advance(100_000);
    assertThat(apic.interruptPending()).isFalse();
  }

  @Test
  void overslepPeriodsAreOneTickInPhase() {
    board.enableApic(0);
    apic.write(0x3e0, 0xb);
    apic.write(0x320, 0x2_00c0);
    apic.write(0x380, 10_000_000);
    board.clock.oversleep(95_000_000);
    assertThat(apic.acknowledge()).isEqualTo(0xc0);
    apic.write(0xb0, 0);
    board.clock.advance(4_999_999);
    assertThat(apic.interruptPending()).isFalse();
    board.clock.advance(1);
    assertThat(apic.interruptPending()).isTrue();
  }

  @Test
  void tinyPeriodDoesNotStopTheHost() {
    board.enableApic(0);
    apic.write(0x3e0, 0xb);
    apic.write(0x320, 0x2_00c0);
    apic.write(0x380, 1);
    board.clock.oversleep(1_000_000_000);
    assertThat(board.clock.timers().nextDeadline()).isGreaterThan(1_000_000_000);
    assertThat(apic.interruptPending()).isTrue();
  }

  @Test
  void deadlineTimerTicksAtItsDeadlineAndDisarms() {
    board.enableApic(0);
    apic.write(0x320, 0x4_00ec);
    apic.setTscDeadline(7000);
    assertThat(apic.tscDeadline()).isEqualTo(7000);
    apic.write(0x380, 100);
    assertThat(apic.read(0x390)).as("no counter in this mode").isZero();
    board.clock.advance(6999);
    assertThat(apic.interruptPending()).isFalse();
    board.clock.advance(1);
    assertThat(apic.acknowledge()).isEqualTo(0xec);
    assertThat(apic.tscDeadline()).isZero();
    apic.write(0xb0, 0);
    apic.setTscDeadline(1); // long gone: at once
    board.clock.advance(0);
    assertThat(apic.acknowledge()).isEqualTo(0xec);
    apic.write(0xb0, 0);
    apic.setTscDeadline(-1);
    board.clock.advance(1_000_000_000);
    assertThat(apic.interruptPending()).isFalse();
    apic.write(0x320, 0xec);
    assertThat(apic.tscDeadline()).isZero();
  }

  @Test
  void deadlineOutsideItsModeIsIgnored() {
    board.enableApic(0);
    apic.write(0x320, 0xec);
    apic.setTscDeadline(100);
    assertThat(apic.tscDeadline()).isZero();
  }

  @Test
  void maskedTimerRunsSilently() {
    board.enableApic(0);
    apic.write(0x3e0, 0xb);
    apic.write(0x320, 0x3_00c0);
    apic.write(0x380, 1000);
    board.clock.advance(10_500);
    assertThat(apic.interruptPending()).isFalse();
    apic.write(0x320, 0x2_00c0);
    board.clock.advance(500);
    assertThat(apic.interruptPending()).isTrue();
  }

  // x2APIC

  @Test
  void onlyTheArchitecturesModeChangesAreLegal() {
    assertThatIllegalArgumentException().isThrownBy(() -> apic.setApicBase(0xfee0_0500L));
    assertThatIllegalArgumentException().isThrownBy(() -> apic.setApicBase(0xfee0_0900L | 1));
    assertThatIllegalArgumentException().isThrownBy(() -> apic.setApicBase(1L << 52 | 0xfee0_0900L));
    apic.setApicBase(0xfee0_0d00L);
    assertThatIllegalArgumentException().isThrownBy(() -> apic.setApicBase(0xfee0_0900L));
    apic.setApicBase(0xfee0_0100L);
    assertThatIllegalArgumentException().isThrownBy(() -> apic.setApicBase(0xfee0_0d00L));
    apic.setApicBase(0xfee0_0900L);
    assertThat(apic.apicBase()).isEqualTo(0xfee0_0900L);
    assertThat(apic.read(0x30)).isEqualTo(0x5_0014);
  }

  @Test
  void registersAreReachedInTheirOwnModeOnly() {
    assertThatIllegalArgumentException().isThrownBy(() -> apic.readMsr(X2APIC_ID));
    x2apic(0);
    assertThat(apic.readMsr(X2APIC_ID)).isZero();
    assertThat(apic.read(0x30)).isEqualTo(0xffff_ffffL);
    apic.write(0x80, 0x50);
    assertThat(apic.readMsr(X2APIC_TPR)).isZero();
  }

  @Test
  void x2apicFaultsOnWhatDoesNotExist() {
    x2apic(0);
    for (int msr : new int[] {0x800, 0x809, 0x80b, 0x80c, 0x80e, 0x829, 0x82f, 0x831, 0x83a, 0x83f, 0x840, 0x8ff}) {
      assertThatIllegalArgumentException().as("read 0x%x", msr).isThrownBy(() -> apic.readMsr(msr));
    }
    for (int msr : new int[] {0x802, 0x803, 0x80a, 0x80d, 0x80e, 0x810, 0x820, 0x82f, 0x831, 0x839, 0x840}) {
      assertThatIllegalArgumentException().as("write 0x%x", msr).isThrownBy(() -> apic.writeMsr(msr, 0));
    }
    assertThatIllegalArgumentException().isThrownBy(() -> apic.writeMsr(X2APIC_TPR, 0x100));
    assertThatIllegalArgumentException().isThrownBy(() -> apic.writeMsr(X2APIC_EOI, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> apic.writeMsr(0x828, 1));
    assertThatIllegalArgumentException().isThrownBy(() -> apic.writeMsr(0x832, 1L << 32));
    assertThatIllegalArgumentException().isThrownBy(() -> apic.writeMsr(X2APIC_ICR, 1 << 20));
  }

  @Test
  void x2apicSendsWithOneWriteToThirtyTwoBitDestinations() {
    for (int cpu = 0; cpu < 3; cpu++) {
      x2apic(cpu);
    }
    apic.writeMsr(X2APIC_ICR, 2L << 32 | 0x60);
    assertThat(apic.readMsr(X2APIC_ICR)).isEqualTo(2L << 32 | 0x60);
    assertThat(board.apics.get(2).acknowledge()).isEqualTo(0x60);
    apic.writeMsr(X2APIC_ICR, 0xffL << 32 | 0x61);
    assertThat(board.apics.get(1).interruptPending()).as("0xff is one processor's ID here").isFalse();
    apic.writeMsr(X2APIC_ICR, 0xffff_ffffL << 32 | 0x62);
    assertThat(board.apics.get(1).acknowledge()).isEqualTo(0x62);
    assertThat(apic.acknowledge()).isEqualTo(0x62);
    apic.writeMsr(X2APIC_EOI, 0);
  }

  @Test
  void x2apicLogicalDestinationIsClusterAndSet() {
    ApicBus bus = new ApicBus();
    LocalApic sender = new LocalApic(0, true, board.clock, bus);
    LocalApic other = new LocalApic(0x23, false, board.clock, bus);
    for (LocalApic it : new LocalApic[] {sender, other}) {
      it.setApicBase(it.apicBase() | 0x400);
      it.writeMsr(0x80f, 0x1ff);
    }
    assertThat(other.readMsr(X2APIC_LDR)).isEqualTo(0x2_0008);
    sender.writeMsr(X2APIC_ICR, 0x2_000fL << 32 | 0x870);
    assertThat(other.acknowledge()).isEqualTo(0x70);
    assertThat(sender.interruptPending()).isFalse();
    sender.writeMsr(X2APIC_ICR, 0x1_000fL << 32 | 0x871);
    assertThat(other.interruptPending()).isFalse();
  }

  @Test
  void selfIpiComesBack() {
    x2apic(0);
    apic.writeMsr(X2APIC_SELF_IPI, 0x77);
    assertThat(apic.acknowledge()).isEqualTo(0x77);
  }

  @Test
  void ioApicReachesX2apicProcessors() {
    x2apic(1);
    board.route(20, 0x55, 1);
    board.lines.connect(20).raise();
    assertThat(board.apics.get(1).acknowledge()).isEqualTo(0x55);
  }

  // State

  @Test
  void restoredApicGoesOnWhereItWas() {
    board.enableApic(0);
    apic.write(0x3e0, 0xb);
    apic.write(0x320, 0x2_00c0);
    apic.write(0x380, 10_000);
    sendIpi(0, 0x90);
    sendIpi(0, 0x50);
    apic.acknowledge();
    board.clock.advance(5_000);
    LocalApic other = new LocalApic(0, true, board.clock, new ApicBus());
    other.restore(apic.save());
    assertThat(other.save()).usingRecursiveComparison().isEqualTo(apic.save());
    board.clock.advance(5_000);
    assertThat(other.acknowledge()).isEqualTo(0xc0);
    other.write(0xb0, 0);
    other.write(0xb0, 0);
    assertThat(other.acknowledge()).isEqualTo(0x50);
  }
}
