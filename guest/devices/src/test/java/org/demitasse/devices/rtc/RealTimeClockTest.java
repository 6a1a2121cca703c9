package org.demitasse.devices.rtc;

import static org.assertj.core.api.Assertions.assertThat;

import org.demitasse.devices.Board;
import org.demitasse.devices.HandClock;
import org.demitasse.devices.RecordedLine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RealTimeClockTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long GIB = 1L << 30;

  private final HandClock clock = new HandClock(Board.WALL_SECONDS * SECOND);
  private final RecordedLine irq = new RecordedLine();
  private final RealTimeClock rtc = new RealTimeClock(clock, irq, 3 * GIB, 2 * GIB);

  private int get(int register) {
    rtc.write(0, 1, register);
    return (int) rtc.read(1, 1);
  }

  private void set(int register, int value) {
    rtc.write(0, 1, register);
    rtc.write(1, 1, value);
  }

  private String time() {
    return "%02x%02x-%02x-%02x %02x:%02x:%02x day %x"
        .formatted(get(0x32), get(9), get(8), get(7), get(4), get(2), get(0), get(6));
  }

  @Test
  void timeIsGuestWallClockTimeInBcd() {
    assertThat(time()).isEqualTo("2026-11-22 15:30:45 day 1");
    clock.advance(15 * SECOND);
    assertThat(time()).isEqualTo("2026-11-22 15:31:00 day 1");
  }

  @Test
  void binaryAndTwelveHourFormatsAreOnRequest() {
    set(0x0b, 0x06);
    assertThat(get(2)).isEqualTo(30);
    set(0x0b, 0x00);
    assertThat(get(4)).isEqualTo(0x83);
    set(0x0b, 0x04);
    assertThat(get(4)).isEqualTo(0x83);
  }

  @Test
  void updateInProgressNeverLastsAndPrecedesTheNextSecond() {
    assertThat(get(0x0a)).isEqualTo(0x26);
    clock.advance(SECOND - 100_000);
    assertThat(get(0x0a)).isEqualTo(0xa6);
    clock.advance(100_000);
    assertThat(get(0x0a)).isEqualTo(0x26);
    assertThat(get(0)).isEqualTo(0x46);
  }

  @Test
  void halfSetClockStandsStillUntilItIsLetGo() {
    set(0x0b, 0x82);
    set(9, 0x30);
    set(8, 0x01);
    set(7, 0x02);
    set(4, 0x03);
    set(2, 0x04);
    clock.advance(20 * SECOND);
    assertThat(time()).isEqualTo("2030-01-02 03:04:45 day 1");
    set(0, 0x05);
    set(0x0b, 0x02);
    clock.advance(2 * SECOND);
    assertThat(time()).isEqualTo("2030-01-02 03:04:07 day 4");
  }

  @Test
  void runningClockCanBeSetByRegister() {
    set(4, 0x08);
    clock.advance(SECOND);
    assertThat(time()).isEqualTo("2026-11-22 08:30:46 day 1");
  }

  @Test
  void periodicInterruptComesAtItsRateAndNeedsItsAcknowledgement() {
    set(0x0b, 0x42); // 1024 Hz
    int interrupts = 0;
    for (int i = 0; i < 100_000; i++) {
      clock.advance(10_000);
      if (irq.level()) {
        interrupts++;
        assertThat(get(0x0c) & 0xc0).isEqualTo(0xc0);
        assertThat(irq.level()).isFalse();
      }
    }
    assertThat(interrupts).isBetween(1023, 1024);
  }

  @Test
  void updateEndedInterruptsOnceASecond() {
    set(0x0b, 0x12);
    clock.advance(SECOND);
    assertThat(irq.takeEdges()).isEqualTo(1);
    assertThat(get(0x0c) & 0x90).isEqualTo(0x90);
    clock.advance(3 * SECOND);
    assertThat(irq.takeEdges()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void aSecondThatEndsWhileARegisterIsWrittenInterruptsAllTheSame(int reads) {
    clock.advance(SECOND - 1000 * reads);
    clock.slowHost(1000);
    set(0x0b, 0x12);
    clock.slowHost(0);
    clock.advance(500_000_000);
    assertThat(irq.takeEdges()).isEqualTo(1);
  }

  @Test
  void alarmInterruptsAtItsTimeWithAnyHour() {
    set(1, 0x10);
    set(3, 0x31);
    set(5, 0xff);
    set(0x0b, 0x22);
    clock.advance(24 * SECOND);
    assertThat(irq.level()).isFalse();
    clock.advance(SECOND);
    assertThat(irq.level()).isTrue();
    assertThat(get(0x0c) & 0xa0).isEqualTo(0xa0);
    clock.advance(3599 * SECOND);
    assertThat(irq.level()).isFalse();
    clock.advance(SECOND);
    assertThat(irq.level()).isTrue();
  }

  @Test
  void flagsAreSetWithoutTheirInterrupts() {
    clock.advance(2 * SECOND);
    assertThat(get(0x0c)).isEqualTo(0x50);
    assertThat(get(0x0c)).isZero();
    assertThat(irq.takeEdges()).isZero();
  }

  @Test
  void memorySizesAreWhereFirmwarePutsThem() {
    assertThat(get(0x15) | get(0x16) << 8).isEqualTo(640);
    assertThat(get(0x17) | get(0x18) << 8).isEqualTo(0xffff);
    assertThat(get(0x34) | get(0x35) << 8).isEqualTo((int) ((3 * GIB - (16 << 20)) >> 16));
    assertThat(get(0x5b) | get(0x5c) << 8 | get(0x5d) << 16).isEqualTo((int) (2 * GIB >> 16));
    assertThat(get(0x0d)).isEqualTo(0x80);
  }

  @Test
  void smallMemoryIsToldInKibibytes() {
    RealTimeClock small = new RealTimeClock(clock, irq, 8 << 20, 0);
    small.write(0, 1, 0x17);
    int low = (int) small.read(1, 1);
    small.write(0, 1, 0x18);
    assertThat(low | (int) small.read(1, 1) << 8).isEqualTo(7 * 1024);
    small.write(0, 1, 0x34);
    assertThat(small.read(1, 1)).isZero();
  }

  @Test
  void shutdownByteAndTheRestAreMemory() {
    set(0x0f, 0x0a);
    set(0x80 | 0x7f, 0x55);
    assertThat(get(0x0f)).isEqualTo(0x0a);
    assertThat(get(0x7f)).isEqualTo(0x55);
  }

  @Test
  void anyDateIsTaken() {
    set(0x0b, 0x86);
    for (int register : new int[] {0, 2, 4, 7, 8, 9, 0x32}) {
      set(register, 0xff);
    }
    set(0x0b, 0x06);
    clock.advance(SECOND);
    assertThat(get(9)).isBetween(0, 99);
  }

  @Test
  void restoredClockGoesOnWhereItWas() {
    set(9, 0x31);
    set(0x0b, 0x12);
    clock.advance(SECOND / 2);
    RecordedLine otherIrq = new RecordedLine();
    RealTimeClock other = new RealTimeClock(clock, otherIrq, 0, 0);
    other.restore(rtc.save());
    assertThat(other.save()).usingRecursiveComparison().isEqualTo(rtc.save());
    clock.advance(SECOND / 2);
    assertThat(otherIrq.takeEdges()).isEqualTo(1);
  }
}
