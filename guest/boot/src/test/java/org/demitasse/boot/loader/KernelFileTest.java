package org.demitasse.boot.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.zip.GZIPOutputStream;
import org.demitasse.boot.BootException;
import org.demitasse.boot.BootProtocol;
import org.demitasse.boot.Placement;
import org.demitasse.boot.guest.OwnGuest;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.elf.Symbols;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KernelFileTest {
  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void copyHello() throws IOException {
    file = Files.write(folder.resolve("kernel"), OwnGuest.HELLO.bytes());
  }

  private static LoadedKernel load(KernelImage image) throws BootException {
    try (GuestMemory memory = new GuestMemory(16 << 20)) {
      return image.load(BootProtocol.PVH, new Placement(memory));
    }
  }

  @Test
  void theBytesAreReadAgainWhenTheyHaveBeenGivenUp() throws BootException {
    KernelFile kernel = KernelFile.onDisk(file);
    ByteBuffer first = kernel.bytes();
    assertThat(kernel.bytes()).isSameAs(first);
    kernel.giveUp();
    assertThat(kernel.bytes()).isNotSameAs(first).isEqualTo(ByteBuffer.wrap(OwnGuest.HELLO.bytes()));
  }

  @Test
  void whatWasOnlyEverInMemoryStaysThere() throws BootException {
    ByteBuffer bytes = ByteBuffer.wrap(OwnGuest.HELLO.bytes());
    KernelFile kernel = KernelFile.inMemory(bytes);
    kernel.giveUp();
    assertThat(kernel.bytes()).isSameAs(bytes);
  }

  @Test
  void anotherFileInItsPlaceIsNotTheKernelThatRuns() throws BootException, IOException {
    KernelFile kernel = KernelFile.onDisk(file);
    kernel.giveUp();
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000));
    assertThatThrownBy(kernel::bytes).isInstanceOf(BootException.class).hasMessageContaining("has been changed");
  }

  @Test
  void aLoadedKernelHasItsSymbolsAndIsLoadedAgainFromItsFile() throws BootException {
    KernelImage image = KernelLoader.open(file);
    Symbols before = image.symbols();
    LoadedKernel loaded = load(image);
    assertThat(before.isEmpty()).isFalse();
    assertThat(image.symbols().all()).isEqualTo(before.all());
    assertThat(load(image).entry()).isEqualTo(loaded.entry());
  }

  @Test
  void aCompressedKernelIsUnpackedAgain() throws BootException, IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(OwnGuest.HELLO.bytes());
    }
    Files.write(file, packed.toByteArray());
    KernelImage image = KernelLoader.open(file);
    load(image);
    assertThat(image.symbols().isEmpty()).isFalse();
  }

  @Test
  void aKernelWhoseFileIsGoneHasNoSymbolsAnyMore() throws BootException, IOException {
    KernelImage image = KernelLoader.open(file);
    load(image);
    Files.delete(file);
    assertThat(image.symbols().isEmpty()).isTrue();
    assertThat(Optional.of(image.format())).contains("ELF64");
  }
}
