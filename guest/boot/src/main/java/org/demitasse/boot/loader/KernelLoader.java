package org.demitasse.boot.loader;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.demitasse.boot.BootException;
import org.demitasse.elf.ElfFile;

/** Recognises a kernel file of any supported format by its content. */
public final class KernelLoader {
  private static final int MAX_FILE = 1 << 30;

  private KernelLoader() {}

  /**
   * Reads a kernel file.
   *
   * @throws BootException if it cannot be read, or cannot be used as a kernel
   */
  public static KernelImage open(Path path) throws BootException {
    try {
      if (Files.isDirectory(path)) {
        throw new BootException("the kernel %s is a directory".formatted(path));
      }
      if (Files.size(path) > MAX_FILE) {
        throw new BootException("%s is larger than %s".formatted(path, "1 GiB, which no kernel is"));
      }
      return open(path.toString(), ByteBuffer.wrap(Files.readAllBytes(path)));
    } catch (NoSuchFileException e) {
      throw new BootException("there is no kernel file %s".formatted(path), e);
    } catch (IOException e) {
      throw new BootException("the kernel %s cannot be read: %s".formatted(path, e), e);
    }
  }

  /**
   * Recognises a kernel in memory.
   *
   * @param name for messages
   * @param file the whole file from index 0 to the limit; must not change afterwards
   * @throws BootException if it cannot be used as a kernel
   */
  public static KernelImage open(String name, ByteBuffer file) throws BootException {
    ByteBuffer bytes = file;
    Optional<Compression> compression = Compression.of(bytes);
    if (compression.isPresent()) {
      bytes = compression.get().unpack(name, bytes, -1);
    }
    if (ElfFile.isElf(bytes)) {
      return ElfKernel.parse(name, bytes);
    }
    if (SetupHeader.isIn(bytes)) {
      return BzImage.parse(name, bytes);
    }
    Optional<MultibootHeader> multiboot = MultibootHeader.find(name, bytes);
    if (multiboot.isPresent() && multiboot.get().hasAddresses()) {
      return new FlatMultibootKernel(name, bytes, multiboot.get());
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
    return new BootException(
        "%s is not a kernel: it is neither ELF, nor a bzImage, nor a multiboot image, nor one of these compressed"
                .formatted(name)
            + " with gzip, xz, lzma, lz4, zstd or bzip2");
  }
}
