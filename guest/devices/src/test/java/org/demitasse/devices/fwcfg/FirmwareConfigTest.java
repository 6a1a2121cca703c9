package org.demitasse.devices.fwcfg;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.demitasse.core.memory.GuestMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class FirmwareConfigTest {
  private final GuestMemory memory = new GuestMemory(1 << 20);
  private final FirmwareConfig device =
      new FirmwareConfig(memory, 3, Map.of("opt/org.smolbsd.var.NAME", "value".getBytes(UTF_8)));

  @AfterEach
  void free() {
    memory.close();
  }

  private String read(int key, int bytes) {
    device.write(0, 2, key);
    StringBuilder text = new StringBuilder();
    for (int n = 0; n < bytes; n++) {
      text.append((char) device.read(1, 1));
    }
    return text.toString();
  }

  @Test
  void tellsItsSignatureAndTheNumberOfCpus() {
    assertThat(read(0, 4)).isEqualTo("QEMU");
    assertThat(read(5, 4)).isEqualTo("\3\0\0\0");
  }

  @Test
  void listsItsFilesInBigEndian() {
    String directory = read(0x19, 4 + 64);
    assertThat(directory).startsWith("\0\0\0\1" + "\0\0\0\5" + "\0\40" + "\0\0" + "opt/org.smolbsd.var.NAME\0");
    assertThat(read(0x20, 7)).isEqualTo("value\0\0");
  }

  @Test
  void copiesAnItemByDma() {
    memory.writeInt(0x1000, Integer.reverseBytes(0x20 << 16 | 8 | 2));
    memory.writeInt(0x1004, Integer.reverseBytes(8));
    memory.writeLong(0x1008, Long.reverseBytes(0x2000));
    memory.writeLong(0x2000, -1);
    device.write(4, 4, 0);
    device.write(8, 4, Integer.reverseBytes(0x1000));
    assertThat(memory.readBytes(0x2000, 8)).isEqualTo("value\0\0\0".getBytes(UTF_8));
    assertThat(memory.readInt(0x1000)).isZero();
  }

  @Test
  void answersDmaOutsideMemoryWithAnErrorAndGoesOn() {
    memory.writeInt(0x1000, Integer.reverseBytes(2));
    memory.writeInt(0x1004, Integer.reverseBytes(0x7fff_ffff));
    memory.writeLong(0x1008, Long.reverseBytes(0x2000));
    device.write(8, 4, Integer.reverseBytes(0x1000));
    assertThat(memory.readInt(0x1000)).isEqualTo(Integer.reverseBytes(1));
    device.write(4, 4, -1);
    device.write(8, 4, -1);
    assertThat(read(0, 4)).isEqualTo("QEMU");
  }

  @Test
  void refusesANameThatIsTooLong() {
    assertThatThrownBy(() -> new FirmwareConfig(memory, 1, Map.of("x".repeat(56), new byte[0])))
        .hasMessageContaining("56 bytes, over 55");
  }
}
