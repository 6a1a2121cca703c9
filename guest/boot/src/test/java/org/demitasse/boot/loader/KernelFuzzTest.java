package org.demitasse.boot.loader;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.demitasse.boot.BootException;
import org.demitasse.boot.BootProtocol;
import org.demitasse.boot.guest.OwnGuest;
import org.demitasse.boot.protocol.Boot;
import org.demitasse.core.memory.GuestMemory;

/**
 * Whatever a kernel file contains, the loaders give a kernel or a BootException, and touch nothing but guest memory.
 */
class KernelFuzzTest {
  @Provide
  Arbitrary<byte[]> kernels() throws IOException {
    byte[] hello = OwnGuest.HELLO.bytes();
    return Arbitraries.of(
        hello, OwnGuest.TINY.bytes(), BzImageTest.gzip(hello), BzImageTest.bzImage(hello), multiboot());
  }

  @Property(tries = 3_000)
  void flippedBits(
      @ForAll("kernels") byte[] kernel, @ForAll @Size(min = 1, max = 6) int[] bits, @ForAll boolean early) {
    byte[] broken = kernel.clone();
    int range = early ? Math.min(broken.length, 0x300) : broken.length;
    for (int bit : bits) {
      broken[Math.floorMod(bit / 8, range)] ^= (byte) (1 << (bit & 7));
    }
    boot(broken);
  }

  @Property(tries = 500)
  void cutAnywhere(@ForAll("kernels") byte[] kernel, @ForAll int length) {
    boot(Arrays.copyOf(kernel, Math.floorMod(length, kernel.length)));
  }

  private static void boot(byte[] file) {
    KernelImage kernel;
    try {
      kernel = KernelLoader.open("kernel", ByteBuffer.wrap(file));
    } catch (BootException e) {
      assertThat(e.getMessage()).isNotBlank();
      return;
    }
    kernel.symbols();
    for (BootProtocol protocol : kernel.protocols()) {
      try (GuestMemory memory = new GuestMemory(4 << 20)) {
        Boot.prepare(
            new Boot.Request(kernel, Optional.empty(), "x", Optional.of(protocol), Optional.empty(), 1, List.of(0)),
            memory);
      } catch (BootException e) {
        assertThat(e.getMessage()).isNotBlank();
      }
    }
  }

  private static byte[] multiboot() {
    ByteBuffer image = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
    int magic = 0x1badb002;
    int flags = 0x10003;
    int base = 0x20_0000;
    image.putInt(16, magic).putInt(20, flags).putInt(24, -(magic + flags));
    image.putInt(28, base + 16).putInt(32, base).putInt(36, base + 4096).putInt(40, base + 8192).putInt(44, base + 64);
    return image.array();
  }
}
