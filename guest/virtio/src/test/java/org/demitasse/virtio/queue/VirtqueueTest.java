package org.demitasse.virtio.queue;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.demitasse.virtio.MockDriver;
import org.demitasse.virtio.MockDriver.Buffer;
import org.demitasse.virtio.MockDriver.Ring;
import org.demitasse.virtio.MockDriver.Used;
import org.demitasse.virtio.rng.VirtioRng;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Drives an entropy device, the simplest one, with good and bad rings. */
class VirtqueueTest {
  private final MockDriver driver = new MockDriver(new VirtioRng("rng", new Random(1)));

  @AfterEach
  void close() {
    driver.close();
  }

  private Ring start(long features) {
    return driver.start(features).ring(0);
  }

  private long misuse(Misuse kind) {
    return driver.transport.misuse().count(kind);
  }

  private void expectGivenBack(Ring ring, int head, Misuse kind) {
    long before = misuse(kind);
    ring.offer(head);
    ring.kick();
    assertThat(ring.poll()).isEqualTo(new Used(head, 0));
    assertThat(misuse(kind)).isEqualTo(before + 1);
    ring.submit(Buffer.writable(driver.allocate(16), 16));
    assertThat(ring.poll()).as("a good chain after that").extracting(Used::written).isEqualTo(16L);
  }

  @Test
  void wrapsAroundTheRingsAndTheIndexes() {
    Ring ring = start(0);
    long buffer = driver.allocate(4);
    for (int i = 0; i < 70_000; i++) {
      ring.submit(Buffer.writable(buffer, 4));
      assertThat(ring.poll()).isEqualTo(new Used(i % ring.size, 4));
    }
  }

  @Test
  void servesAFullRingAtOnce() {
    Ring ring = start(0);
    long buffer = driver.allocate(4);
    for (int i = 0; i < ring.size; i++) {
      ring.offer(ring.chain(Buffer.writable(buffer, 4)));
    }
    ring.kick();
    for (int i = 0; i < ring.size; i++) {
      assertThat(ring.poll()).isEqualTo(new Used(i, 4));
    }
    assertThat(ring.poll()).isNull();
    assertThat(driver.interrupts).isEqualTo(1);
  }

  @Test
  void doesNotInterruptADriverThatAskedNotTo() {
    Ring ring = start(0);
    driver.memory.writeShort(ring.available, 1);
    ring.submit(Buffer.writable(driver.allocate(4), 4));
    assertThat(ring.poll()).isNotNull();
    assertThat(driver.interruptLine).isFalse();
  }

  @Test
  void withEventIndexInterruptsOnlyAtTheEntryThatTheDriverNamed() {
    Ring ring = start(MockDriver.EVENT_IDX);
    driver.memory.writeShort(ring.available + 4 + 2L * ring.size, 2);
    long buffer = driver.allocate(4);
    ring.submit(Buffer.writable(buffer, 4));
    ring.submit(Buffer.writable(buffer, 4));
    assertThat(driver.interruptLine).isFalse();
    ring.submit(Buffer.writable(buffer, 4));
    assertThat(driver.interruptLine).isTrue();
    driver.acknowledge();
    ring.submit(Buffer.writable(buffer, 4));
    assertThat(driver.interruptLine).isFalse();
  }

  @Test
  void withEventIndexAsksToBeToldOfTheNextChain() {
    Ring ring = start(MockDriver.EVENT_IDX);
    long event = ring.used + 4 + 8L * ring.size;
    long buffer = driver.allocate(4);
    for (int i = 1; i <= 3; i++) {
      ring.submit(Buffer.writable(buffer, 4));
      assertThat(driver.memory.readShort(event)).isEqualTo(i);
    }
  }

  @Test
  void givesBackAChainThatLoops() {
    Ring ring = start(0);
    long buffer = driver.allocate(4);
    ring.descriptor(100, buffer, 4, MockDriver.WRITE | MockDriver.NEXT, 101);
    ring.descriptor(101, buffer, 4, MockDriver.WRITE | MockDriver.NEXT, 100);
    expectGivenBack(ring, 100, Misuse.CHAIN_TOO_LONG);
    ring.descriptor(102, buffer, 4, MockDriver.WRITE | MockDriver.NEXT, 102);
    expectGivenBack(ring, 102, Misuse.CHAIN_TOO_LONG);
    assertThat(driver.warnings).hasSize(1).first().asString().contains("loops");
  }

  @Test
  void givesBackAChainThatLeavesTheTable() {
    Ring ring = start(0);
    ring.descriptor(100, driver.allocate(4), 4, MockDriver.WRITE | MockDriver.NEXT, ring.size);
    expectGivenBack(ring, 100, Misuse.NEXT_OUTSIDE_TABLE);
  }

  @Test
  void givesBackAChainWithABufferOutsideMemory() {
    Ring ring = start(0);
    long[][] ranges = {
      {MockDriver.RAM_BYTES, 1},
      {MockDriver.RAM_BYTES - 4, 8},
      {-4, 8},
      {0, 0xffffffffL},
      {0xfeb00000L, 4},
      {Long.MAX_VALUE, 4},
      {Long.MIN_VALUE, 4}
    };
    for (long[] range : ranges) {
      ring.descriptor(100, range[0], range[1], MockDriver.WRITE, 0);
      expectGivenBack(ring, 100, Misuse.BUFFER_OUTSIDE_MEMORY);
    }
  }

  @Test
  void givesBackAChainWithAReadableBufferAfterAWritableOne() {
    Ring ring = start(0);
    long buffer = driver.allocate(4);
    ring.descriptor(100, buffer, 4, MockDriver.WRITE | MockDriver.NEXT, 101);
    ring.descriptor(101, buffer, 4, 0, 0);
    expectGivenBack(ring, 100, Misuse.READABLE_AFTER_WRITABLE);
  }

