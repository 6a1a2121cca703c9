package org.demitasse.virtio;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.demitasse.network.EthernetLink;
import org.demitasse.storage.MemoryDisk;
import org.demitasse.virtio.MockDriver.Buffer;
import org.demitasse.virtio.block.VirtioBlock;
import org.demitasse.virtio.console.ConsolePort;
import org.demitasse.virtio.console.VirtioConsole;
import org.demitasse.virtio.device.VirtioDevice;
import org.demitasse.virtio.net.VirtioNet;
import org.demitasse.virtio.rng.VirtioRng;
import org.junit.jupiter.api.Assertions;

/** Drivers that break every rule at random: no exception, an end in time, and a device that works after a reset. */
class HostileDriverTest {
  private static final long RING_FEATURES = MockDriver.INDIRECT_DESC | MockDriver.EVENT_IDX | MockDriver.RING_RESET;
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private static VirtioDevice device(int kind) {
    return switch (kind) {
      case 0 -> new VirtioBlock("block", new MemoryDisk("memory", 1024), "serial", warning -> {});
      case 1 ->
          new VirtioConsole(
              "console", 80, 25, List.of(new ConsolePort("", bytes -> {}), new ConsolePort("one", bytes -> {})));
      case 2 -> new VirtioNet("net", new byte[] {2, 0, 0, 0, 0, 1}, EthernetLink.nowhere());
      default -> new VirtioRng("rng", new Random(1));
    };
  }

  @Property(tries = 300)
  void randomRegisterWritesDoNoHarm(@ForAll @IntRange(max = 3) int kind, @ForAll long seed) {
    Random random = new Random(seed);
    attack(
        kind,
        driver -> {
          for (int i = 0; i < 2000; i++) {
            if (random.nextInt(200) == 0) {
              driver.start(driver.features() & random.nextLong());
            }
            int size = 1 << random.nextInt(4);
            long offset = random.nextInt(8) == 0 ? random.nextInt(0x200) : random.nextInt(0x80) * 4L;
            if (random.nextBoolean()) {
              driver.bus.write(MockDriver.BASE + offset, size, value(random));
            } else {
              driver.bus.read(MockDriver.BASE + offset, size);
            }
          }
        });
  }

  @Property(tries = 300)
  void randomRingsDoNoHarm(@ForAll @IntRange(max = 3) int kind, @ForAll long seed) {
    Random random = new Random(seed);
    attack(
        kind,
        driver -> {
          driver.start(driver.features() & (random.nextBoolean() ? -1L : RING_FEATURES));
          int queues = driver.transport.device().queueSizes().size();
          for (int round = 0; round < 20; round++) {
            MockDriver.Ring ring = driver.ring(random.nextInt(queues));
            scribble(driver, ring, random);
            ring.kick();
            driver.runLater();
          }
        });
  }

  /** Chains that are well formed, with random headers and lengths: the devices' own parsers see them. */
  @Property(tries = 300)
  void randomRequestsDoNoHarm(@ForAll @IntRange(max = 3) int kind, @ForAll long seed) {
    Random random = new Random(seed);
    attack(
        kind,
        driver -> {
          driver.start(driver.features());
          int queues = driver.transport.device().queueSizes().size();
          for (int round = 0; round < 200; round++) {
            MockDriver.Ring ring = driver.ring(random.nextInt(queues));
            int used = ring.usedIndex();
            long gpa = 0x20_0000 + random.nextInt(0x1000);
            for (int i = 0; i < 64; i++) {
              driver.memory.writeByte(gpa + i, random.nextInt(4) == 0 ? random.nextInt(256) : random.nextInt(3));
            }
            ring.submit(
                Buffer.readable(gpa, random.nextInt(64)),
                Buffer.readable(gpa + 0x1000, random.nextInt(3) * 512L),
                Buffer.writable(gpa + 0x4000, random.nextInt(1025)),
                Buffer.writable(gpa + 0x6000, random.nextInt(3)));
            boolean receiving = kind == 1 && ring.number % 2 == 0 || kind == 2 && ring.number == 0;
            if (!receiving) {
              assertThat(ring.usedIndex()).as("every chain comes back").isEqualTo(used + 1 & 0xffff);
            }
          }
        });
  }

  private static long value(Random random) {
    return switch (random.nextInt(7)) {
      case 0 -> random.nextInt(16);
      case 6 -> new int[] {1, 3, 0xb, 0xf}[random.nextInt(4)];
      case 1 -> 1L << random.nextInt(64);
      case 2 -> random.nextLong();
      case 3 -> random.nextInt(0x80_0000) & ~0xfffL;
      case 4 -> -1L;
      default -> random.nextInt(256);
    };
  }

  private static void scribble(MockDriver driver, MockDriver.Ring ring, Random random) {
    long[] gpas = {
      ring.descriptors, ring.available, ring.used, 0x20_0000, 0x7f_f000, MockDriver.RAM_BYTES, -8, 0xfffff000L
    };
    for (int i = 0; i < ring.size; i++) {
      long gpa = gpas[random.nextInt(gpas.length)] + random.nextInt(64);
      long bytes = random.nextInt(4) == 0 ? value(random) : random.nextInt(0x2000);
      int next = random.nextInt(16) == 0 ? random.nextInt(0x10000) : random.nextInt(ring.size);
      ring.descriptor(i, gpa, bytes, random.nextInt(random.nextInt(4) == 0 ? 0x10000 : 4), next);
      driver.memory.writeShort(ring.available + 4 + 2L * i, random.nextInt(64) == 0 ? random.nextInt(0x10000) : i);
    }
    int step = random.nextInt(8) == 0 ? random.nextInt(0x10000) : random.nextInt(8);
    driver.memory.writeShort(ring.available + 2, driver.memory.readShort(ring.available + 2) + step);
  }

  private interface Attack {
    void on(MockDriver driver);
  }

  private static void attack(int kind, Attack attack) {
    try (MockDriver driver = new MockDriver(device(kind))) {
      Assertions.assertTimeout(LIMIT, () -> attack.on(driver));
      for (int turn = 0; turn < 1000 && driver.runLater() > 0; turn++) {}
      assertThat(driver.warnings).as("one warning of a kind").doesNotHaveDuplicates();
      driver.start(MockDriver.INDIRECT_DESC);
      expectToWork(driver, kind);
    }
  }

  private static void expectToWork(MockDriver driver, int kind) {
    long status = driver.allocate(1);
    driver.memory.writeByte(status, 0xee);
    switch (kind) {
      case 0 -> {
        long header = driver.buffer(new byte[16]);
        driver
            .ring(0)
            .submit(
                Buffer.readable(header, 16), Buffer.writable(driver.allocate(512), 512), Buffer.writable(status, 1));
        assertThat(driver.ring(0).poll()).extracting(MockDriver.Used::written).isEqualTo(513L);
        assertThat(driver.memory.readByte(status)).isZero();
      }
      case 1 -> {
        driver.ring(1).submit(Buffer.readable(driver.buffer(new byte[5]), 5));
        assertThat(driver.ring(1).poll()).isNotNull();
      }
      case 2 -> {
        driver.ring(1).submit(Buffer.readable(driver.buffer(new byte[80]), 80));
        assertThat(driver.ring(1).poll()).isNotNull();
      }
      default -> {
        driver.ring(0).submit(Buffer.writable(driver.allocate(32), 32));
        assertThat(driver.ring(0).poll()).isEqualTo(new MockDriver.Used(0, 32));
      }
    }
    assertThat(driver.interruptLine).isTrue();
  }
}
