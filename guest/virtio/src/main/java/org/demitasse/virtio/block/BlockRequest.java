package org.demitasse.virtio.block;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.demitasse.storage.Disk;
import org.demitasse.virtio.queue.DescriptorChain;
import org.demitasse.virtio.queue.Misuse;

/**
 * One request of the driver, parsed and checked (VirtIO 1.2 5.2.6): doing it can fail only because of the host. The
 * buffers are guest memory itself.
 */
sealed interface BlockRequest {
  int VIRTIO_BLK_S_OK = 0;
  int VIRTIO_BLK_S_IOERR = 1;
  int VIRTIO_BLK_S_UNSUPP = 2;

  int VIRTIO_BLK_T_IN = 0;
  int VIRTIO_BLK_T_OUT = 1;
  int VIRTIO_BLK_T_FLUSH = 4;
  int VIRTIO_BLK_T_GET_ID = 8;
  int VIRTIO_BLK_T_DISCARD = 11;
  int VIRTIO_BLK_T_WRITE_ZEROES = 13;

  /** Length of the serial number that GET_ID gives. */
  int ID_BYTES = 20;

  /** The most sectors in one segment of a discard or a write of zeroes: keeps a single request short. */
  int MAX_RANGE_SECTORS = 32 << 11; // 32 MiB

  /** The most segments in a discard or a write of zeroes. */
  int MAX_RANGES = 16;

  /** The most data in one request; drivers stay far below, and it bounds how long a request can take. */
  long MAX_DATA_BYTES = 64L << 20;

  int HEADER_BYTES = 16;
  int RANGE_BYTES = 16;
  int VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP = 1;

  /** Does the request. The status for the driver is OK unless it throws. */
  void perform(Disk disk) throws IOException;

  /** A range of sectors. */
  record Range(long sector, long sectors) {}

  /** Sectors into guest memory. */
  record Read(long sector, List<MemorySegment> pieces) implements BlockRequest {
    @Override
    public void perform(Disk disk) throws IOException {
      new ScatteredSectors(pieces).readFrom(disk, sector);
    }
  }

  /** Guest memory into sectors. */
  record Write(long sector, List<MemorySegment> pieces) implements BlockRequest {
    @Override
    public void perform(Disk disk) throws IOException {
      new ScatteredSectors(pieces).writeTo(disk, sector);
    }
  }

  /** Everything written so far is to be safe. */
  record Flush() implements BlockRequest {
    @Override
    public void perform(Disk disk) throws IOException {
      disk.flush();
    }
  }

  /** The disk's serial number into guest memory. */
  record GetId(DescriptorChain chain, byte[] id) implements BlockRequest {
    @Override
    public void perform(Disk disk) {
      chain.writeBytes(0, id);
    }
  }

  /** Sectors that are no longer needed. */
  record Discard(List<Range> ranges) implements BlockRequest {
    @Override
    public void perform(Disk disk) throws IOException {
      for (Range range : ranges) {
        disk.discard(range.sector, range.sectors);
      }
    }
  }

  /** Sectors that are to read as zeroes. */
  record WriteZeroes(List<Range> ranges) implements BlockRequest {
    @Override
    public void perform(Disk disk) throws IOException {
      for (Range range : ranges) {
        disk.writeZeroes(range.sector, range.sectors);
      }
    }
  }

  /**
   * A request that breaks a rule.
   *
   * @param status what the driver is told
   * @param misuse which rule
   * @param value the value at fault
   */
  record Refused(int status, Misuse misuse, long value) implements BlockRequest {
    @Override
    public void perform(Disk disk) {}
  }

