package org.demitasse.boot.loader;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.demitasse.boot.BootException;
import org.demitasse.elf.ElfFile;

/** Recognises a kernel file of any supported format by its content. */
public final class KernelLoader {
  private KernelLoader() {}

  /**
   * Reads a kernel file.
   *
   * @throws BootException if it cannot be read, or cannot be used as a kernel
   */
  public static KernelImage open(Path path) throws BootException {
    return open(path.toString(), KernelFile.onDisk(path));
  }

  /**
   * Recognises a kernel in memory.
   *
   * @param name for messages
   * @param file the whole file from index 0 to the limit; must not change afterwards
   * @throws BootException if it cannot be used as a kernel
   */
  public static KernelImage open(String name, ByteBuffer file) throws BootException {
    return open(name, KernelFile.inMemory(file));
  }

  private static KernelImage open(String name, KernelFile packed) throws BootException {
    Optional<Compression> compression = Compression.of(packed.bytes());
    KernelFile file = compression.isPresent() ? packed.unpacked(name, compression.get()) : packed;
    ByteBuffer bytes = file.bytes();
    if (ElfFile.isElf(bytes)) {
      return ElfKernel.parse(name, file);
    }
    if (SetupHeader.isIn(bytes)) {
      return BzImage.parse(name, file);
    }
    Optional<MultibootHeader> multiboot = MultibootHeader.find(name, bytes);
    if (multiboot.isPresent() && multiboot.get().hasAddresses()) {
      return new FlatMultibootKernel(name, file, multiboot.get());
    }
    throw unknown(name, bytes);
  }

  private static BootException unknown(String name, ByteBuffer bytes) {
    if (bytes.limit() == 0) {
      return new BootException("%s is empty".formatted(name));
    }
    byte[] start = new byte[Math.min(64, bytes.limit())];
    bytes.get(0, start);
    String text = new String(start, StandardCharsets.ISO_8859_1);
    if (text.startsWith("ARMd", 56) || text.startsWith("RSC\u0005", 56)) {
      return new BootException("%s is a Linux kernel for another architecture than x86".formatted(name));
    }
    if (text.startsWith("MZ")) {
      return new BootException("%s is an EFI program, which needs UEFI firmware".formatted(name));
    }
    if (MultibootHeader.isOfVersion2(bytes)) {
      return new BootException("%s has a multiboot header of version 2: only version 1 can be used".formatted(name));
    }
    return new BootException(
        "%s is not a kernel: it is neither ELF, nor a bzImage, nor a multiboot image, nor one of these compressed"
                .formatted(name)
            + " with gzip, xz, lzma, lz4, zstd or bzip2");
  }
}
