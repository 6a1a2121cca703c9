package org.demitasse.devices.pit;

import static org.assertj.core.api.Assertions.assertThat;

import org.demitasse.devices.HandClock;
import org.demitasse.devices.RecordedLine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Drives the timer as calibration loops and clock drivers do. */
class IntervalTimerTest {
  private static final long MILLISECOND = 1_000_000;

  private final HandClock clock = new HandClock();
  private final RecordedLine irq = new RecordedLine();
  private final IntervalTimer timer = new IntervalTimer(clock, irq);
  private final SystemControlPortB portB = new SystemControlPortB(timer, clock);

  private int in(int port) {
    return port == 0x61 ? (int) portB.read(0, 1) : (int) timer.read(port - 0x40, 1);
  }

  private void out(int port, int value) {
    if (port == 0x61) {
      portB.write(0, 1, value);
    } else {
      timer.write(port - 0x40, 1, value);
    }
  }

  private int in16(int port) {
    int low = in(port);
    return low | in(port) << 8;
  }

  private void out16(int port, int value) {
    out(port, value & 0xff);
    out(port, value >>> 8);
  }

  private void advanceTicks(long ticks) {
    long now = IntervalTimer.RATE.ticksAt(clock.nanos());
    clock.advance(IntervalTimer.RATE.nanosAt(now + ticks) - clock.nanos());
  }

  @Test
  void rateGeneratorInterruptsOncePerPeriodAndNotWhenProgrammed() {
    out(0x43, 0x34);
    out16(0x40, 11932); // 100 Hz, as NetBSD sets it
    assertThat(irq.takeEdges()).isZero();
    clock.advance(1000 * MILLISECOND);
    assertThat(irq.takeEdges()).isBetween(99, 100);
  }

