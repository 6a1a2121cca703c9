package org.demitasse.trace.tslog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.demitasse.elf.Symbol;
import org.demitasse.elf.Symbols;
import org.junit.jupiter.api.Test;

/** Logs laid out as the kernels' C structures are: FreeBSD's, NetBSD's, and that of NetBSD's smolBSD branch. */
class TslogMemoryTest {
  private static final long BASE = 0xffff_ffff_8010_0000L;
  private static final int TEXTS = 0x4000;
  private static final int PROCS = 0x6000;
  private final ByteBuffer memory = ByteBuffer.allocate(0x8000).order(ByteOrder.LITTLE_ENDIAN);
  private int texts = TEXTS;

  private long text(String text) {
    int at = texts;
    byte[] bytes = (text + "\0").getBytes(StandardCharsets.ISO_8859_1);
    memory.put(at, bytes);
    texts += bytes.length;
    return BASE + at;
  }

  private List<String> lines(int count, int arrayBytes, boolean processes) {
    memory.putInt(0, count);
    List<Symbol> symbols = new ArrayList<>();
    symbols.add(new Symbol("nrecs", BASE, 8));
    symbols.add(new Symbol("timestamps", BASE + 0x100, arrayBytes));
    if (processes) {
      symbols.add(new Symbol("procs", BASE + PROCS, 56 * 20));
    }
    return new TslogMemory(this::read, new Symbols(symbols)).lines();
  }

  private byte[] read(long linear, int bytes) {
    long offset = linear - BASE;
    if (offset < 0 || offset + bytes > memory.capacity()) {
      return null;
    }
    byte[] copy = new byte[bytes];
    memory.get((int) offset, copy);
    return copy;
  }

  @Test
  void readsFreeBsd() {
    long[][] records = {
      {0xfffff80003a1e000L, 0, text("hammer_time"), 0, 1000},
      {0xfffff80003a1e000L, 3, text("vn"), text("WAIT bufobj"), 1200},
      {0xfffff80003a1e000L, 1, text("hammer_time"), 0, 1500},
    };
    for (int n = 0; n < records.length; n++) {
      int at = 0x100 + n * 40;
      memory.putLong(at, records[n][0]).putInt(at + 8, (int) records[n][1]).putLong(at + 16, records[n][2]);
      memory.putLong(at + 24, records[n][3]).putLong(at + 32, records[n][4]);
    }
    memory.putInt(PROCS + 56, 0).putLong(PROCS + 56 + 8, 1400).putLong(PROCS + 56 + 32, text("/sbin/init\"x"));
    assertThat(lines(3, 40 * 50, true))
        .containsExactly(
            "0xfffff80003a1e000 1000 ENTER hammer_time",
            "0xfffff80003a1e000 1200 EVENT vn WAIT bufobj",
            "0xfffff80003a1e000 1500 EXIT hammer_time",
            "1 0 1400 0 \"/sbin/init?x\" \"\"")
        .allMatch(line -> TslogLine.parse(line) != null);
  }

  @Test
  void readsNetBsd() {
    for (int n = 0; n < 100; n++) {
      int at = 0x100 + n * 32;
      memory.putInt(at, 7).putInt(at + 4, n & 1).putLong(at + 8, text("f" + n / 2)).putLong(at + 24, 50 + n);
    }
    assertThat(lines(100, 32 * 101, false))
        .hasSize(100)
        .startsWith("0x0000000000000007 50 ENTER f0", "0x0000000000000007 51 EXIT f0");
  }

  @Test
  void readsTheNamesThatSmolBsdCopiesIntoItsRecords() {
    for (int n = 0; n < 8; n++) {
      int at = 0x100 + n * 160;
      memory.putLong(at, 0xffffd60012345000L).putInt(at + 8, n & 1);
      memory.put(at + 12, "config_init".getBytes(StandardCharsets.ISO_8859_1));
      memory.putLong(at + 144, n == 0 ? text("pv0") : 0).putLong(at + 152, 900 + n);
    }
    assertThat(lines(8, 160 * 20, false))
        .hasSize(8)
        .startsWith("0xffffd60012345000 900 ENTER config_init pv0", "0xffffd60012345000 901 EXIT config_init");
  }

  @Test
  void aKernelWithoutOneIsOneSentence() {
    TslogMemory none = new TslogMemory((linear, bytes) -> null, Symbols.NONE);
    assertThatThrownBy(none::lines)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no symbol timestamps")
        .hasMessageContaining("options TSLOG");
    assertThatThrownBy(() -> lines(0, 40 * 50, false)).hasMessage("the kernel's tslog is empty");
  }

  @Test
  void whatTheGuestFilledWithNonsenseIsRefused() {
    for (int n = 0x100; n < TEXTS; n++) {
      memory.put(n, (byte) (n * 31));
    }
    assertThatThrownBy(() -> lines(Integer.MAX_VALUE, 40 * 50, false)).hasMessageContaining("not known");
  }
}
