package org.demitasse.boot.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.demitasse.boot.BootException;
import org.demitasse.boot.TestFiles;
import org.demitasse.boot.guest.OwnGuest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Compressed kernels, packed by the usual tools. */
class CompressionTest {
  @TempDir Path folder;

  private byte[] pack(byte[] content, String command) throws Exception {
    Path plain = folder.resolve("plain");
    Path packed = folder.resolve("packed");
    Files.write(plain, content);
    Process process =
        new ProcessBuilder(command.split(" ")).redirectInput(plain.toFile()).redirectOutput(packed.toFile()).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(command).isZero();
    return Files.readAllBytes(packed);
  }

  private static KernelImage open(byte[] file) throws BootException {
    return KernelLoader.open("kernel", ByteBuffer.wrap(file));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "gzip -c",
        "xz -c",
        "xz --check=crc32 --x86 --lzma2=dict=32MiB -c",
        "lzma -c",
        "lz4 -l -c",
        "lz4 -c",
        "lz4 -BD -B4 -c",
        "zstd -c",
        "zstd --ultra -22 --no-content-size -c",
        "bzip2 -c"
      })
  void aCompressedKernelIsUnpacked(String command) throws Exception {
    byte[] packed = pack(OwnGuest.HELLO.bytes(), command);
    assertThat(open(packed).symbols().named("hello")).isPresent();
    assertThat(open(Arrays.copyOf(packed, packed.length + 100)).symbols().named("hello")).isPresent();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip -c", "xz -c", "lzma -c", "lz4 -l -c", "lz4 -c", "zstd -c", "bzip2 -c"})
  void aTruncatedOneIsDamaged(String command) throws Exception {
    byte[] packed = pack(OwnGuest.HELLO.bytes(), command);
    for (int length : new int[] {6, 20, packed.length / 2}) {
      assertThatThrownBy(() -> open(Arrays.copyOf(packed, length)))
          .isInstanceOf(BootException.class)
          .hasMessageContaining("damaged");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip -c", "xz -c", "lz4 -c", "zstd -c", "bzip2 -c"})
  void aWrongChecksumIsDamage(String command) throws Exception {
    byte[] packed = pack(OwnGuest.HELLO.bytes(), command);
    int at = // inside the checksum of the content, wherever the format keeps it
        switch (command.substring(0, 2)) {
          case "gz" -> packed.length - 6;
          case "zs", "lz" -> packed.length - 2;
          default -> packed.length / 2;
        };
    packed[at] ^= 1;
    assertThatThrownBy(() -> open(packed)).isInstanceOf(BootException.class).hasMessageContaining("damaged");
  }

  @ParameterizedTest
  @ValueSource(strings = {"gzip -c", "xz -0 -c", "lz4 -c", "zstd -c"})
  void aBombIsRefused(String command) throws Exception {
    Path packed = folder.resolve("bomb");
    Process process =
        new ProcessBuilder("sh", "-c", "head -c 700M /dev/zero | " + command).redirectOutput(packed.toFile()).start();
    assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    byte[] bomb = Files.readAllBytes(packed);
    assertThatThrownBy(() -> open(bomb)).isInstanceOf(BootException.class).hasMessageContaining("512 MiB");
  }

  @Test
  void bothOfDebiansKernelsAreUnpacked() throws Exception {
    for (String file : new String[] {"linux-cloud/vmlinuz", "linux-amd64/vmlinuz"}) {
      KernelImage kernel = KernelLoader.open(TestFiles.of(file));
      assertThat(kernel.isLinux()).isTrue();
      assertThat(kernel.protocols().getFirst().word()).isEqualTo("pvh");
    }
  }
}
