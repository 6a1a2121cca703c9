package org.demitasse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** demi run --name, demi ps and demi debug, each a process of its own as users start them. */
@Timeout(180)
class NamedMachineTest {
  /** STI; loop: INC EAX; JMP loop, as a multiboot kernel at 0x100020. */
  private static final String BUSY = "02b0ad1b 00000100 fe4f51e4 00001000 00001000 00000000 00000000 20001000 fb40ebfd";

  private Path folder;
  private final List<Process> started = new ArrayList<>();

  /** Not JUnit's: the path of a socket must be short. */
  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createTempDirectory("demi");
  }

  @AfterEach
  void stopAll() throws Exception {
    for (Process process : started) {
      process.destroyForcibly().waitFor();
    }
  }

  private Process start(String... words) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(DemiProcess.command(words));
    builder.environment().put("XDG_RUNTIME_DIR", folder.toString());
    Process process = builder.redirectErrorStream(true).start();
    started.add(process);
    return process;
  }

  private String demi(String... words) throws Exception {
    Process process = start(words);
    String output = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return output;
  }

  private Process busy(String name) throws Exception {
    Path kernel = Files.write(folder.resolve("busy.mb"), HexFormat.of().parseHex(BUSY.replace(" ", "")));
    Process machine = start("run", "--kernel", kernel.toString(), "--name", name, "--timeout", "120");
    for (int n = 0; n < 600 && !Files.exists(folder.resolve("demitasse/" + name + ".sock")); n++) {
      assertThat(machine.isAlive()).isTrue();
      Thread.sleep(100);
    }
    return machine;
  }

  @Test
  void aRunningMachineIsListedAndDebuggedByItsName() throws Exception {
    Process machine = busy("box");
    assertThat(demi("ps")).containsPattern("box +%d +cpu +1 +256 +0m\\d\\ds +busy.mb".formatted(machine.pid()));
    assertThat(demi("run", "hello", "--name", "box")).contains("a machine called box is running already");
    String line = demi("debug", "box").strip();
    assertThat(line).startsWith("gdb ").endsWith("-ex 'target remote %s/demitasse/box.gdb'".formatted(folder));
    assertThat(demi("debug", "box").strip()).as("asked again").isEqualTo(line);
    assertThat(machine.isAlive()).isTrue();
    Process gdb =
        new ProcessBuilder("sh", "-c", line + " -nx -batch -ex 'set confirm off' -ex 'p $pc' -ex kill </dev/null")
            .redirectErrorStream(true)
            .start();
    assertThat(new String(gdb.getInputStream().readAllBytes())).containsPattern("0x10002[0-3]");
    assertThat(machine.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(demi("ps").lines()).hasSize(1);
    assertThat(Files.list(folder.resolve("demitasse"))).isEmpty();
  }

  @Test
  void theSocketOfAKilledMachineIsNoMachine() throws Exception {
    Files.createDirectories(folder.resolve("demitasse"));
    try (ServerSocketChannel left = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      left.bind(UnixDomainSocketAddress.of(folder.resolve("demitasse/ghost.sock")));
    }
    assertThat(folder.resolve("demitasse/ghost.sock")).exists();
    assertThat(demi("ps").lines()).hasSize(1);
    assertThat(folder.resolve("demitasse/ghost.sock")).doesNotExist();
    assertThat(demi("debug", "ghost")).contains("no machine called ghost is running");
    assertThat(demi("run", "hello", "--name", "../x")).contains("'../x' is no name for a machine");
  }
}
