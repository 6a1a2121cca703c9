package org.demitasse.virtio.mmio;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.demitasse.virtio.MockDriver;
import org.demitasse.virtio.MockDriver.Buffer;
import org.demitasse.virtio.console.ConsolePort;
import org.demitasse.virtio.console.VirtioConsole;
import org.demitasse.virtio.queue.Misuse;
import org.demitasse.virtio.rng.VirtioRng;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MmioTransportTest {
  private final MockDriver driver = new MockDriver(new VirtioRng("rng", new Random(1)));

  @AfterEach
  void close() {
    driver.close();
  }

  private long misuse(Misuse kind) {
    return driver.transport.misuse().count(kind);
  }

  @Test
  void identifiesItselfAsAModernDevice() {
    assertThat(driver.get(0x000)).isEqualTo(0x74726976);
    assertThat(driver.get(0x004)).isEqualTo(2);
    assertThat(driver.get(0x008)).isEqualTo(4);
    assertThat(driver.get(0x00c)).isEqualTo(0x494d4544);
    assertThat(driver.features() & MockDriver.VERSION_1).isNotZero();
    driver.set(0x014, 2);
    assertThat(driver.get(0x010)).isZero();
    assertThat(driver.get(0x0b0)).isEqualTo(0xffffffffL);
    assertThat(driver.transport.misuse().total()).isZero();
  }

  @Test
  void anEmptySlotHasDeviceIdZero() {
    EmptySlot slot = new EmptySlot();
    slot.write(0x070, 4, 1);
    assertThat(slot.read(0x000, 4)).isEqualTo(0x74726976);
    assertThat(slot.read(0x004, 4)).isEqualTo(2);
    assertThat(slot.read(0x008, 4)).isZero();
    assertThat(slot.read(0x070, 4)).isZero();
    assertThat(slot.read(0x1fc, 4)).isZero();
  }

  @Test
  void keepsTheDriverToTheOrderOfSteps() {
    driver.set(0x070, 2);
    assertThat(driver.get(0x070)).isZero();
    driver.set(0x070, 1);
    driver.set(0x070, 3);
    driver.set(0x070, 1);
    assertThat(driver.get(0x070)).as("a step back").isEqualTo(3);
    driver.set(0x070, 7);
    assertThat(driver.get(0x070)).as("DRIVER_OK without FEATURES_OK").isEqualTo(3);
    assertThat(misuse(Misuse.STATUS_OUT_OF_TURN)).isEqualTo(3);
    driver.set(0x070, 0x83);
    assertThat(driver.get(0x070)).as("FAILED").isEqualTo(0x83);
    driver.set(0x070, 0);
    assertThat(driver.get(0x070)).isZero();
  }

  @Test
  void refusesFeaturesThatWereNotOfferedAndDriversWithoutVersion1() {
    assertThat(driver.negotiate(MockDriver.EVENT_IDX)).isFalse();
    assertThat(driver.get(0x070)).isEqualTo(3);
    assertThat(driver.negotiate(MockDriver.VERSION_1 | 1L << 50)).isFalse();
    assertThat(driver.negotiate(MockDriver.VERSION_1)).isTrue();
    driver.set(0x020, 0xffffffffL);
    assertThat(misuse(Misuse.FEATURES_REFUSED)).as("two refused, one too late").isEqualTo(3);
  }

  @Test
  void setsQueuesUpOnlyAfterFeaturesAreSettled() {
    driver.set(0x038, 8);
    driver.set(0x044, 1);
    assertThat(misuse(Misuse.QUEUE_REGISTER_OUT_OF_TURN)).isEqualTo(2);
    driver.negotiate(MockDriver.VERSION_1);
    driver.set(0x030, 5);
    assertThat(driver.get(0x034)).as("a queue that is not there").isZero();
    assertThat(driver.get(0x044)).isZero();
    driver.set(0x030, 0);
    assertThat(driver.get(0x034)).isEqualTo(128);
  }

  @Test
  void refusesQueuesOfZeroOversizeOrCrookedLength() {
    driver.negotiate(MockDriver.VERSION_1);
    for (long size : new long[] {0, 3, 256, 0xffffffffL}) {
      driver.set(0x038, size);
      driver.set(0x044, 1);
      assertThat(driver.get(0x044)).isZero();
    }
    assertThat(misuse(Misuse.BAD_QUEUE_SIZE)).isEqualTo(8);
    assertThat(driver.warnings).hasSize(1);
  }

  @Test
  void refusesRingsOutsideMemoryOrMisaligned() {
    long[][] rings = {
      {0x1008, 0x2000, 0x3000},
      {0x1000, 0x2001, 0x3000},
      {0x1000, 0x2000, 0x3002},
      {MockDriver.RAM_BYTES - 16, 0, 0},
      {0x1000, MockDriver.RAM_BYTES - 4, 0x3000},
      {0x1000, 0x2000, 0xfffffffffffffff0L},
      {-16, 0x2000, 0x3000}
    };
    driver.negotiate(MockDriver.VERSION_1);
    for (long[] ring : rings) {
      driver.set(0x038, 64);
      for (int i = 0; i < 3; i++) {
        driver.set(0x080 + 0x10 * i, ring[i] & 0xffffffffL);
        driver.set(0x084 + 0x10 * i, ring[i] >>> 32);
      }
      driver.set(0x044, 1);
      assertThat(driver.get(0x044)).isZero();
    }
    assertThat(misuse(Misuse.BAD_RING_ADDRESS)).isEqualTo(rings.length);
  }

  @Test
  void keepsAReadyQueueAsItIs() {
    driver.start(0);
    driver.set(0x038, 4);
    driver.set(0x080, 0);
    assertThat(misuse(Misuse.QUEUE_REGISTER_OUT_OF_TURN)).isEqualTo(2);
    driver.ring(0).submit(Buffer.writable(driver.allocate(8), 8));
    assertThat(driver.ring(0).poll()).isEqualTo(new MockDriver.Used(0, 8));
  }

  @Test
  void holdsTheLineUntilEveryCauseIsAcknowledged() {
    driver.start(0);
    driver.ring(0).submit(Buffer.writable(driver.allocate(8), 8));
    assertThat(driver.interruptLine).isTrue();
    driver.set(0x064, 2);
    assertThat(driver.interruptLine).isTrue();
    driver.set(0x064, 1);
    assertThat(driver.interruptLine).isFalse();
    assertThat(driver.get(0x060)).isZero();
  }

  @Test
  void resetTakesEffectAtOnceAndLowersTheLine() {
    driver.start(0);
    driver.ring(0).submit(Buffer.writable(driver.allocate(8), 8));
    driver.set(0x070, 0);
    assertThat(driver.interruptLine).isFalse();
    assertThat(driver.get(0x060)).isZero();
    assertThat(driver.get(0x044)).isZero();
    driver.set(0x050, 0);
    assertThat(misuse(Misuse.NOTIFY_OUT_OF_TURN)).isEqualTo(1);
  }

  @Test
  void servesWhatWasMadeAvailableBeforeDriverOk() {
    driver.start(0);
    driver.negotiate(MockDriver.VERSION_1);
    MockDriver.Ring ring = driver.new Ring(0, 128, 0x10000);
    ring.submit(Buffer.writable(driver.allocate(8), 8));
    assertThat(ring.poll()).isNull();
    driver.set(0x070, 0xf);
    assertThat(ring.poll()).isEqualTo(new MockDriver.Used(0, 8));
  }

  @Test
  void resetsOneQueueAloneWhenThatWasNegotiated() {
    driver.start(MockDriver.RING_RESET);
    driver.ring(0).submit(Buffer.writable(driver.allocate(8), 8));
    driver.set(0x030, 0);
    driver.set(0x0c0, 1);
    assertThat(driver.get(0x0c0)).isZero();
    assertThat(driver.get(0x044)).isZero();
    assertThat(driver.get(0x070)).isEqualTo(0xf);
    MockDriver.Ring ring = driver.new Ring(0, 64, 0x40000);
    ring.submit(Buffer.writable(driver.allocate(8), 8));
    assertThat(ring.poll()).isEqualTo(new MockDriver.Used(0, 8));
  }

  @Test
  void acceptsOnlyWholeAlignedRegisters() {
    assertThat(driver.bus.read(MockDriver.BASE, 1)).isZero();
    assertThat(driver.bus.read(MockDriver.BASE + 2, 4)).isZero();
    assertThat(driver.bus.read(MockDriver.BASE, 8)).isZero();
    driver.bus.write(MockDriver.BASE + 0x70, 1, 1);
    driver.set(0x000, 1);
    driver.set(0x048, 1);
    assertThat(driver.get(0x048)).isZero();
    assertThat(driver.get(0x070)).isZero();
    assertThat(misuse(Misuse.BAD_REGISTER_ACCESS)).isEqualTo(7);
    assertThat(driver.warnings).hasSize(1);
  }

  @Test
  void countsGenerationsAndInterruptsForAChangedConfiguration() {
    VirtioConsole console = new VirtioConsole("console", 80, 24, List.of(new ConsolePort("", bytes -> {})));
    try (MockDriver consoleDriver = new MockDriver(console)) {
      assertThat(consoleDriver.config(0, 4)).isEqualTo(24 << 16 | 80);
      long generation = consoleDriver.get(0x0fc);
      console.resize(100, 50);
      assertThat(consoleDriver.get(0x0fc)).isNotEqualTo(generation);
      assertThat(consoleDriver.interruptLine).as("nobody is listening yet").isFalse();
      consoleDriver.start(1);
      console.resize(101, 51);
      assertThat(consoleDriver.get(0x060)).isEqualTo(2);
      assertThat(consoleDriver.interruptLine).isTrue();
      assertThat(consoleDriver.config(0, 2)).isEqualTo(101);
      assertThat(consoleDriver.config(2, 2)).isEqualTo(51);
    }
  }

  @Test
  void goesOnFromASavedState() {
    driver.start(MockDriver.EVENT_IDX);
    driver.ring(0).submit(Buffer.writable(driver.allocate(8), 8));
    MmioTransport.State state = driver.transport.save();
    driver.transport.reset();
    assertThat(driver.interruptLine).isFalse();
    driver.transport.restore(state);
    assertThat(driver.transport.save()).isEqualTo(state);
    assertThat(driver.interruptLine).isTrue();
    assertThat(driver.get(0x070)).isEqualTo(0xf);
    driver.ring(0).submit(Buffer.writable(driver.allocate(8), 8));
    assertThat(driver.ring(0).poll()).isNotNull();
    assertThat(driver.ring(0).poll()).isEqualTo(new MockDriver.Used(1, 8));
    assertThat(driver.ring(0).poll()).isNull();
  }

  @Test
  void everyRestoredRegisterReadsAsBefore() {
    driver.start(0);
    driver.set(0x030, 0);
    List<Long> before = new ArrayList<>();
    for (int register = 0; register < 0x100; register += 4) {
      before.add(driver.get(register));
    }
    MmioTransport.State state = driver.transport.save();
    driver.transport.reset();
    driver.transport.restore(state);
    for (int register = 0; register < 0x100; register += 4) {
      assertThat(driver.get(register)).as("register 0x%x", register).isEqualTo(before.get(register / 4));
    }
  }
}
