package org.demitasse.devices.power;

import static org.assertj.core.api.Assertions.assertThat;

import org.demitasse.devices.Board;
import org.demitasse.devices.HandClock;
import org.demitasse.devices.RecordedLine;
import org.demitasse.devices.RecordedPower;
import org.junit.jupiter.api.Test;

class PowerPortsTest {
  private static final long SECOND = 1_000_000_000L;

  private final Board board = new Board(1);
  private final RecordedPower power = board.power;

  @Test
  void resetControlActsWhenTheProcessorResetBitRises() {
    board.out(0xcf9, 0x02);
    assertThat(power.asked()).isEmpty();
    assertThat(board.in(0xcf9)).isEqualTo(0x02);
    board.out(0xcf9, 0x06);
    assertThat(power.asked()).containsExactly("reset");
  }

  @Test
  void acpiResetRegisterIsOneWrite() {
    board.out(AcpiPorts.RESET_REGISTER, AcpiPorts.RESET_VALUE);
    assertThat(power.asked()).containsExactly("reset");
  }

  @Test
  void pciProbesFindNoBus() {
    board.out(0xcfb, 0x01);
    board.ports.write(0xcf8, 4, 0x8000_0000L);
    assertThat(board.ports.read(0xcf8, 4) & 0xffff_ffffL).isEqualTo(0xffff_ffffL);
    assertThat(board.ports.read(0xcfc, 4) & 0xffff_ffffL).isEqualTo(0xffff_ffffL);
    board.ports.write(0xcf8, 4, 0xffff_ffffL);
    assertThat(power.asked()).as("a configuration address is no reset").isEmpty();
  }

  @Test
  void systemControlPortAResetsWhenItsBitRises() {
    board.out(0x92, 0x02);
    assertThat(power.asked()).isEmpty();
    board.out(0x92, board.in(0x92) | 0x01);
    assertThat(power.asked()).containsExactly("reset");
    board.out(0x92, 0x03);
    assertThat(power.asked()).hasSize(1);
  }

  @Test
  void debugExitDoublesItsValueAndAddsOne() {
    board.out(0xf4, 0x10);
    board.ports.write(0xf4, 4, 0);
    assertThat(power.asked()).containsExactly("exit 33", "exit 1");
  }

  @Test
  void postCodesAreSwallowed() {
    board.out(0x80, 0x99);
    assertThat(board.postCode.code()).isEqualTo(0x99);
    assertThat(power.asked()).isEmpty();
  }

  @Test
  void sleepEnableSwitchesOff() {
    board.ports.write(AcpiPorts.PM1A_CONTROL, 2, AcpiPorts.SLEEP_TYPE_S5 << 10);
    assertThat(power.asked()).isEmpty();
    board.ports.write(AcpiPorts.PM1A_CONTROL, 2, AcpiPorts.SLEEP_TYPE_S5 << 10 | 1 << 13);
    assertThat(power.asked()).containsExactly("off");
    assertThat(board.ports.read(AcpiPorts.PM1A_CONTROL, 2)).isEqualTo(AcpiPorts.SLEEP_TYPE_S5 << 10);
  }

  @Test
  void hardwareReducedSleepSwitchesOff() {
    board.out(AcpiPorts.SLEEP_CONTROL, AcpiPorts.SLEEP_TYPE_S5 << 2 | 1 << 5);
    assertThat(power.asked()).containsExactly("off");
  }

  @Test
  void powerManagementTimerRunsAtItsRateInTwentyFourBits() {
    long before = board.ports.read(AcpiPorts.PM_TIMER, 4);
    board.clock.advance(SECOND);
    assertThat(board.ports.read(AcpiPorts.PM_TIMER, 4) - before).isEqualTo(3_579_545);
    board.clock.advance(4 * SECOND);
    assertThat(board.ports.read(AcpiPorts.PM_TIMER, 4)).isEqualTo(5 * 3_579_545 & 0xff_ffff);
  }

  @Test
  void powerButtonInterruptsUntilItsStatusIsCleared() {
    HandClock clock = new HandClock();
    RecordedLine sci = new RecordedLine();
    AcpiPower acpi = new AcpiPower(clock, sci, new RecordedPower());
    acpi.pressPowerButton();
    assertThat(sci.level()).as("not enabled").isFalse();
    acpi.write(2, 2, 0x100);
    assertThat(sci.level()).isTrue();
    assertThat(acpi.read(0, 2)).isEqualTo(0x100);
    acpi.write(0, 2, 0x100);
    assertThat(sci.level()).isFalse();
  }

  @Test
  void timerEventComesWithEachChangeOfTheTopBit() {
    HandClock clock = new HandClock();
    RecordedLine sci = new RecordedLine();
    AcpiPower acpi = new AcpiPower(clock, sci, new RecordedPower());
    acpi.write(2, 2, 0x001);
    clock.advance(2_400_000_000L); // 2^23 ticks take 2.34 s
    assertThat(sci.level()).isTrue();
    acpi.write(0, 2, 0x001);
    assertThat(sci.level()).isFalse();
    clock.advance(2_400_000_000L);
    assertThat(sci.level()).isTrue();
    RecordedLine otherSci = new RecordedLine();
    AcpiPower other = new AcpiPower(clock, otherSci, new RecordedPower());
    other.restore(acpi.save());
    assertThat(otherSci.level()).isTrue();
    assertThat(other.save()).isEqualTo(acpi.save());
  }
}
