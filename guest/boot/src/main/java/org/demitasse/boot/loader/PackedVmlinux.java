package org.demitasse.boot.loader;

import io.airlift.compress.v3.lz4.Lz4JavaDecompressor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.demitasse.boot.BootException;
import org.demitasse.boot.BootProtocol;
import org.demitasse.boot.Placement;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.elf.ElfFile;
import org.demitasse.elf.ElfFormatException;
import org.demitasse.elf.ElfMachine;
import org.demitasse.elf.ElfNote;
import org.demitasse.elf.ElfSegment;
import org.jspecify.annotations.Nullable;

/**
 * A vmlinux in a legacy LZ4 frame, as Debian's kernels have it, that PVH can enter. Its blocks are independent of each
 * other: each is unpacked straight to its place in guest memory, and the whole is never anywhere else.
 */
final class PackedVmlinux {
  /** Where a kernel's headers are. */
  private static final int START_BYTES = 4096;

  private static final int MAX_NOTE_BYTES = 1 << 20;

  private final Blocks blocks;
  private final List<ElfSegment> segments;
  private final List<ElfNote> notes;
  private final long entry;

  private PackedVmlinux(Blocks blocks, List<ElfSegment> segments, List<ElfNote> notes, long entry) {
    this.blocks = blocks;
    this.segments = segments;
    this.notes = notes;
    this.entry = entry;
  }

  /**
   * Looks into a packed file.
   *
   * @param packed the frame
   * @param expected how many bytes come out
   * @return null if it is anything else than a kernel with an entry for PVH, or damaged: who unpacks the whole will say
   *     what
   */
  static @Nullable PackedVmlinux find(ByteBuffer packed, long expected) {
    if (expected > Compression.MAX_UNPACKED) {
      return null;
    }
    try {
      Blocks blocks = Blocks.of(packed, expected);
      byte[] block = new byte[Lz4Legacy.BLOCK];
      ByteBuffer start = ByteBuffer.wrap(blocks.bytes(packed, 0, (int) Math.min(START_BYTES, expected), block));
      ElfFile elf = ElfFile.parseStart(start, expected);
      List<ElfNote> notes = new ArrayList<>();
      for (ElfSegment segment : elf.segments()) {
        if (segment.type() == ElfSegment.PT_NOTE && segment.fileSize() <= MAX_NOTE_BYTES) {
          byte[] bytes = blocks.bytes(packed, segment.offset(), segment.fileSize(), block);
          notes.addAll(ElfFile.notes(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN), segment.alignment()));
        }
      }
      boolean usable =
          elf.machine() == ElfMachine.EM_X86_64 && elf.segments().stream().anyMatch(LoadedSegments::isLoaded);
      return usable && ElfKernel.pvhEntry(notes).isPresent()
          ? new PackedVmlinux(blocks, elf.segments(), notes, ElfKernel.pvhEntry(notes).get())
          : null;
    } catch (IOException | ElfFormatException | RuntimeException e) { // the decompressor throws what it likes
      return null;
    }
  }

  /**
   * Unpacks it into guest memory.
   *
   * @param image whose kernel it is
   * @param packed the frame that was looked into
   */
  LoadedKernel load(KernelImage image, ByteBuffer packed, Placement placement) throws BootException {
    LoadedSegments loaded = LoadedSegments.claim(image.name(), segments, placement);
    loaded.requireInside(entry);
    MemorySegment scratch = MemorySegment.ofArray(new byte[Lz4Legacy.BLOCK]);
    try {
      for (Block block : blocks.list) {
        unpack(block, packed, loaded.segments(), placement.memory(), scratch);
      }
    } catch (IOException | RuntimeException e) {
      throw Compression.LZ4.damaged(image.name(), e);
    }
    return new LoadedKernel(image, BootProtocol.PVH, entry, loaded.start(), loaded.end(), notes);
  }

  /** A block that is not wholly one segment's goes through {@code scratch}, which has room for one. */
  private static void unpack(
      Block block, ByteBuffer packed, List<ElfSegment> loaded, GuestMemory memory, MemorySegment scratch)
      throws IOException {
    for (ElfSegment segment : loaded) {
      if (block.isInside(segment)) {
        block.unpack(packed, memory.sliceForWrite(place(segment, block.start), block.bytes));
        return;
      }
    }
    block.unpack(packed, scratch.asSlice(0, block.bytes));
    for (ElfSegment segment : loaded) {
      long from = Math.max(block.start, segment.offset());
      long bytes = Math.min(block.end(), segment.offset() + (long) segment.fileSize()) - from;
      if (bytes > 0) {
        MemorySegment target = memory.sliceForWrite(place(segment, from), bytes);
        MemorySegment.copy(scratch, from - block.start, target, 0, bytes);
      }
    }
  }

  private static long place(ElfSegment segment, long offset) {
    return segment.physicalAddress() + offset - segment.offset();
  }

  /**
   * A block of the frame.
   *
   * @param at where it begins in the frame
   * @param packedBytes how long it is there
   * @param start where it begins unpacked
   * @param bytes how long it is unpacked
   */
  private record Block(int at, int packedBytes, long start, int bytes) {
    long end() {
      return start + bytes;
    }

    boolean isInside(ElfSegment segment) {
      return start >= segment.offset() && end() <= segment.offset() + (long) segment.fileSize();
    }

    void unpack(ByteBuffer packed, MemorySegment target) throws IOException {
      MemorySegment source = MemorySegment.ofBuffer(packed.slice(at, packedBytes));
      int unpacked = new Lz4JavaDecompressor().decompress(source, target);
      if (unpacked != bytes) {
        throw new IOException("a block at 0x%x gives %d bytes instead of %d".formatted(at, unpacked, bytes));
      }
    }
  }

  /** All blocks of a frame. */
  private record Blocks(List<Block> list) {
    static Blocks of(ByteBuffer packed, long expected) throws IOException {
      ByteBuffer sizes = packed.duplicate().order(ByteOrder.LITTLE_ENDIAN);
      List<Block> list = new ArrayList<>();
      int at = 4; // behind the magic number
      for (long start = 0; start < expected; start += Lz4Legacy.BLOCK) {
        int size = sizes.getInt(at);
        if (size <= 0 || size > packed.limit() - at - 4) {
          throw new IOException("a block of %d bytes at 0x%x goes beyond the end".formatted(size, at));
        }
        list.add(new Block(at + 4, size, start, (int) Math.min(Lz4Legacy.BLOCK, expected - start)));
        at += 4 + size;
      }
      return new Blocks(list);
    }

    /** Bytes of the unpacked file; {@code scratch} has room for a block. */
    byte[] bytes(ByteBuffer packed, long from, int count, byte[] scratch) throws IOException {
      byte[] bytes = new byte[count];
      for (Block block : list) {
        long begin = Math.max(from, block.start);
        int length = (int) (Math.min(from + count, block.end()) - begin);
        if (length > 0) {
          block.unpack(packed, MemorySegment.ofArray(scratch).asSlice(0, block.bytes));
          System.arraycopy(scratch, (int) (begin - block.start), bytes, (int) (begin - from), length);
        }
      }
      return bytes;
    }
  }
}