  /** Parses a chain that has a status byte for {@code disk}, whose serial number is {@code id}. */
  static BlockRequest parse(DescriptorChain chain, Disk disk, byte[] id) {
    if (chain.readableBytes() < HEADER_BYTES) {
      return new Refused(VIRTIO_BLK_S_IOERR, Misuse.MALFORMED_REQUEST, chain.readableBytes());
    }
    ByteBuffer header = ByteBuffer.wrap(chain.readBytes(0, HEADER_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    int type = header.getInt(0);
    long sector = header.getLong(8);
    return switch (type) {
      case VIRTIO_BLK_T_IN -> parseRead(chain, disk, sector);
      case VIRTIO_BLK_T_OUT -> parseWrite(chain, disk, sector);
      case VIRTIO_BLK_T_FLUSH -> new Flush();
      case VIRTIO_BLK_T_GET_ID -> parseGetId(chain, id);
      case VIRTIO_BLK_T_DISCARD, VIRTIO_BLK_T_WRITE_ZEROES -> parseRanges(chain, disk, type);
      default -> new Refused(VIRTIO_BLK_S_UNSUPP, Misuse.UNKNOWN_REQUEST, Integer.toUnsignedLong(type));
    };
  }

  private static BlockRequest parseRead(DescriptorChain chain, Disk disk, long sector) {
    long bytes = chain.writableBytes() - 1;
    if (badLength(bytes)) {
      return new Refused(VIRTIO_BLK_S_IOERR, Misuse.MALFORMED_REQUEST, bytes);
    }
    if (outside(disk, sector, bytes / Disk.SECTOR_BYTES)) {
      return new Refused(VIRTIO_BLK_S_IOERR, Misuse.REQUEST_OUTSIDE_DISK, sector);
    }
    List<MemorySegment> pieces = new ArrayList<>();
    chain.write(0, bytes, pieces::add);
    return new Read(sector, pieces);
  }

  private static BlockRequest parseWrite(DescriptorChain chain, Disk disk, long sector) {
    long bytes = chain.readableBytes() - HEADER_BYTES;
    if (disk.readOnly()) {
      return new Refused(VIRTIO_BLK_S_IOERR, Misuse.WRITE_TO_READ_ONLY, sector);
    }
    if (badLength(bytes)) {
      return new Refused(VIRTIO_BLK_S_IOERR, Misuse.MALFORMED_REQUEST, bytes);
    }
    if (outside(disk, sector, bytes / Disk.SECTOR_BYTES)) {
      return new Refused(VIRTIO_BLK_S_IOERR, Misuse.REQUEST_OUTSIDE_DISK, sector);
    }
    List<MemorySegment> pieces = new ArrayList<>();
    chain.read(HEADER_BYTES, bytes, pieces::add);
    return new Write(sector, pieces);
  }

  private static BlockRequest parseGetId(DescriptorChain chain, byte[] id) {
    long room = chain.writableBytes() - 1;
    return room < ID_BYTES ? new Refused(VIRTIO_BLK_S_IOERR, Misuse.MALFORMED_REQUEST, room) : new GetId(chain, id);
  }

  private static BlockRequest parseRanges(DescriptorChain chain, Disk disk, int type) {
    long bytes = chain.readableBytes() - HEADER_BYTES;
    if (disk.readOnly()) {
      return new Refused(VIRTIO_BLK_S_IOERR, Misuse.WRITE_TO_READ_ONLY, type);
    }
    if (bytes == 0 || bytes % RANGE_BYTES != 0 || bytes > (long) MAX_RANGES * RANGE_BYTES) {
      return new Refused(VIRTIO_BLK_S_IOERR, Misuse.MALFORMED_REQUEST, bytes);
    }
    boolean zeroes = type == VIRTIO_BLK_T_WRITE_ZEROES;
    int allowedFlags = zeroes ? VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP : 0;
    ByteBuffer fields = ByteBuffer.wrap(chain.readBytes(HEADER_BYTES, (int) bytes)).order(ByteOrder.LITTLE_ENDIAN);
    List<Range> ranges = new ArrayList<>();
    while (fields.hasRemaining()) {
      Range range = new Range(fields.getLong(), Integer.toUnsignedLong(fields.getInt()));
      int flags = fields.getInt();
      if ((flags & ~allowedFlags) != 0) {
        return new Refused(VIRTIO_BLK_S_UNSUPP, Misuse.MALFORMED_REQUEST, Integer.toUnsignedLong(flags));
      }
      if (range.sectors > MAX_RANGE_SECTORS || outside(disk, range.sector, range.sectors)) {
        return new Refused(VIRTIO_BLK_S_IOERR, Misuse.REQUEST_OUTSIDE_DISK, range.sector);
      }
      ranges.add(range);
    }
    return zeroes ? new WriteZeroes(ranges) : new Discard(ranges);
  }

  private static boolean badLength(long bytes) {
    return bytes <= 0 || bytes % Disk.SECTOR_BYTES != 0 || bytes > MAX_DATA_BYTES;
  }

  private static boolean outside(Disk disk, long sector, long sectors) {
    return sector < 0 || sector > disk.sectors() || sectors > disk.sectors() - sector;
  }
}
