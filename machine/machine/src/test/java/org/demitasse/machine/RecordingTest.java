package org.demitasse.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.demitasse.boot.guest.OwnGuest;
import org.demitasse.gdb.DebugAddress;
import org.demitasse.gdb.GdbServer;
import org.demitasse.machine.Outcome.Kind;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class RecordingTest {
  /** STI; HLT, for ever: a guest that waits for input and ends by itself never. */
  private static final String WAITS = "fb f4 eb fd";

  @TempDir private Path folder;
  private final List<String> warnings = new ArrayList<>();
  private final StringBuilder printed = new StringBuilder();
  private Path file;
  private Path kernel;
  private Path disk;
  private MachineSpec hello;

  @BeforeEach
  void makeFiles() throws IOException {
    file = folder.resolve("r");
    kernel = folder.resolve("hello.elf");
    disk = Files.write(folder.resolve("disk"), new byte[1 << 16]);
    try (InputStream elf = OwnGuest.class.getResourceAsStream("hello.elf")) {
      Files.write(kernel, Objects.requireNonNull(elf).readAllBytes());
    }
    hello = virtual(MachineSpec.of(new KernelSpec.KernelFile(kernel)));
  }

  private static MachineSpec virtual(MachineSpec spec) {
    return spec.withMemoryMib(32).withClock(ClockMode.VIRTUAL);
  }

  private PastSpec record() {
    return new PastSpec(false, file, null);
  }

  private PastSpec replay() {
    return new PastSpec(false, null, file);
  }

  private Machine assemble(MachineSpec spec, PastSpec past, String until) throws UnusableInputException {
    printed.setLength(0);
    warnings.clear();
    Machine machine = Machine.assemble(spec, value -> printed.append((char) value), until, warnings::add, past);
    warnings.removeIf(sentence -> sentence.startsWith("engine"));
    return machine;
  }

  private Outcome run(MachineSpec spec, PastSpec past, String typed) throws UnusableInputException {
    return run(spec, past, typed, null);
  }

  private Outcome run(MachineSpec spec, PastSpec past, String typed, String until) throws UnusableInputException {
    try (Machine machine = assemble(spec, past, until)) {
      machine.type(typed.getBytes(StandardCharsets.UTF_8));
      return machine.run();
    }
  }

  /** Records what powers itself off, and gives what it printed. */
  private String recorded(MachineSpec spec) throws UnusableInputException {
    assertThat(run(spec, record(), "").kind()).isEqualTo(Kind.POWERED_OFF);
    return printed.toString();
  }

  private void rewrite(String pattern, String replacement) throws IOException {
    String old = Files.readString(file);
    String changed = old.replaceFirst(pattern, replacement);
    assertThat(changed).isNotEqualTo(old);
    Files.writeString(file, changed);
  }

  @Test
  void aReplayIsWhatWasRecorded() throws Exception {
    assertThat(run(hello, record(), "typed then").kind()).isEqualTo(Kind.POWERED_OFF);
    String then = printed.toString();
    assertThat(Files.readString(file))
        .contains("typed 0 0 " + HexFormat.of().formatHex("typed then".getBytes(StandardCharsets.UTF_8)))
        .containsPattern("end \\d+ \\d+ guest powered off\n$");
    assertThat(run(hello, replay(), "typed now").kind()).isEqualTo(Kind.POWERED_OFF);
    assertThat(printed).hasToString(then);
    assertThat(warnings).isEmpty();
  }

  @Test
  void tellsWhereExecutionFirstDiffers() throws Exception {
    String then = recorded(hello);
    rewrite("mark (\\d+) \\w+", "mark $1 1234");
    assertThat(run(hello, replay(), "").kind()).isEqualTo(Kind.POWERED_OFF);
    assertThat(printed).hasToString(then);
    assertThat(warnings).singleElement().asString().contains("differs from the recording").contains("0x1234");
  }

  // --- another machine
  // ---------------------------------------------------------------------------------------------------------

  private void assertRefused(MachineSpec spec, String sentence) {
    assertThatThrownBy(() -> run(spec, replay(), ""))
        .isInstanceOf(UnusableInputException.class)
        .hasMessageStartingWith(file + " was recorded with another " + sentence);
  }

  @Test
  void anotherMachineIsNamed() throws Exception {
    Path initrd = Files.writeString(folder.resolve("initrd"), "one");
    MachineSpec whole = hello.withInitrd(initrd).withDisk(new DiskSpec(disk, true, false)).withAppend("a  b");
    recorded(whole);
    assertRefused(whole.withMemoryMib(64), "memory size: '32 MiB' then, '64 MiB' now");
    assertRefused(whole.withAppend("a c"), "command line: 'a b' then, 'a c' now");
    assertRefused(whole.withConsole(ConsoleKind.VIRTIO), "console: 'com' then, 'virtio' now");
    assertRefused(whole.withDebugExit(true), "debug exit: 'off' then, 'on' now");
    assertRefused(whole.withInitrd(null), "initrd: '3 bytes with checksum");
    assertRefused(whole.withDisk(new DiskSpec(disk, true, false)), "disk 2: 'none' then, '65536 bytes");
    assertRefused(hello.withInitrd(initrd).withAppend("a b"), "disk 1: '65536 bytes");
    Files.writeString(initrd, "two");
    assertRefused(whole, "initrd: '3 bytes with checksum");
    assertThatThrownBy(() -> run(whole.withVcpus(2), replay(), "")).hasMessageContaining("one vCPU on virtual time");
    assertThatThrownBy(() -> run(whole.withClock(ClockMode.HOST), replay(), ""))
        .hasMessageContaining("one vCPU on virtual time");
  }

  @Test
  void aKernelIsKnownByItsContents() throws Exception {
    String then = recorded(hello);
    Path elsewhere = Files.move(kernel, folder.resolve("other name"));
    MachineSpec moved = virtual(MachineSpec.of(new KernelSpec.KernelFile(elsewhere)));
    assertThat(run(moved, replay(), "").kind()).isEqualTo(Kind.POWERED_OFF);
    assertThat(printed).hasToString(then);
    byte[] bytes = Files.readAllBytes(elsewhere);
    bytes[bytes.length - 1]++; // in its section headers
    Files.write(elsewhere, bytes);
    assertRefused(moved, "kernel: '%d bytes with checksum".formatted(bytes.length));
  }

  // --- disks
  // ---------------------------------------------------------------------------------------------------------------

  @Test
  void aDiskThatWasWrittenToWhileRecordingIsTold() throws Exception {
    byte[] before = Files.readAllBytes(disk);
    MachineSpec writing = hello.withDisk(new DiskSpec(disk, false, false));
    String then = recorded(writing);
    assertThat(warnings).singleElement().asString().contains("a replay needs disk " + disk + " as it is now");
    byte[] after = Files.readAllBytes(disk);
    assertThat(after).as("the embedded guest writes to its disk").isNotEqualTo(before);
    assertRefused(writing, "disk 1: '65536 bytes with checksum");
    Files.write(disk, before);
    for (int n = 0; n < 2; n++) {
      assertThat(run(writing, replay(), "").kind()).isEqualTo(Kind.POWERED_OFF);
      assertThat(printed).hasToString(then);
      assertThat(warnings).isEmpty();
      assertThat(disk).as("a replay writes to no image").hasBinaryContent(before);
    }
  }

  @Test
  void anOverlayCanBeReplayedAsItIs() throws Exception {
    MachineSpec overlay = hello.withDisk(new DiskSpec(disk, false, true));
    String then = recorded(overlay);
    assertThat(run(hello.withDisk(new DiskSpec(disk, false, false)), replay(), "").kind()).isEqualTo(Kind.POWERED_OFF);
    assertThat(printed).hasToString(then);
    assertThat(warnings).isEmpty();
  }

  // --- the end
  // -------------------------------------------------------------------------------------------------------------

  @Test
  void aReplayEndsWhereTheHostEndedTheMachine() throws Exception {
    MachineSpec waits = virtual(MachineSpec.of(new KernelSpec.KernelFile(Multiboot.kernel(folder, WAITS))));
    try (Machine machine = assemble(waits, record(), null)) {
      CompletableFuture<Outcome> outcome = CompletableFuture.supplyAsync(machine::run);
      Thread.sleep(200);
      machine.type("x".getBytes(StandardCharsets.UTF_8));
      Thread.sleep(200);
      machine.end(Outcome.of(Kind.LEFT));
      assertThat(outcome.get(20, TimeUnit.SECONDS).kind()).isEqualTo(Kind.LEFT);
    }
    Outcome again = run(waits, replay(), "");
    assertThat(again.kind()).isEqualTo(Kind.LEFT);
    assertThat(again.sentence()).matches("the recording ends here, after \\d+ instructions: left");
    assertThat(warnings).isEmpty();
  }

  @Test
  void aReplayEndsWhereTheTextWasSeen() throws Exception {
    assertThat(run(hello, record(), "", "microVM").kind()).isEqualTo(Kind.TEXT_SEEN);
    String then = printed.toString();
    Outcome again = run(hello, replay(), "");
    assertThat(again.sentence()).startsWith("the recording ends here, after ").endsWith("text seen");
    assertThat(printed).hasToString(then);
    assertThat(run(hello, replay(), "", "microVM").kind()).isEqualTo(Kind.TEXT_SEEN);
    assertThat(run(hello, replay(), "", "Hello").kind()).as("sooner").isEqualTo(Kind.TEXT_SEEN);
    assertThat(warnings).isEmpty();
  }

  @Test
  void aRecordingThatBreaksOffIsReplayedUpToThere() throws Exception {
    recorded(hello);
    String whole = Files.readString(file);
    int firstMark = whole.indexOf("mark ");
    Files.writeString(file, whole.substring(0, whole.indexOf('\n', firstMark) + 1) + "typed 99999999 0 61");
    Outcome again = run(hello, replay(), "");
    assertThat(again.kind()).isEqualTo(Kind.LEFT);
    assertThat(again.sentence()).endsWith("the recording breaks off");
    assertThat(warnings).isEmpty();
    Files.writeString(file, whole.substring(0, whole.indexOf("begin\n") + 3));
    assertThatThrownBy(() -> run(hello, replay(), "")).hasMessageContaining("breaks off before it begins");
  }

  @Test
  void aGuestThatEndsElsewhereIsTold() throws Exception {
    recorded(hello);
    rewrite("(?s)\nmark.*end \\d+", "\nend 77");
    assertThat(run(hello, replay(), "").kind()).isIn(Kind.POWERED_OFF, Kind.LEFT);
    assertThat(warnings).singleElement().asString().contains("the recording after 77 (powered off)");
  }

  // --- a debugger
  // -----------------------------------------------------------------------------------------------------------

  /** Runs with a client that says this before the first instruction, and then lets the machine go. */
  private Outcome debugged(PastSpec past, String... packets) throws Exception {
    try (Machine machine = assemble(hello, past, null);
        GdbServer server = GdbServer.listen(new DebugAddress.Tcp("localhost", 0), warnings::add)) {
      machine.debugWith(server, true);
      CompletableFuture<Outcome> outcome = CompletableFuture.supplyAsync(machine::run);
      try (RemoteClient client = RemoteClient.to(server)) {
        for (String packet : packets) {
          assertThat(client.ask(packet)).as(packet).isEqualTo("OK");
        }
        assertThat(client.ask("D")).isEqualTo("OK");
      }
      return outcome.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void whatADebuggerChangedWhileRecordingIsTold() throws Exception {
    for (boolean reversible : List.of(true, false)) {
      assertThat(debugged(new PastSpec(reversible, file, null), "M5000,1:41").kind()).isEqualTo(Kind.POWERED_OFF);
      assertThat(Files.readString(file)).contains("\nchanged 0\n");
      assertThat(run(hello, replay(), "").kind()).isEqualTo(Kind.POWERED_OFF);
      assertThat(warnings)
          .singleElement()
          .asString()
          .contains("while this was recorded, a debugger changed the guest after 0 instructions");
    }
  }

  @Test
  void aReplayThatADebuggerChangesIsNoneAnyMore() throws Exception {
    recorded(hello);
    for (boolean reversible : List.of(true, false)) {
      PastSpec replay = new PastSpec(reversible, null, file);
      assertThat(debugged(replay).kind()).isEqualTo(Kind.POWERED_OFF);
      assertThat(warnings).as("looking changes nothing").isEmpty();
      assertThat(debugged(replay, "M5000,1:41").kind()).isEqualTo(Kind.POWERED_OFF);
      assertThat(warnings)
          .singleElement()
          .asString()
          .contains("the guest is changed by hand after 0 instructions: from here on this is no replay");
    }
  }

  // --- what is no recording
  // ---------------------------------------------------------------------------------------------------

  @Test
  void refusesWhatIsNoRecording() throws Exception {
    assertThatThrownBy(() -> run(hello, replay(), "")).hasMessage("there is no recording " + file);
    Files.write(file, new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1, 2});
    assertThatThrownBy(() -> run(hello, replay(), "")).hasMessage(file + " is not a recording");
    Files.writeString(file, "");
    assertThatThrownBy(() -> run(hello, replay(), "")).hasMessage(file + " is not a recording");
    Files.writeString(file, "demitasse recording 1 hello\n");
    assertThatThrownBy(() -> run(hello, replay(), "")).hasMessageContaining("another version of demi");
    PastSpec ofFolder = new PastSpec(false, null, folder);
    assertThatThrownBy(() -> run(hello, ofFolder, "")).hasMessageContaining("is a folder, not a recording");
    assertThatThrownBy(() -> new PastSpec(false, file, file)).hasMessageContaining("a replay cannot be recorded");
  }

  @Test
  void refusesLinesThatMakeNoSense() throws Exception {
    recorded(hello);
    String good = Files.readString(file);
    for (String bad :
        List.of(
            "typed x y z", "typed 1 2 616", "mark 1", "later 1 2 3", "is kernel: another", "changed", "mark -1 0 0")) {
      Files.writeString(file, good.replaceFirst("\nbegin\n", "\nbegin\n" + bad + "\n"));
      assertThatThrownBy(() -> run(hello, replay(), "")).as(bad).hasMessageContaining("makes no sense");
    }
    Files.writeString(file, good.replaceFirst("\nbegin\n", "\nbegin\nmark 99999999999 0 0\n"));
    assertThatThrownBy(() -> run(hello, replay(), "")).as("time goes back").hasMessageContaining("makes no sense");
    Files.writeString(file, good + "mark 99999999999 0 0\n");
    assertThatThrownBy(() -> run(hello, replay(), "")).as("behind the end").hasMessageContaining("makes no sense");
  }
}
