package org.demitasse.virtio.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.demitasse.storage.Disk;
import org.demitasse.storage.MemoryDisk;
import org.demitasse.storage.ReadOnlyDisk;
import org.demitasse.virtio.MockDriver;
import org.demitasse.virtio.MockDriver.Buffer;
import org.demitasse.virtio.queue.Misuse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VirtioBlockTest {
  private static final long ALL = VirtioBlock.VIRTIO_BLK_F_FLUSH | MockDriver.INDIRECT_DESC;
  private static final int OK = 0;
  private static final int IOERR = 1;
  private static final int UNSUPP = 2;

  private final RecordingDisk disk = new RecordingDisk(4096);
  private final List<String> warnings = new ArrayList<>();
  private MockDriver driver = new MockDriver(new VirtioBlock("virtio-block 0", disk, "serial-0", warnings::add));

  @AfterEach
  void close() {
    driver.close();
  }

  private byte[] header(int type, long sector) {
    return ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putInt(type).putInt(0).putLong(sector).array();
  }

  private static byte[] random(int bytes) {
    byte[] random = new byte[bytes];
    new Random(bytes).nextBytes(random);
    return random;
  }

  /** Submits header, data and status in buffers of their own; gives the status. */
  private int request(int type, long sector, Buffer... data) {
    Buffer[] buffers = new Buffer[data.length + 2];
    long status = driver.allocate(1);
    driver.memory.writeByte(status, 0xee);
    buffers[0] = Buffer.readable(driver.buffer(header(type, sector)), 16);
    System.arraycopy(data, 0, buffers, 1, data.length);
    buffers[data.length + 1] = Buffer.writable(status, 1);
    driver.ring(0).submit(buffers);
    assertThat(driver.ring(0).poll()).as("used entry").isNotNull();
    return driver.memory.readByte(status);
  }

  @Test
  void writesAndReadsBackThroughGuestMemory() {
    driver.start(ALL);
    byte[] contents = random(4096);
    assertThat(request(1, 8, Buffer.readable(driver.buffer(contents), 4096))).isEqualTo(OK);
    long target = driver.allocate(4096);
    assertThat(request(0, 8, Buffer.writable(target, 4096))).isEqualTo(OK);
    assertThat(driver.memory.readBytes(target, 4096)).isEqualTo(contents);
    assertThat(driver.interruptLine).isTrue();
    assertThat(driver.get(0x060)).isEqualTo(1);
    driver.acknowledge();
    assertThat(driver.interruptLine).isFalse();
  }

  @Test
  void marksOnlyWhatTheDeviceWritesAsDirty() {
    driver.start(ALL);
    long source = driver.buffer(random(4096));
    long target = driver.allocate(4096);
    driver.memory.dirty().clear();
    assertThat(request(1, 0, Buffer.readable(source, 4096))).isEqualTo(OK);
    assertThat(driver.memory.dirty().isDirty(source >> 12)).isFalse();
    assertThat(request(0, 0, Buffer.writable(target, 4096))).isEqualTo(OK);
    assertThat(driver.memory.dirty().isDirty(target >> 12)).isTrue();
    assertThat(driver.memory.dirty().isDirty((target >> 12) + 1)).isFalse();
  }

  @Test
  void acceptsAHeaderAndDataSplitAnywhere() {
    driver.start(ALL);
    byte[] contents = random(1024);
    long head = driver.buffer(header(1, 3));
    long body = driver.buffer(contents);
    long status = driver.allocate(1);
    driver
        .ring(0)
        .submit(
            Buffer.readable(head, 5),
            Buffer.readable(head + 5, 11),
            Buffer.readable(body, 700),
            Buffer.readable(body + 700, 1),
            Buffer.readable(body + 701, 323),
            Buffer.writable(status, 1));
    assertThat(driver.memory.readByte(status)).isEqualTo(OK);
    long target = driver.allocate(8192);
    long other = driver.allocate(8192);
    assertThat(
            request(
                0, 3, Buffer.writable(target, 100), Buffer.writable(other, 600), Buffer.writable(target + 100, 324)))
        .isEqualTo(OK);
    byte[] got = new byte[1024];
    System.arraycopy(driver.memory.readBytes(target, 100), 0, got, 0, 100);
    System.arraycopy(driver.memory.readBytes(other, 600), 0, got, 100, 600);
    System.arraycopy(driver.memory.readBytes(target + 100, 324), 0, got, 700, 324);
    assertThat(got).isEqualTo(contents);
  }

  @Test
  void servesIndirectChains() {
    driver.start(ALL);
    long target = driver.allocate(1024);
    long status = driver.allocate(1);
    driver.memory.writeByte(status, 0xee);
    int head =
        driver
            .ring(0)
            .indirectChain(
                Buffer.readable(driver.buffer(header(0, 0)), 16),
                Buffer.writable(target, 1024),
                Buffer.writable(status, 1));
    driver.ring(0).offer(head);
    driver.ring(0).kick();
    assertThat(driver.ring(0).poll()).isEqualTo(new MockDriver.Used(head, 1025));
    assertThat(driver.memory.readByte(status)).isEqualTo(OK);
  }

  @Test
  void answersGetIdWithTheSerialNumberPaddedByZeroes() {
    driver.start(ALL);
    long id = driver.buffer(random(20));
    assertThat(request(8, 0, Buffer.writable(id, 20))).isEqualTo(OK);
    assertThat(new String(driver.memory.readBytes(id, 20), java.nio.charset.StandardCharsets.US_ASCII))
        .isEqualTo("serial-0" + "\0".repeat(12));
  }

  @Test
  void flushesWhenAskedAndAfterEveryWriteOfADriverThatCannotFlush() {
    driver.start(ALL);
    assertThat(request(1, 0, Buffer.readable(driver.allocate(512), 512))).isEqualTo(OK);
    assertThat(disk.flushes).isZero();
    assertThat(request(4, 0)).isEqualTo(OK);
    assertThat(disk.flushes).isEqualTo(1);
    driver.start(0);
    assertThat(request(1, 0, Buffer.readable(driver.allocate(512), 512))).isEqualTo(OK);
    assertThat(disk.flushes).isEqualTo(2);
  }

  @Test
  void writesThroughWhenTheCacheIsSwitchedOffInTheConfiguration() {
    driver.start(ALL | VirtioBlock.VIRTIO_BLK_F_CONFIG_WCE);
    assertThat(driver.config(0x20, 1)).isEqualTo(1);
    driver.bus.write(MockDriver.BASE + 0x120, 1, 0);
    assertThat(driver.config(0x20, 1)).isZero();
    assertThat(request(1, 0, Buffer.readable(driver.allocate(512), 512))).isEqualTo(OK);
    assertThat(disk.flushes).isEqualTo(1);
  }

  @Test
  void writesZeroesAndDiscards() {
    driver.start(ALL);
    assertThat(request(1, 0, Buffer.readable(driver.buffer(random(8192)), 8192))).isEqualTo(OK);
    byte[] ranges =
        ByteBuffer.allocate(32)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(2)
            .putInt(3)
            .putInt(1)
            .putLong(9)
            .putInt(1)
            .putInt(0)
            .array();
    assertThat(request(13, 0, Buffer.readable(driver.buffer(ranges), 32))).isEqualTo(OK);
    long target = driver.allocate(8192);
    assertThat(request(0, 0, Buffer.writable(target, 8192))).isEqualTo(OK);
    byte[] expected = random(8192);
    java.util.Arrays.fill(expected, 1024, 2560, (byte) 0);
    java.util.Arrays.fill(expected, 4608, 5120, (byte) 0);
    assertThat(driver.memory.readBytes(target, 8192)).isEqualTo(expected);
    byte[] discard = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(8).putInt(8).array();
    assertThat(request(11, 0, Buffer.readable(driver.buffer(discard), 16))).isEqualTo(OK);
  }

  @Test
  void refusesWhatIsOutsideTheDiskOrMisshapen() {
    driver.start(ALL);
    assertThat(request(0, 4096, Buffer.writable(driver.allocate(512), 512))).isEqualTo(IOERR);
    assertThat(request(0, -1, Buffer.writable(driver.allocate(512), 512))).isEqualTo(IOERR);
    assertThat(request(0, Long.MAX_VALUE, Buffer.writable(driver.allocate(512), 512))).isEqualTo(IOERR);
    assertThat(request(1, 4095, Buffer.readable(driver.allocate(1024), 1024))).isEqualTo(IOERR);
    assertThat(request(0, 0, Buffer.writable(driver.allocate(511), 511))).isEqualTo(IOERR);
    assertThat(request(0, 0)).isEqualTo(IOERR);
    assertThat(request(99, 0)).isEqualTo(UNSUPP);
    assertThat(request(8, 0, Buffer.writable(driver.allocate(19), 19))).isEqualTo(IOERR);
    assertThat(request(11, 0, Buffer.readable(driver.allocate(15), 15))).isEqualTo(IOERR);
    byte[] flags = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(0).putInt(1).putInt(2).array();
    assertThat(request(13, 0, Buffer.readable(driver.buffer(flags), 16))).isEqualTo(UNSUPP);
    assertThat(driver.transport.misuse().count(Misuse.REQUEST_OUTSIDE_DISK)).isEqualTo(4);
    assertThat(driver.warnings).hasSize(3).allMatch(warning -> warning.startsWith("virtio-block 0: guest misuse"));
  }

  @Test
  void givesBackAChainThatHasNoRoomForAStatus() {
    driver.start(ALL);
    driver.ring(0).submit(Buffer.readable(driver.buffer(header(0, 0)), 16));
    assertThat(driver.ring(0).poll()).isEqualTo(new MockDriver.Used(0, 0));
    assertThat(driver.transport.misuse().count(Misuse.MALFORMED_REQUEST)).isEqualTo(1);
  }

  @Test
  void refusesToChangeAReadOnlyDisk() {
    driver.close();
    driver = new MockDriver(new VirtioBlock("ro", new ReadOnlyDisk(disk), "", warnings::add));
    assertThat(driver.features() & VirtioBlock.VIRTIO_BLK_F_RO).isNotZero();
    assertThat(driver.features() & VirtioBlock.VIRTIO_BLK_F_DISCARD).isZero();
    driver.start(ALL | VirtioBlock.VIRTIO_BLK_F_RO);
    assertThat(request(1, 0, Buffer.readable(driver.allocate(512), 512))).isEqualTo(IOERR);
    assertThat(request(11, 0, Buffer.readable(driver.allocate(16), 16))).isEqualTo(IOERR);
    assertThat(request(0, 0, Buffer.writable(driver.allocate(512), 512))).isEqualTo(OK);
    assertThat(disk.writes).isZero();
  }

  @Test
  void reportsAFailingHostToTheGuestAndNotTooOftenToTheUser() {
    driver.start(ALL);
    disk.failing = true;
    for (int i = 0; i < 10; i++) {
      assertThat(request(0, 0, Buffer.writable(driver.allocate(512), 512))).isEqualTo(IOERR);
    }
    assertThat(warnings).hasSize(4).first().asString().contains("virtio-block 0").contains("broken");
    disk.failing = false;
    assertThat(request(0, 0, Buffer.writable(driver.allocate(512), 512))).isEqualTo(OK);
  }

  @Test
  void describesTheDiskInFieldsOfEverySize() {
    assertThat(driver.get(0x008)).isEqualTo(2);
    assertThat(driver.config(0, 4)).isEqualTo(4096);
    assertThat(driver.config(4, 4)).isZero();
    assertThat(driver.config(0, 8)).isEqualTo(4096);
    assertThat(driver.config(0x0c, 4)).isEqualTo(126);
    assertThat(driver.config(0x10, 2)).isEqualTo(4);
    assertThat(driver.config(0x12, 1)).isEqualTo(16);
    assertThat(driver.config(0x13, 1)).isEqualTo(63);
    assertThat(driver.config(0x14, 4)).isEqualTo(512);
    assertThat(driver.config(0xfc, 4)).isZero();
  }

  @Test
  void aWorkerMayFinishLaterAndInAnyOrderAndNotAfterAReset() {
    driver.close();
    List<Runnable> completions = new ArrayList<>();
    BlockWorker worker =
        (work, completion) -> {
          work.run();
          completions.addFirst(completion);
        };
    driver = new MockDriver(new VirtioBlock("slow", disk, "", warnings::add, worker));
    driver.start(ALL);
    for (int i = 0; i < 3; i++) {
      driver
          .ring(0)
          .submit(Buffer.readable(driver.buffer(header(0, i)), 16), Buffer.writable(driver.allocate(513), 513));
    }
    assertThat(driver.ring(0).poll()).isNull();
    completions.removeFirst().run();
    assertThat(driver.ring(0).poll()).isEqualTo(new MockDriver.Used(4, 513));
    completions.removeFirst().run();
    assertThat(driver.ring(0).poll()).isEqualTo(new MockDriver.Used(2, 513));
    driver.start(ALL);
    completions.removeFirst().run();
    assertThat(driver.ring(0).poll()).isNull();
  }

  /** A disk in memory that counts, and fails when told. */
  private static final class RecordingDisk implements Disk {
    private final MemoryDisk base;
    private int flushes;
    private int writes;
    private boolean failing;

    RecordingDisk(long sectors) {
      base = new MemoryDisk("recording", sectors);
    }

    @Override
    public String name() {
      return base.name();
    }

    @Override
    public long sectors() {
      return base.sectors();
    }

    @Override
    public boolean readOnly() {
      return false;
    }

    @Override
    public void read(long sector, MemorySegment into) throws IOException {
      if (failing) {
        throw new IOException("the disk is broken");
      }
      base.read(sector, into);
    }

    @Override
    public void write(long sector, MemorySegment from) {
      writes++;
      base.write(sector, from);
    }

    @Override
    public void flush() {
      flushes++;
    }

    @Override
    public void discard(long sector, long sectors) {
      base.discard(sector, sectors);
    }

    @Override
    public void writeZeroes(long sector, long sectors) {
      base.writeZeroes(sector, sectors);
    }

    @Override
    public void close() {
      base.close();
    }
  }
}
