package org.demitasse.devices.i8042;

import static org.assertj.core.api.Assertions.assertThat;

import org.demitasse.devices.RecordedLine;
import org.demitasse.devices.RecordedPower;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyboardControllerTest {
  private final RecordedLine irq = new RecordedLine();
  private final RecordedPower power = new RecordedPower();
  private final KeyboardController controller = new KeyboardController(irq, power);

  private int status() {
    return (int) controller.commandPort().read(0, 1);
  }

  private void command(int value) {
    controller.commandPort().write(0, 1, value);
  }

  private int data() {
    return (int) controller.dataPort().read(0, 1);
  }

  private void write(int value) {
    controller.dataPort().write(0, 1, value);
  }

  @Test
  void linuxProbeGetsEveryAnswerAtOnceAndFindsNoMouse() {
    assertThat(status() & 0x03).as("nothing to flush, ready for input").isZero();
    command(0x20);
    assertThat(status() & 0x01).isEqualTo(0x01);
    int configuration = data();
    command(0x60);
    write(configuration & ~0x40 | 0x30);
    command(0xaa);
    assertThat(data()).isEqualTo(0x55);
    command(0xd3);
    write(0x5a);
    assertThat(status() & 0x21).as("not from a mouse").isEqualTo(0x01);
    data();
    command(0xa9);
    assertThat(data()).isNotIn(0x00, 0xfa, 0xff);
    assertThat(power.asked()).isEmpty();
  }

  @Test
  void byteForTheKeyboardTimesOutAtOnce() {
    command(0x60);
    write(0x45); // keyboard interrupt on
    write(0xf2); // identify
    assertThat(irq.level()).isTrue();
    assertThat(status() & 0x41).isEqualTo(0x41);
    assertThat(data()).isEqualTo(0xfe);
    assertThat(status() & 0x41).isZero();
    assertThat(irq.level()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {0xfe, 0xfc, 0xf0})
  void firstPulseOfTheResetLineResets(int command) {
    command(command);
    assertThat(power.asked()).containsExactly("reset");
  }

  @Test
  void otherPulsesDoNot() {
    command(0xff);
    command(0xfd);
    assertThat(power.asked()).isEmpty();
  }

  @Test
  void outputPortHoldsA20AndTheResetLine() {
    command(0xd1);
    write(0xdf);
    command(0xd0);
    assertThat(data()).isEqualTo(0xdf);
    assertThat(power.asked()).isEmpty();
    command(0xd1);
    write(0xde);
    assertThat(power.asked()).containsExactly("reset");
  }

  @Test
  void restoredControllerGoesOnWhereItWas() {
    command(0x60);
    write(0x05);
    command(0x20);
    RecordedLine otherIrq = new RecordedLine();
    KeyboardController other = new KeyboardController(otherIrq, power);
    other.restore(controller.save());
    assertThat(other.save()).isEqualTo(controller.save());
    assertThat(otherIrq.level()).isTrue();
    assertThat(other.dataPort().read(0, 1)).isEqualTo(0x05);
  }
}
