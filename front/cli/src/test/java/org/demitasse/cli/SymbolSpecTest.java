package org.demitasse.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.zip.GZIPOutputStream;
import org.demitasse.boot.guest.OwnGuest;
import org.demitasse.trace.flow.SymbolFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SymbolSpecTest {
  @TempDir private Path folder;

  private static byte[] hello() throws IOException {
    try (InputStream elf = OwnGuest.class.getResourceAsStream("hello.elf")) {
      return Objects.requireNonNull(elf).readAllBytes();
    }
  }

  @Test
  void aKernelHasItsSymbolsAlsoWhenItIsPacked() throws IOException {
    Path packed = folder.resolve("vmlinux.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(packed))) {
      out.write(hello());
    }
    assertThat(SymbolSpec.read(packed).named("print_char")).isPresent();
    Path kernel = Files.write(folder.resolve("vmlinux"), hello());
    assertThat(SymbolSpec.read(kernel).all()).isEqualTo(SymbolSpec.read(packed).all());
  }

  @Test
  void textIsAListOfSymbols() throws IOException {
    Path list =
        Files.writeString(folder.resolve("System.map"), "ffffffff81000000 T _stext\n                 U undefined\n");
    assertThat(SymbolSpec.read(list).all())
        .singleElement()
        .satisfies(symbol -> assertThat(symbol.name()).isEqualTo("_stext"));
  }

  /** Its one symbol would hide all of the kernel's own. */
  @Test
  void theMapThatDebianPutsInItsPlaceIsNone() throws IOException {
    Path map =
        Files.writeString(
            folder.resolve("System.map"), "ffffffffffffffff B The real System.map is in the dbg package\n");
    assertThatThrownBy(() -> SymbolSpec.read(map))
        .isInstanceOf(IOException.class)
        .hasMessage("there is no symbol in it");
  }

  @Test
  void aModuleNeedsItsPlace() throws IOException {
    byte[] elf = hello();
    ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN).putShort(16, (short) 1); // ET_REL
    Path module = Files.write(folder.resolve("ext4.ko"), elf);
    assertThatThrownBy(() -> SymbolFile.read(module)).hasMessageContaining("say where the kernel has put it");
  }

  @Test
  void whatHasNoEndIsRefused() {
    assertThatThrownBy(() -> SymbolSpec.read(Path.of("/dev/zero"))).hasMessageContaining("more than 64 MiB");
  }
}