  @Test
  void givesBackIndirectTablesThatAreMisshapenOrUnexpected() {
    Ring ring = start(MockDriver.INDIRECT_DESC);
    long table = driver.allocate(64);
    ring.descriptor(100, table, 0, MockDriver.INDIRECT, 0);
    expectGivenBack(ring, 100, Misuse.BAD_INDIRECT_TABLE);
    ring.descriptor(100, table, 17, MockDriver.INDIRECT, 0);
    expectGivenBack(ring, 100, Misuse.BAD_INDIRECT_TABLE);
    ring.descriptor(100, table, 16, MockDriver.INDIRECT | MockDriver.NEXT, 101);
    expectGivenBack(ring, 100, Misuse.BAD_INDIRECT_TABLE);
    ring.descriptor(100, MockDriver.RAM_BYTES - 16, 32, MockDriver.INDIRECT, 0);
    expectGivenBack(ring, 100, Misuse.BUFFER_OUTSIDE_MEMORY);
    driver.memory.writeLong(table, table);
    driver.memory.writeInt(table + 8, 16);
    driver.memory.writeShort(table + 12, MockDriver.INDIRECT);
    ring.descriptor(100, table, 16, MockDriver.INDIRECT, 0);
    expectGivenBack(ring, 100, Misuse.BAD_INDIRECT_TABLE);
    driver.memory.writeShort(table + 12, MockDriver.WRITE | MockDriver.NEXT);
    driver.memory.writeShort(table + 14, 0);
    expectGivenBack(ring, 100, Misuse.CHAIN_TOO_LONG);
    Ring plain = start(0);
    plain.descriptor(100, table, 16, MockDriver.INDIRECT, 0);
    expectGivenBack(plain, 100, Misuse.BAD_INDIRECT_TABLE);
  }

  @Test
  void acceptsAnIndirectTableAfterDirectDescriptors() {
    Ring ring = start(MockDriver.INDIRECT_DESC);
    long table = driver.allocate(16);
    driver.memory.writeLong(table, driver.allocate(8));
    driver.memory.writeInt(table + 8, 8);
    driver.memory.writeShort(table + 12, MockDriver.WRITE);
    ring.descriptor(100, driver.allocate(4), 4, MockDriver.WRITE | MockDriver.NEXT, 101);
    ring.descriptor(101, table, 16, MockDriver.INDIRECT, 0);
    ring.offer(100);
    ring.kick();
    assertThat(ring.poll()).isEqualTo(new Used(100, 12));
  }

  @Test
  void toleratesBuffersOfNoLength() {
    Ring ring = start(0);
    ring.submit(Buffer.writable(-1, 0), Buffer.writable(driver.allocate(8), 8), Buffer.writable(0, 0));
    assertThat(ring.poll()).isEqualTo(new Used(0, 8));
    ring.submit(Buffer.writable(0, 0));
    assertThat(ring.poll()).isEqualTo(new Used(3, 0));
    assertThat(misuse(Misuse.BAD_BUFFER_SIZE)).isEqualTo(1);
  }

  @Test
  void needsAResetWhenTheAvailableIndexJumps() {
    Ring ring = start(0);
    driver.memory.writeShort(ring.available + 2, ring.size + 1);
    ring.kick();
    assertThat(driver.get(0x070)).isEqualTo(0x4f);
    assertThat(driver.get(0x060)).isEqualTo(2);
    assertThat(misuse(Misuse.AVAILABLE_INDEX_JUMPED)).isEqualTo(1);
    ring.kick();
    assertThat(ring.usedIndex()).isZero();
    Ring again = start(0);
    again.submit(Buffer.writable(driver.allocate(8), 8));
    assertThat(again.poll()).isEqualTo(new Used(0, 8));
  }

  @Test
  void needsAResetWhenTheAvailableRingNamesNoDescriptor() {
    Ring ring = start(0);
    ring.offer(ring.size);
    ring.kick();
    assertThat(driver.get(0x070) & 0x40).isNotZero();
    assertThat(misuse(Misuse.HEAD_OUTSIDE_TABLE)).isEqualTo(1);
  }

  @Test
  void aDeviceThatWritesItsOwnAvailableRingComesToAnEnd() {
    Ring ring = start(0);
    for (int i = 0; i < ring.size; i++) {
      ring.offer(ring.chain(Buffer.writable(ring.available, 6 + 2L * ring.size)));
    }
    ring.kick();
    for (int turn = 0; turn < 100 && driver.runLater() > 0; turn++) {}
    Ring again = start(0);
    again.submit(Buffer.writable(driver.allocate(8), 8));
    assertThat(again.poll()).isEqualTo(new Used(0, 8));
  }

  @Test
  void ringsThatOverlapHarmNobodyButTheGuest() {
    driver.negotiate(MockDriver.VERSION_1);
    driver.set(0x038, 128);
    for (int register = 0x080; register <= 0x0a4; register += 0x10) {
      driver.set(register, 0x10000);
      driver.set(register + 4, 0);
    }
    driver.set(0x044, 1);
    assertThat(driver.get(0x044)).isEqualTo(1);
    driver.set(0x070, 0xf);
    for (int i = 0; i < 300; i++) {
      driver.memory.writeShort(0x10002, i);
      driver.set(0x050, 0);
      driver.runLater();
    }
    Ring again = start(0);
    again.submit(Buffer.writable(driver.allocate(8), 8));
    assertThat(again.poll()).isEqualTo(new Used(0, 8));
  }
}
