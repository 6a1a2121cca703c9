package org.demitasse.boot.loader;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.demitasse.boot.BootProtocol;
import org.demitasse.boot.Placement;
import org.demitasse.boot.TestFiles;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.elf.Symbols;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KallsymsTest {
  private static final long BASE = 0xffff_ffff_8100_0000L;
  private static final int SYMBOLS = 600;

  /** Tables as a kernel has them, of the symbols {@code name0} to {@code name599}, 16 bytes apart. */
  private static byte[] tables(boolean offsetsFirst, boolean listInBetween) {
    ByteBuffer b = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN).position(64);
    if (offsetsFirst) {
      putOffsets(b);
    }
    b.putLong(SYMBOLS);
    int start = b.position();
    int[] markers = new int[SYMBOLS / 256 + 1];
    for (int i = 0; i < SYMBOLS; i++) {
      if (i % 256 == 0) {
        markers[i / 256] = b.position() - start;
      }
      byte[] name = ("Tname" + i).getBytes(StandardCharsets.US_ASCII);
      b.put((byte) name.length).put(name);
    }
    align(b);
    for (int marker : markers) {
      b.putInt(marker);
    }
    align(b);
    if (listInBetween) {
      b.position(b.position() + 3 * SYMBOLS);
      align(b);
    }
    putTokens(b);
    if (!offsetsFirst) {
      putOffsets(b);
    }
    return b.array();
  }

  private static void putOffsets(ByteBuffer b) {
    for (int i = 0; i < SYMBOLS; i++) {
      b.putInt(offsetsFollowAbsoluteRule(i));
    }
    align(b);
    b.putLong(BASE);
  }

  private static int offsetsFollowAbsoluteRule(int i) {
    return -1 - 16 * i; // base - 1 - offset is the address
  }

  private static void putTokens(ByteBuffer b) {
    int[] offsets = new int[256];
    int start = b.position();
    for (int token = 0; token < 256; token++) { // each character stands for itself
      offsets[token] = b.position() - start;
      b.put((byte) Math.max(1, token)).put((byte) 0);
    }
    align(b);
    for (int offset : offsets) {
      b.putShort((short) offset);
    }
  }

  private static void align(ByteBuffer b) {
    b.position(b.position() + 7 & -8);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void readsTheLayoutsOfOldAndNewKernels(int layout) {
    byte[] tables = tables((layout & 1) != 0, (layout & 2) != 0);
    Symbols symbols = Kallsyms.find(ByteBuffer.wrap(tables)).orElseThrow();
    assertThat(symbols.all()).hasSize(SYMBOLS);
    assertThat(symbols.named("name599").orElseThrow().address()).isEqualTo(BASE + 16 * 599);
    assertThat(symbols.nearest(BASE + 20).orElseThrow()).hasToString("name1+0x4");
  }

  @Test
  void readsDebiansStrippedKernels() throws Exception {
    for (String file : new String[] {"linux-cloud/vmlinuz", "linux-amd64/vmlinuz"}) {
      KernelImage kernel = KernelLoader.open(TestFiles.of(file));
      Symbols symbols = kernel.symbols();
      assertThat(symbols.all()).hasSizeGreaterThan(80_000);
      assertThat(symbols.named("_text").orElseThrow().address()).isEqualTo(BASE);
      try (GuestMemory memory = new GuestMemory(256 << 20)) {
        // The PVH note, which has nothing to do with the tables, gives this one's physical address.
        LoadedKernel loaded = kernel.load(BootProtocol.PVH, new Placement(memory));
        long entry = symbols.named("pvh_start_xen").orElseThrow().address();
        assertThat(entry - BASE).isEqualTo(loaded.entry() - loaded.start());
      }
      assertThat(symbols.named("start_kernel")).isPresent();
    }
  }

  @Property(tries = 2_000)
  void neverFailsOnDamagedTables(@ForAll @Size(min = 1, max = 5) int[] bits, @ForAll boolean old) {
    byte[] tables = tables(old, false);
    for (int bit : bits) {
      tables[Math.floorMod(bit / 8, 0x4000)] ^= (byte) (1 << (bit & 7));
    }
    Kallsyms.find(ByteBuffer.wrap(tables));
  }
}
