package org.demitasse.devices.testdevice;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TestDeviceTest {
  private final List<String> changes = new ArrayList<>();
  private final TestDevice device =
      new TestDevice(List.of(level -> changes.add("0 " + level), level -> changes.add("1 " + level)));

  @Test
  void scratchRegisterIsWrittenAndReadInParts() {
    device.scratchPorts().write(0, 4, 0x1122_3344);
    device.scratchPorts().write(9, 1, 0x55);
    device.scratchPorts().write(4, 4, 0x9999_9999L); // between the two places: nothing
    assertThat(device.scratchPorts().read(0, 4)).isEqualTo(0x1122_5544);
    assertThat(device.scratchPorts().read(2, 2)).isEqualTo(0x1122);
    assertThat(device.scratchPorts().read(4, 4)).isZero();
  }

  @Test
  void linesFollowWhatIsWritten() {
    device.lines().write(1, 1, 1);
    device.lines().write(1, 4, 0x100);
    device.lines().write(0, 1, 0xff);
    assertThat(changes).containsExactly("1 true", "1 false", "0 true");
  }

  @Test
  void memoryHoldsWhatWasWrittenAlsoThroughAState() {
    device.memory().write(0xfffc, 8, 0x1122_3344_5566_7788L);
    TestDevice.State state = device.save();
    device.memory().write(0xfffc, 2, 0);
    device.restore(state);
    assertThat(device.memory().read(0xfffc, 2)).isEqualTo(0x7788);
    assertThat(device.memory().read(0, 4)).as("wraps around").isEqualTo(0x1122_3344);
  }
}
