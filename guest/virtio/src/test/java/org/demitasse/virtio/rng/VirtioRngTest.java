package org.demitasse.virtio.rng;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.demitasse.virtio.MockDriver;
import org.demitasse.virtio.MockDriver.Buffer;
import org.junit.jupiter.api.Test;

class VirtioRngTest {
  @Test
  void fillsEveryBufferOfAChainFromItsSource() {
    try (MockDriver driver = new MockDriver(new VirtioRng("rng", new Random(7)))) {
      driver.start(0);
      long first = driver.allocate(10);
      long second = driver.allocate(22);
      driver.ring(0).submit(Buffer.writable(first, 10), Buffer.writable(second, 22));
      byte[] expected = new byte[32];
      new Random(7).nextBytes(expected);
      assertThat(driver.ring(0).poll()).isEqualTo(new MockDriver.Used(0, 32));
      assertThat(driver.memory.readBytes(first, 10)).isEqualTo(java.util.Arrays.copyOf(expected, 10));
      assertThat(driver.memory.readBytes(second, 22)).isEqualTo(java.util.Arrays.copyOfRange(expected, 10, 32));
    }
  }

  @Test
  void fillsAHugeBufferOnlyInPart() {
    try (MockDriver driver = new MockDriver(new VirtioRng("rng", new Random(7)))) {
      driver.start(0);
      driver.ring(0).submit(Buffer.writable(0x30_0000, 4 << 20));
      assertThat(driver.ring(0).poll()).isEqualTo(new MockDriver.Used(0, 64 << 10));
      assertThat(driver.memory.readLong(0x30_0000 + (64 << 10))).isZero();
    }
  }

  @Test
  void usesNothingOfAReadableBuffer() {
    try (MockDriver driver = new MockDriver(new VirtioRng("rng", new Random(7)))) {
      driver.start(0);
      long buffer = driver.allocate(64);
      driver.ring(0).submit(Buffer.readable(buffer, 64));
      assertThat(driver.ring(0).poll()).isEqualTo(new MockDriver.Used(0, 0));
      assertThat(driver.memory.readLong(buffer)).isZero();
    }
  }
}