  @Test
  void missedPeriodsAreOneInterruptAndThePhaseStays() {
    out(0x43, 0x34);
    out16(0x40, 11932);
    clock.oversleep(95 * MILLISECOND);
    assertThat(irq.takeEdges()).isEqualTo(1);
    clock.advance(6 * MILLISECOND);
    assertThat(irq.takeEdges()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {0x30, 0x38}) // modes 0 and 4
  void aCountThatEndsWhileItIsWrittenInterruptsAllTheSame(int mode) {
    out(0x43, mode);
    clock.slowHost(3 * MILLISECOND);
    out16(0x40, 2906); // 2.4 ms, as Linux programs its next tick
    clock.slowHost(0);
    clock.advance(3 * MILLISECOND);
    assertThat(irq.takeEdges()).isEqualTo(1);
    clock.advance(100 * MILLISECOND);
    assertThat(irq.takeEdges()).isZero();
  }

  @Test
  void latchedCountStandsStillWhileTimeGoesOn() {
    out(0x43, 0x34);
    out16(0x40, 0); // 65536, as calibrations use it
    advanceTicks(1000);
    out(0x43, 0x00);
    advanceTicks(500);
    assertThat(in16(0x40)).isEqualTo(65536 - 1000);
    assertThat(in16(0x40)).isEqualTo(65536 - 1500);
  }

  @Test
  void delayByPollingCounterZeroTakesTheRightTime() {
    out(0x43, 0x34);
    out16(0x40, 11932);
    long start = clock.nanos();
    int last = latched();
    long ticks = 0;
    while (ticks < 119_318) { // 100 ms, over many reloads, as NetBSD's LAPIC calibration does
      clock.advance(50_000);
      int now = latched();
      ticks += Math.floorMod(last - now, 11932);
      last = now;
    }
    assertThat(clock.nanos() - start).isBetween(100 * MILLISECOND, 101 * MILLISECOND);
  }

  private int latched() {
    out(0x43, 0x00);
    return in16(0x40);
  }

  @Test
  void linuxWaitsForCounterTwoByItsOutput() {
    out(0x61, in(0x61) & ~0x02 | 0x01);
    out(0x43, 0xb0);
    out16(0x42, 59659); // 50 ms
    assertThat(in(0x61) & 0x20).isZero();
    clock.advance(49 * MILLISECOND);
    assertThat(in(0x61) & 0x20).isZero();
    clock.advance(2 * MILLISECOND);
    assertThat(in(0x61) & 0x20).isEqualTo(0x20);
  }

  @Test
  void linuxQuickCalibrationSeesTheHighByteFall() {
    out(0x61, 0x01);
    out(0x43, 0xb0);
    out16(0x42, 0xffff);
    assertThat(in16(0x42) >> 8).isEqualTo(0xff);
    advanceTicks(0x101);
    assertThat(in16(0x42)).isEqualTo(0xfefe);
  }

  @Test
  void closedGateHoldsCounterTwo() {
    out(0x61, 0x01);
    out(0x43, 0xb0);
    out16(0x42, 1000);
    advanceTicks(400);
    out(0x61, 0x00);
    advanceTicks(5000);
    assertThat(in16(0x42)).isEqualTo(600);
    out(0x61, 0x01);
    advanceTicks(100);
    assertThat(in16(0x42)).isEqualTo(500);
  }

  @Test
  void aNewCountOfAHardwareOneShotWaitsForTheNextTrigger() {
    out(0x61, 0x00);
    out(0x43, 0xb2); // counter 2, mode 1
    out16(0x42, 1000);
    assertThat(in(0x61) & 0x20).as("output before the trigger").isEqualTo(0x20);
    out(0x61, 0x01);
    advanceTicks(400);
    out16(0x42, 5000);
    advanceTicks(400);
    assertThat(in16(0x42)).isEqualTo(200);
    advanceTicks(300);
    assertThat(in(0x61) & 0x20).as("output after the first count").isEqualTo(0x20);
    out(0x61, 0x00);
    out(0x61, 0x01);
    advanceTicks(1000);
    assertThat(in(0x61) & 0x20).isZero();
    assertThat(in16(0x42)).isEqualTo(4000);
  }

  @Test
  void aNewCountOfARateGeneratorComesWithTheTriggerOfTheGate() {
    out(0x61, 0x01);
    out(0x43, 0xb4); // counter 2, mode 2
    out16(0x42, 1000);
    advanceTicks(100);
    out16(0x42, 3000);
    out(0x61, 0x00);
    out(0x61, 0x01);
    advanceTicks(100);
    assertThat(in16(0x42)).isEqualTo(2900);
  }

  @Test
  void squareWaveOfAnOddCountIsHighForTheLongerHalf() {
    out(0x61, 0x01);
    out(0x43, 0xb6); // counter 2, mode 3
    out16(0x42, 1001);
    advanceTicks(500);
    assertThat(in(0x61) & 0x20).isEqualTo(0x20);
    assertThat(in16(0x42)).isZero();
    advanceTicks(1);
    assertThat(in(0x61) & 0x20).isZero();
    assertThat(in16(0x42)).isEqualTo(1000);
  }

  @Test
  void oneShotModeInterruptsOnce() {
    out(0x43, 0x30);
    out16(0x40, 1000);
    assertThat(irq.level()).isFalse();
    advanceTicks(1001);
    assertThat(irq.takeEdges()).isEqualTo(1);
    assertThat(irq.level()).isTrue();
    advanceTicks(200_000);
    assertThat(irq.takeEdges()).isZero();
    out16(0x40, 500);
    assertThat(irq.level()).as("a new count lowers the output").isFalse();
    advanceTicks(501);
    assertThat(irq.takeEdges()).isEqualTo(1);
  }

  @Test
  void softwareStrobeInterruptsOnceAsLinuxOneShotUsesIt() {
    out(0x43, 0x38);
    out16(0x40, 1000);
    advanceTicks(999);
    assertThat(irq.takeEdges()).isZero();
    advanceTicks(3);
    assertThat(irq.takeEdges()).isEqualTo(1);
    advanceTicks(200_000);
    assertThat(irq.takeEdges()).isZero();
  }

  @Test
  void squareWaveIsHighForHalfThePeriodAndCountsByTwo() {
    out(0x43, 0x36);
    out16(0x40, 1000);
    advanceTicks(100);
    assertThat(in16(0x40)).isEqualTo(800);
    out(0x43, 0xe2); // read back the status of counter 0
    assertThat(in(0x40)).isEqualTo(0x80 | 0x36);
    advanceTicks(450);
    out(0x43, 0xe2);
    assertThat(in(0x40)).isEqualTo(0x36);
    clock.advance(1000 * MILLISECOND);
    assertThat(irq.takeEdges()).isBetween(1193, 1194);
  }

  @Test
  void readBackLatchesStatusThenCount() {
    out(0x43, 0x34);
    out(0x43, 0xc2);
    assertThat(in(0x40)).as("null count: nothing is loaded yet").isEqualTo(0x80 | 0x40 | 0x34);
    in16(0x40);
    out16(0x40, 5000);
    advanceTicks(10);
    out(0x43, 0xc2);
    advanceTicks(10);
    assertThat(in(0x40)).isEqualTo(0x80 | 0x34);
    assertThat(in16(0x40)).isEqualTo(4990);
  }

  @Test
  void newCountOfARateGeneratorTakesEffectAtTheEndOfThePeriod() {
    out(0x43, 0x34);
    out16(0x40, 1000);
    advanceTicks(100);
    out16(0x40, 200);
    advanceTicks(100);
    assertThat(in16(0x40)).isEqualTo(800);
    advanceTicks(850);
    assertThat(in16(0x40)).isEqualTo(150);
  }

  @Test
  void bytesCanBeAccessedAlone() {
    out(0x43, 0x14);
    out(0x40, 100);
    advanceTicks(30);
    assertThat(in(0x40)).isEqualTo(70);
    out(0x43, 0x24);
    out(0x40, 0x10);
    advanceTicks(0x100);
    assertThat(in(0x40)).isEqualTo(0x0f);
  }

  @Test
  void decimalCountingReadsInDecimal() {
    out(0x43, 0x35);
    out16(0x40, 0x1234);
    advanceTicks(35);
    assertThat(in16(0x40)).isEqualTo(0x1199);
  }

  @Test
  void refreshToggleFlips() {
    int before = in(0x61) & 0x10;
    clock.advance(15_085);
    assertThat(in(0x61) & 0x10).isNotEqualTo(before);
  }

  @Test
  void restoredTimerGoesOnWhereItWas() {
    out(0x43, 0x34);
    out16(0x40, 11932);
    advanceTicks(5000);
    RecordedLine otherIrq = new RecordedLine();
    IntervalTimer other = new IntervalTimer(clock, otherIrq);
    other.restore(timer.save());
    assertThat(other.save()).isEqualTo(timer.save());
    advanceTicks(7000);
    assertThat(otherIrq.takeEdges()).isEqualTo(1);
  }
}
