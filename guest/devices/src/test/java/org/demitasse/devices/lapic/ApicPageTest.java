package org.demitasse.devices.lapic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.demitasse.core.clock.HostClock;
import org.junit.jupiter.api.Test;

class ApicPageTest {
  private static final long BASE = 0xfee0_0900L;

  private static LocalApicState state(ApicTimerState timer) {
    return new LocalApicState(
        BASE,
        0x20,
        0x0100_0000,
        0xf000_0000,
        0x1ff,
        0x0300_0000_0000_4500L,
        0x40,
        0,
        new int[] {0x2_00ec, 0x1_0000, 0x400, 0x700, 0x8400, 0xfe},
        new long[] {0, 1L << 40, 0, 1L << 63},
        new long[] {0, 0, 1L << 5, 0},
        new long[] {0, 1L << 40, 0, 0},
        false,
        timer);
  }

  private static ApicTimerState periodic() {
    return new ApicTimerState(ApicTimer.PERIODIC, 0xb, 10_000, 7_000, 0, 17_000);
  }

  @Test
  void whatGoesIntoAPageComesOutOfIt() {
    LocalApicState before = state(periodic());
    LocalApicState after = ApicPage.state(ApicPage.of(before, 3, 8_000), BASE, 0, 8_000);
    assertThat(after).usingRecursiveComparison().isEqualTo(before);
  }

  @Test
  void registersAreWhereTheManualHasThem() {
    ByteBuffer page = ByteBuffer.wrap(ApicPage.of(state(periodic()), 3, 8_000)).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(page.getInt(0x20)).as("ID").isEqualTo(0x0300_0000);
    assertThat(page.getInt(0xf0)).as("SVR").isEqualTo(0x1ff);
    assertThat(page.getInt(0x140)).as("ISR 159:128").isEqualTo(1 << 5);
    assertThat(page.getInt(0x230)).as("IRR 127:96").isEqualTo(1 << 8);
    assertThat(page.getInt(0x310)).as("ICR, upper half").isEqualTo(0x0300_0000);
    assertThat(page.getInt(0x320)).as("LVT timer").isEqualTo(0x2_00ec);
    assertThat(page.getInt(0x390)).as("current count").isEqualTo(9_000);
  }

  @Test
  void theTimeLeftIsTheSameOnAnotherClock() {
    LocalApicState moved = ApicPage.state(ApicPage.of(state(periodic()), 0, 8_000), BASE, 0, 1_000_000);
    assertThat(moved.timer().deadlineNanos()).isEqualTo(1_009_000);
    assertThat(moved.timer().startNanos()).isEqualTo(999_000);
  }

  @Test
  void aDividerSlowsTheCount() {
    ApicTimerState divided = new ApicTimerState(ApicTimer.ONE_SHOT, 0x3, 1_000, 0, 0, 16_000); // by 16
    byte[] page = ApicPage.of(state(divided), 0, 8_000);
    assertThat(ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN).getInt(0x390)).isEqualTo(500);
  }

  @Test
  void aTimerThatHasExpiredStaysSo() {
    ApicTimerState expired = new ApicTimerState(ApicTimer.ONE_SHOT, 0xb, 1_000, 0, 0, Long.MAX_VALUE);
    LocalApicState before = state(expired);
    before.localVectorTable()[0] = 0xec;
    LocalApicState after = ApicPage.state(ApicPage.of(before, 0, 9_000), BASE, 0, 9_000);
    assertThat(after.timer().deadlineNanos()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void aDeadlineComesFromItsRegister() {
    LocalApicState before = state(new ApicTimerState(ApicTimer.TSC_DEADLINE, 0xb, 0, 0, 5_000, 5_000));
    before.localVectorTable()[0] = 0x4_00ec;
    LocalApicState after = ApicPage.state(ApicPage.of(before, 0, 100), BASE, 6_000, 100);
    assertThat(after.timer().mode()).isEqualTo(ApicTimer.TSC_DEADLINE);
    assertThat(after.timer().deadlineNanos()).isEqualTo(6_000);
  }

  @Test
  void anApicTakesWhatAPageTells() {
    LocalApic apic = new LocalApic(0, true, new HostClock(), new ApicBus());
    apic.restore(ApicPage.state(ApicPage.of(state(periodic()), 0, 0), BASE, 0, 0));
    assertThat(apic.read(0xf0)).isEqualTo(0x1ff);
    assertThat(apic.read(0x80)).isEqualTo(0x20);
  }

  @Test
  void aShortPageIsRefused() {
    assertThatThrownBy(() -> ApicPage.state(new byte[8], BASE, 0, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("a local APIC's page has 1024 bytes, not 8");
  }
}
