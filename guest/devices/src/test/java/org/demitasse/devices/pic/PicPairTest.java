package org.demitasse.devices.pic;

import static org.assertj.core.api.Assertions.assertThat;

import org.demitasse.devices.RecordedLine;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PicPairTest {
  private static final int BASE = 0x30;

  private final RecordedLine output = new RecordedLine();
  private final PicPair pics = new PicPair(output, 0);

  private int in(int port) {
    return (int) (port < 0xa0 ? pics.masterPorts() : pics.slavePorts()).read(port & 1, 1);
  }

  private void out(int port, int value) {
    (port < 0xa0 ? pics.masterPorts() : pics.slavePorts()).write(port & 1, 1, value);
  }

  @BeforeEach
  void initialize() {
    initialize(0x01);
  }

  private void initialize(int icw4) {
    out(0x20, 0x11);
    out(0x21, BASE);
    out(0x21, 0x04);
    out(0x21, icw4);
    out(0xa0, 0x11);
    out(0xa1, BASE + 8);
    out(0xa1, 0x02);
    out(0xa1, icw4);
  }

  private void pulse(int irq) {
    pics.setLine(irq, true);
    pics.setLine(irq, false);
  }

  @Test
  void maskReadsBackAsLinuxProbesIt() {
    out(0xa1, 0xff);
    out(0x21, 0xfb);
    assertThat(in(0x21)).isEqualTo(0xfb);
    assertThat(in(0xa1)).isEqualTo(0xff);
  }

  @Test
  void requestInterruptsGoesIntoServiceAndEnds() {
    pulse(4);
    assertThat(output.level()).isTrue();
    assertThat(pics.acknowledge()).isEqualTo(BASE + 4);
    assertThat(output.level()).isFalse();
    out(0x20, 0x0b);
    assertThat(in(0x20)).isEqualTo(0x10);
    out(0x20, 0x0a);
    assertThat(in(0x20)).isZero();
    pulse(4);
    assertThat(output.level()).as("blocked by its own service").isFalse();
    out(0x20, 0x20);
    assertThat(output.level()).isTrue();
  }

  @Test
  void slaveRequestsComeThroughTheCascadeAndNeedTwoEnds() {
    pulse(12);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 12);
    pulse(9);
    assertThat(output.level()).as("master still serves its input 2").isFalse();
    out(0x20, 0x62);
    assertThat(output.level()).as("slave's more urgent request").isTrue();
    assertThat(pics.acknowledge()).isEqualTo(BASE + 9);
    out(0xa0, 0x61);
    out(0x20, 0x62);
    out(0xa0, 0x64);
    out(0xa0, 0x0b);
    assertThat(in(0xa0)).isZero();
  }

  @Test
  void specialFullyNestedModeLetsTheSlaveNest() {
    initialize(0x11);
    pulse(12);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 12);
    pulse(9);
    assertThat(output.level()).isTrue();
    assertThat(pics.acknowledge()).isEqualTo(BASE + 9);
  }

  @Test
  void moreUrgentRequestsNestAndLessUrgentWait() {
    pulse(5);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 5);
    pulse(6);
    assertThat(output.level()).isFalse();
    pulse(1);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 1);
    out(0x20, 0x20);
    assertThat(output.level()).isFalse();
    out(0x20, 0x20);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 6);
  }

  @Test
  void maskedRequestWaitsForItsUnmasking() {
    out(0x21, 0x10);
    pulse(4);
    assertThat(output.level()).isFalse();
    out(0x21, 0x00);
    assertThat(output.level()).isTrue();
  }

  @Test
  void requestThatHasGoneIsSpuriousAndNotInService() {
    pulse(3);
    out(0x21, 0x08);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 7);
    out(0x20, 0x0b);
    assertThat(in(0x20)).isZero();
  }

  @Test
  void slaveRequestThatHasGoneIsSpuriousFifteen() {
    pulse(14);
    out(0xa1, 0x40);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 15);
    out(0xa0, 0x0b);
    assertThat(in(0xa0)).as("the slave serves nothing").isZero();
    out(0x20, 0x0b);
    assertThat(in(0x20)).as("the master serves its cascade").isEqualTo(0x04);
  }

  @Test
  void autoEndOfInterruptLeavesNothingInService() {
    initialize(0x03);
    pulse(4);
    pulse(12);
    pulse(13);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 12);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 13);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 4);
    out(0x20, 0x0b);
    assertThat(in(0x20)).isZero();
    assertThat(output.level()).isFalse();
  }

  @Test
  void rotatingEndGivesTheServedLineTheLeastPriority() {
    pulse(4);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 4);
    out(0x20, 0xa0);
    pulse(4);
    pulse(6);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 6);
    out(0x20, 0x20);
    out(0x20, 0xc7); // priorities back to 0 first
    pulse(0);
    assertThat(pics.acknowledge()).isEqualTo(BASE);
  }

  @Test
  void rotationOnAutoEndMovesOn() {
    initialize(0x03);
    out(0x20, 0x80);
    pulse(3);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 3);
    pulse(3);
    pulse(7);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 7);
  }

  @Test
  void specialMaskModeLetsLessUrgentRequestsThrough() {
    pulse(2 + 1);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 3);
    pulse(6);
    assertThat(output.level()).isFalse();
    out(0x21, 0x08);
    out(0x20, 0x68);
    assertThat(output.level()).isTrue();
    assertThat(pics.acknowledge()).isEqualTo(BASE + 6);
  }

  @Test
  void pollAcknowledgesWithoutTheProcessor() {
    pulse(5);
    out(0x20, 0x0c);
    assertThat(in(0x20)).isEqualTo(0x85);
    assertThat(output.level()).isFalse();
    out(0x20, 0x0c);
    assertThat(in(0x20)).isZero();
  }

  @Test
  void levelLineInterruptsForAsLongAsItIsAsserted() {
    pics.edgeLevelPorts().write(0, 1, 0xff);
    pics.edgeLevelPorts().write(1, 1, 0xff);
    assertThat(pics.edgeLevelPorts().read(0, 2)).as("IRQ 0-2, 8 and 13 stay edge-triggered").isEqualTo(0xdef8);
    pics.setLine(11, true);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 11);
    out(0xa0, 0x20);
    out(0x20, 0x20);
    assertThat(output.level()).as("still asserted").isTrue();
    assertThat(pics.acknowledge()).isEqualTo(BASE + 11);
    pics.setLine(11, false);
    out(0xa0, 0x20);
    out(0x20, 0x20);
    assertThat(output.level()).isFalse();
  }

  @Test
  void initializationForgetsEdgesButSeesLevels() {
    pics.edgeLevelPorts().write(0, 1, 0x20);
    pics.setLine(4, true);
    pics.setLine(5, true);
    initialize(0x01);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 5);
    out(0x20, 0x0a);
    assertThat(in(0x20)).isEqualTo(0x20);
  }

  @Test
  void restoredPairGoesOnWhereItWas() {
    pulse(9);
    pulse(4);
    assertThat(pics.acknowledge()).isEqualTo(BASE + 9);
    RecordedLine otherOutput = new RecordedLine();
    PicPair other = new PicPair(otherOutput, 0);
    other.restore(pics.save());
    assertThat(other.save()).isEqualTo(pics.save());
    other.masterPorts().write(0, 1, 0x20);
    assertThat(otherOutput.level()).isTrue();
    assertThat(other.acknowledge()).isEqualTo(BASE + 4);
  }
}
