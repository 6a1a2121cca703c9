package org.demitasse.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.demitasse.elf.Symbols;
import org.demitasse.gdb.DebugAddress;
import org.demitasse.gdb.GdbServer;
import org.demitasse.machine.Outcome.Kind;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Recordings and ways back of a guest that writes to its disk, discards, and writes more than can be undone. */
@Timeout(120)
class RecordedDiskTest {
  private static final int DISK_BYTES = 2 << 20;
  private static final int BLOCKS = 300;
  private static final int BLOCK_BYTES = 64 << 10;

  /** Of the 19 MiB that the guest writes. */
  private static final long UNDO_BYTES = 2 << 20;

  @TempDir private Path folder;
  private final List<String> warnings = new ArrayList<>();
  private final StringBuilder printed = new StringBuilder();
  private Path file;
  private Path disk;
  private MachineSpec guest;

  @BeforeEach
  void build() throws Exception {
    file = folder.resolve("r");
    disk = folder.resolve("disk");
    Path kernel = TestKernel.build("disk", folder);
    guest =
        MachineSpec.of(new KernelSpec.KernelFile(kernel))
            .withMemoryMib(32)
            .withClock(ClockMode.VIRTUAL)
            .withDisk(new DiskSpec(disk, false, false));
  }

  /** Makes a disk that tells the guest how many blocks to write. */
  private void write(int blocks) throws IOException {
    byte[] contents = new byte[DISK_BYTES];
    ByteBuffer.wrap(contents).order(ByteOrder.LITTLE_ENDIAN).putInt(0, blocks);
    Files.write(disk, contents);
  }

  private PastSpec record() {
    return new PastSpec(false, file, null);
  }

  private Machine assemble(PastSpec past) throws UnusableInputException {
    printed.setLength(0);
    warnings.clear();
    return Machine.assemble(guest, value -> printed.append((char) value), null, this::warn, past);
  }

  private void warn(String sentence) {
    if (!sentence.startsWith("engine") && !sentence.startsWith("a replay needs disk")) {
      warnings.add(sentence);
    }
  }

  private String run(PastSpec past) throws UnusableInputException {
    try (Machine machine = assemble(past)) {
      assertThat(machine.run().kind()).isEqualTo(Kind.POWERED_OFF);
    }
    return printed.toString();
  }

  /** Written to an image then, which gives up what is discarded, and to an overlay now, which cannot. */
  @Test
  void aGuestThatDiscardsIsReplayed() throws Exception {
    write(2);
    String then = run(record());
    assertThat(then).contains("part ", "all ").doesNotContain("FAILED");
    assertThat(then.lines().toList().get(1)).as("zeroes are no hint").isEqualTo("part 00000000");
    write(2);
    assertThat(run(new PastSpec(false, null, file))).isEqualTo(then);
    assertThat(run(new PastSpec(true, null, file))).as("with a way back").isEqualTo(then);
    assertThat(warnings).isEmpty();
  }

  @Test
  void aReplayThatCanGoBackWritesAsMuchAsTheGuestLikes() throws Exception {
    write(BLOCKS);
    String then = run(record());
    assertThat(then).doesNotContain("FAILED");
    write(BLOCKS);
    assertThat(run(new PastSpec(true, null, file, UNDO_BYTES))).isEqualTo(then);
    assertThat(warnings).singleElement().asString().contains("more to its disks than can be undone");
  }

  @Test
  void oneWriteMayBeMoreThanCanBeUndone() throws Exception {
    write(3);
    String then = run(record());
    write(3);
    assertThat(run(new PastSpec(true, null, file, BLOCK_BYTES - 1))).isEqualTo(then);
    assertThat(warnings).singleElement().asString().contains("more to its disks than can be undone");
  }

  /** Goes to the end, back as far as there is a way, step by step over what is left of it, and to the end again. */
  @Test
  void theWayBackReachesTheLastWritesOnly() throws Exception {
    write(BLOCKS);
    Symbols symbols;
    try (Machine machine = assemble(new PastSpec(true, file, null, UNDO_BYTES));
        GdbServer server = GdbServer.listen(new DebugAddress.Tcp("localhost", 0), warnings::add)) {
      symbols = machine.symbols();
      machine.debugWith(server, true);
      CompletableFuture<Outcome> outcome = CompletableFuture.supplyAsync(machine::run);
      try (RemoteClient client = RemoteClient.to(server)) {
        String finish = "Z0,%x,1".formatted(symbols.named("finish").orElseThrow().address());
        assertThat(client.ask(finish)).isEqualTo("OK");
        assertThat(client.ask("c")).startsWith("T05");
        String all = printed.toString();
        assertThat(client.ask("bc")).contains("replaylog:begin");
        int written = blocksWritten(client, symbols);
        assertThat((BLOCKS - written) * BLOCK_BYTES).isBetween((int) UNDO_BYTES / 2, (int) UNDO_BYTES);
        assertThat(client.ask("bs")).as("no further").contains("replaylog:begin");
        for (int round = 0; round < 2; round++) {
          assertThat(client.ask("c")).startsWith("T05").doesNotContain("replaylog");
          assertThat(blocksWritten(client, symbols)).isEqualTo(BLOCKS);
          assertThat(client.ask("bs")).doesNotContain("replaylog");
          assertThat(client.ask("bc")).contains("replaylog:begin");
          assertThat(blocksWritten(client, symbols)).isEqualTo(written);
        }
        assertThat(client.ask("c")).startsWith("T05");
        assertThat(printed).as("printed once").hasToString(all);
        assertThat(client.ask("D")).isEqualTo("OK");
        assertThat(outcome.get(20, TimeUnit.SECONDS).kind()).isEqualTo(Kind.POWERED_OFF);
      } finally { // or it would be closed while it runs
        machine.end(Outcome.of(Kind.LEFT));
        Outcome _ = outcome.get(20, TimeUnit.SECONDS);
      }
    }
    assertThat(warnings).singleElement().asString().contains("more to its disks than can be undone");
    String there = printed.toString();
    write(BLOCKS);
    assertThat(run(new PastSpec(false, null, file))).as("what was recorded").isEqualTo(there);
    assertThat(warnings).isEmpty();
  }

  private static int blocksWritten(RemoteClient client, Symbols symbols) throws IOException {
    String bytes = client.ask("m%x,4".formatted(symbols.named("blocks_written").orElseThrow().address()));
    return Integer.reverseBytes((int) Long.parseLong(bytes, 16));
  }
}
