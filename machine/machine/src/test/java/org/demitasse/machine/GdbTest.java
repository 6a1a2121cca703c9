package org.demitasse.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.demitasse.boot.guest.OwnGuest;
import org.demitasse.gdb.DebugAddress;
import org.demitasse.gdb.GdbServer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The real gdb on the embedded guest, and clients that are no gdb at all. */
@Timeout(120)
class GdbTest {
  @TempDir private Path folder;

  /** A machine that waits for its debugger, running on a thread of its own. */
  private final class Debugged implements AutoCloseable {
    private final StringBuffer printed = new StringBuffer();
    private final List<String> warnings = new ArrayList<>();
    private final GdbServer server;
    private final Machine machine;
    private final CompletableFuture<Outcome> outcome;

    Debugged(MachineSpec spec, boolean waits) throws IOException, UnusableInputException {
      machine = Machine.assembleReversible(spec, value -> printed.append((char) value), null, sentence -> {});
      server = GdbServer.listen(new DebugAddress.Tcp("localhost", 0), this::warn);
      machine.debugWith(server, waits);
      outcome = CompletableFuture.supplyAsync(machine::run);
    }

    private synchronized void warn(String sentence) {
      warnings.add(sentence);
    }

    synchronized List<String> warnings() {
      return List.copyOf(warnings);
    }

    String gdb(String... commands) throws Exception {
      Path program = folder.resolve("hello.elf");
      try (InputStream elf = OwnGuest.class.getResourceAsStream("hello.elf")) {
        Files.write(program, java.util.Objects.requireNonNull(elf).readAllBytes());
      }
      List<String> script = new ArrayList<>(List.of("set pagination off", "set confirm off"));
      script.add("target remote " + server.target());
      script.addAll(List.of(commands));
      Path file = Files.write(folder.resolve("script.gdb"), script);
      Process gdb =
          new ProcessBuilder("gdb", "-nx", "-batch", "-x", file.toString(), program.toString())
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .start();
      CompletableFuture<String> output = CompletableFuture.supplyAsync(() -> readAll(gdb.getInputStream()));
      try {
        return output.get(60, TimeUnit.SECONDS);
      } finally {
        gdb.destroyForcibly();
      }
    }

    Socket connect() throws IOException {
      Socket socket = new Socket("localhost", Integer.parseInt(server.target().split(":")[1]));
      socket.setSoTimeout(20_000);
      return socket;
    }

    @Override
    public void close() throws IOException {
      machine.end(Outcome.of(Outcome.Kind.LEFT));
      Outcome unused = outcome.orTimeout(30, TimeUnit.SECONDS).join();
      server.close();
      machine.close();
    }
  }

  private static String readAll(InputStream in) {
    try {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException broken) {
      return "broken: " + broken;
    }
  }

  private static MachineSpec hello() {
    return MachineSpec.of(new KernelSpec.Hello()).withMemoryMib(32);
  }

  private static long number(String output, String after) {
    Matcher matcher = Pattern.compile(Pattern.quote(after) + "(?:0x)?([0-9a-f]+)").matcher(output);
    assertThat(matcher.find()).as("a number after '%s' in:\n%s", after, output).isTrue();
    return Long.parseUnsignedLong(matcher.group(1), 16);
  }

  /** On a KVM, too, also one without hardware, which this guest is simple enough for. */
  @ParameterizedTest
  @ValueSource(strings = {"cpu", "kvm"})
  void stepsFromThePvhEntryThroughTheSwitchToLongMode(String engine) throws Exception {
    try (Debugged debugged = new Debugged(hello().withEngine(engine), true)) {
      String output =
          debugged.gdb(
              "printf \"entry %lx cr0 %lx\\n\", $pc, $cr0",
              "b *0x10007c", // the MOV to CR0 that turns paging on, by its physical address
              "c",
              "printf \"before cr0 %lx efer %lx cs %x\\n\", $cr0, $efer, $cs",
              "stepi",
              "printf \"after cr0 %lx efer %lx cs %x\\n\", $cr0, $efer, $cs",
              "stepi",
              "stepi",
              "printf \"long pc %lx cs %x\\n\", $pc, $cs",
              "info symbol $pc",
              "tbreak print",
              "c",
              "x/s $rdi",
              "bt 2",
              "c");
      assertThat(output).contains("entry 100000 cr0 11");
      assertThat(output).contains("before cr0 11 efer 100 cs 10");
      assertThat(output).contains("after cr0 80000011 efer 500 cs 10");
      assertThat(output).contains("long pc 10008d cs 8").contains("long_mode in section");
      assertThat(output).contains("Hello from a microVM").contains("in hello ()");
      assertThat(output).contains("exited normally");
      assertThat(debugged.outcome.get(20, TimeUnit.SECONDS).kind()).isEqualTo(Outcome.Kind.POWERED_OFF);
      assertThat(debugged.printed).contains("All is well. Goodbye.");
    } catch (UnusableEngineException none) {
      abort("no KVM here: " + none.getMessage());
    }
  }

  @Test
  void stopsWhereAVariableIsWritten() throws Exception {
    try (Debugged debugged = new Debugged(hello(), true)) {
      String output =
          debugged.gdb(
              "watch *(int*)&available",
              "c",
              "printf \"index %x\\n\", *(int*)&available",
              "bt 1",
              "delete",
              "monitor info virtio",
              "monitor info irq",
              "monitor info kaslr",
              "monitor info mem",
              "monitor xp/2w 0x100000",
              "c");
      assertThat(output).contains("Hardware watchpoint").contains("Old value = 0").contains("New value = ");
      assertThat(output).contains("request.constprop");
      assertThat(output).contains("virtio-block 0: device 2").contains("queue 0: ready");
      assertThat(output).contains("this kernel is where it is linked");
      assertThat(output).contains("local apic 0").contains("0000000000000000-0000000100000000");
      assertThat(output).contains("0000100000: ").contains("exited normally");
    }
  }

  @Test
  void goesBackInTimeToAWriteAndToABreakpoint() throws Exception {
    try (Debugged debugged = new Debugged(hello().withClock(ClockMode.VIRTUAL), true)) {
      String output =
          debugged.gdb(
              "tbreak disk_report",
              "c",
              "stepi 5",
              "printf \"five on %lx\\n\", $pc",
              "stepi 7",
              "reverse-stepi 7",
              "printf \"five again %lx\\n\", $pc",
              "watch *(int*)&available",
              "c",
              "c",
              "printf \"written twice %x\\n\", *(int*)&available",
              "reverse-continue",
              "printf \"before the second %x\\n\", *(int*)&available",
              "reverse-continue",
              "printf \"before the first %x\\n\", *(int*)&available",
              "stepi",
              "printf \"after the first %x\\n\", *(int*)&available",
              "delete",
              "b print",
              "reverse-continue",
              "info symbol $pc",
              "delete",
              "reverse-continue",
              "printf \"beginning %lx\\n\", $pc",
              "c",
              "printf \"end rip %lx\\n\", $pc",
              "detach");
      assertThat(number(output, "five again ")).isEqualTo(number(output, "five on "));
      assertThat(output).contains("written twice 20000").contains("before the second 10000");
      assertThat(output).contains("before the first 0").contains("after the first 10000");
      assertThat(output).containsPattern("\nprint( \\+ \\d+)? in section ");
      assertThat(output).contains("beginning 100000").contains("No more reverse-execution history");
      assertThat(debugged.outcome.get(20, TimeUnit.SECONDS).kind()).isEqualTo(Outcome.Kind.POWERED_OFF);
      assertThat(debugged.printed.toString().split("Hello from a microVM", -1)).as("printed once").hasSize(2);
      assertThat(debugged.printed).contains("All is well. Goodbye.");
    }
  }

  /** No guest can write IA32_APIC_BASE like that: out of x2APIC mode it must be disabled first. */
  @Test
  void goesBackToBeforeTheLocalApicChangedItsMode() throws Exception {
    Path kernel =
        Multiboot.kernel(
            folder,
            "b9 1b 00 00 00 0f 32 80 cc 04 0f 30" // mov ecx, 0x1b; rdmsr; or ah, 4; wrmsr: x2APIC
                + "80 e4 f3 0f 30" // and ah, 0xf3; wrmsr: disabled
                + "80 cc 08 0f 30 90 fa f4"); // or ah, 8; wrmsr: xAPIC; nop; cli; hlt
    MachineSpec spec = MachineSpec.of(new KernelSpec.KernelFile(kernel)).withMemoryMib(32).withClock(ClockMode.VIRTUAL);
    try (Debugged debugged = new Debugged(spec, true);
        Socket socket = debugged.connect()) {
      List<String> bases = new ArrayList<>();
      for (int n = 0; n < 10; n++) {
        assertThat(ask(socket, "s")).startsWith("T05");
        bases.add(apicBase(socket));
      }
      assertThat(bases)
          .containsSubsequence("fee00900", "fee00d00", "fee00100", "fee00900")
          .last()
          .isEqualTo("fee00900");
      for (int n = 9; n > 0; n--) {
        assertThat(ask(socket, "bs")).as("back to instruction %d", n).startsWith("T05thread");
        assertThat(apicBase(socket)).isEqualTo(bases.get(n - 1));
      }
      assertThat(ask(socket, "bc")).contains("replaylog:begin");
      assertThat(ask(socket, "c")).contains("replaylog:end");
    }
  }

  private static String apicBase(Socket socket) throws IOException {
    String command = HexFormat.of().formatHex("info registers".getBytes(StandardCharsets.US_ASCII));
    StringBuilder text = new StringBuilder();
    for (String part = ask(socket, "qRcmd," + command);
        part.startsWith("O") && !part.equals("OK");
        part = receive(socket)) {
      text.append(new String(HexFormat.of().parseHex(part.substring(1)), StandardCharsets.US_ASCII));
    }
    Matcher matcher = Pattern.compile("msr 0000001b 0*([0-9a-f]+)").matcher(text);
    assertThat(matcher.find()).isTrue();
    return matcher.group(1);
  }

  @Test
  void repeatsThePresentWhenThePastWasChanged() throws Exception {
    try (Debugged debugged = new Debugged(hello().withClock(ClockMode.VIRTUAL), true)) {
      String output =
          debugged.gdb(
              "tbreak disk_report",
              "c",
              "reverse-stepi",
              "set var *(int*)0x9000 = 77",
              "stepi",
              "stepi",
              "printf \"here %lx\\n\", $pc",
              "reverse-stepi",
              "stepi",
              "printf \"here again %lx value %x\\n\", $pc, *(int*)0x9000",
              "detach");
      assertThat(number(output, "here again ")).isEqualTo(number(output, "here "));
      assertThat(output).contains("value 4d");
      assertThat(debugged.outcome.get(20, TimeUnit.SECONDS).kind()).isEqualTo(Outcome.Kind.POWERED_OFF);
    }
  }

  @Test
  void writesRegistersAndMemory() throws Exception {
    try (Debugged debugged = new Debugged(hello(), true)) {
      String output =
          debugged.gdb(
              "tbreak hello",
              "c",
              "set $rax = 0x1122334455667788",
              "set $xmm3.v4_float[1] = 2.5",
              "set $st0 = 1.5",
              "set var *(int*)0x9000 = 0x12345678",
              "printf \"rax %lx\\n\", $rax",
              "p $xmm3.v4_float",
              "p $st0",
              "monitor xp/1w 0x9000",
              "info threads",
              "p *(int*)0x700000000000"); // ends the script, and gdb lets the machine go
      assertThat(number(output, "rax ")).isEqualTo(0x1122334455667788L);
      assertThat(output).contains("{0, 2.5, 0, 0}").contains("= 1.5").contains("0000009000: 12345678");
      assertThat(output).contains("Cannot access memory at address 0x700000000000").contains("vCPU 0");
      assertThat(debugged.outcome.get(20, TimeUnit.SECONDS).kind()).isEqualTo(Outcome.Kind.POWERED_OFF);
    }
  }

  @Test
  void offersTheKernelsSymbolsAsAFile() throws Exception {
    try (Debugged debugged = new Debugged(hello(), true)) {
      String output =
          debugged.gdb(
              "file",
              "symbol-file",
              "monitor symbol-files",
              "monitor lsmod",
              "symbol-file target:kernel.sym",
              "info symbol 0x100000",
              "tbreak print",
              "c",
              "bt 2",
              "symbol-file target:/etc/passwd");
      assertThat(output).contains("symbol-file target:kernel.sym").contains("no modules: ");
      assertThat(output).contains("pvh_entry in section .text").contains("in hello ()").contains("target:/etc/passwd");
    }
  }

  @Test
  void offersNoFilesOfThisComputer() throws Exception {
    try (Debugged debugged = new Debugged(hello(), true);
        Socket socket = debugged.connect()) {
      String kernel = HexFormat.of().formatHex("kernel.sym".getBytes(StandardCharsets.US_ASCII));
      String other = HexFormat.of().formatHex("/etc/passwd".getBytes(StandardCharsets.US_ASCII));
      assertThat(ask(socket, "vFile:open:%s,0,0".formatted(other))).isEqualTo("F-1,2");
      assertThat(ask(socket, "vFile:open:%s,0,0".formatted(kernel))).isEqualTo("F1");
      assertThat(ask(socket, "vFile:pread:1,4,0")).isEqualTo("F4;\u007fELF");
      assertThat(ask(socket, "vFile:pread:1,10,7fffffff")).as("behind its end").isEqualTo("F0;");
      assertThat(ask(socket, "vFile:pread:2,4,0")).isEqualTo("F-1,9");
      assertThat(ask(socket, "vFile:pread:1,4")).startsWith("E");
      assertThat(ask(socket, "vFile:pread:1,-4,0")).startsWith("E");
      assertThat(ask(socket, "vFile:unlink:" + kernel)).as("not supported").isEmpty();
      for (int n = 0; n < 3; n++) {
        assertThat(ask(socket, "vFile:open:%s,0,0".formatted(kernel))).isEqualTo("F" + (n + 2));
      }
      assertThat(ask(socket, "vFile:open:%s,0,0".formatted(kernel))).as("too many").isEqualTo("F-1,18");
      assertThat(ask(socket, "vFile:close:1")).isEqualTo("F0");
      assertThat(ask(socket, "vFile:close:1")).isEqualTo("F-1,9");
    }
  }

  @Test
  void tellsOf32BitRegistersWhenAsked() throws Exception {
    try (Debugged debugged = new Debugged(hello(), true)) {
      String output =
          debugged.gdb("file", "monitor arch i386", "unset tdesc filename", "info registers eip", "x/2i $pc");
      assertThat(output).contains("eip            0x100000").contains("rdtsc").contains("mov    %eax,0x10a000");
    }
  }

  @Test
  void answersNonsenseWithErrorsAndGoesOn() throws Exception {
    try (Debugged debugged = new Debugged(hello(), true);
        Socket socket = debugged.connect()) {
      for (String nonsense :
          List.of(
              "m",
              "mxyz,4",
              "m0,ffffffffffffffffff",
              "M0,4:zz",
              "X0,2:a",
              "Z0",
              "Z9,0,0",
              "z1,,",
              "P",
              "P0=",
              "p99999",
              "G",
              "H",
              "Hg99",
              "T77",
              "vCont;x",
              "vCont;s:zz",
              "vCont;s:63",
              "vCont;c:3;s:2",
              "b",
              "bx",
              "qRcmd,0",
              "qXfer:features:read:target.xml:",
              "Z2,0,ffff",
              "q",
              "Q",
              "v",
              "",
              "\u0001\u0002")) {
        assertThat(ask(socket, nonsense)).as(nonsense).matches("E.*|");
      }
      socket.getOutputStream().write("$m0,1#zz$$$}}}#".getBytes(StandardCharsets.ISO_8859_1));
      assertThat(ask(socket, "?")).startsWith("T05");
    }
  }

  /** A machine whose past is kept stands at its power-off for a client; one that has detached is none. */
  @Test
  void aClientThatHasDetachedDoesNotHoldTheEnd() throws Exception {
    try (Debugged debugged = new Debugged(hello().withClock(ClockMode.VIRTUAL), true);
        Socket socket = debugged.connect()) {
      assertThat(ask(socket, "D")).isEqualTo("OK"); // and stays connected
      assertThat(debugged.outcome.get(20, TimeUnit.SECONDS).kind()).isEqualTo(Outcome.Kind.POWERED_OFF);
    }
  }

  @Test
  void turnsASecondClientAway() throws Exception {
    try (Debugged debugged = new Debugged(hello(), true);
        Socket first = debugged.connect()) {
      assertThat(ask(first, "?")).startsWith("T05");
      try (Socket second = debugged.connect()) {
        assertThat(second.getInputStream().read()).isEqualTo(-1);
      }
      assertThat(ask(first, "qAttached")).isEqualTo("1");
      assertThat(debugged.warnings()).anyMatch(sentence -> sentence.contains("turned away"));
    }
  }

  @Test
  void interruptsARunningMachineAndLetsItGoWhenTheClientVanishes() throws Exception {
    try (Debugged debugged = new Debugged(hello().withAppend("wait"), true)) {
      try (Socket socket = debugged.connect()) {
        assertThat(ask(socket, "Z0,10007c,1")).isEqualTo("OK");
        send(socket, "c");
        assertThat(receive(socket)).startsWith("T05");
        assertThat(ask(socket, "p10")).startsWith("7c00100000000000");
      }
      assertThat(debugged.outcome.get(20, TimeUnit.SECONDS).kind()).isEqualTo(Outcome.Kind.POWERED_OFF);
    }
  }

  // --- a client by hand
  // --------------------------------------------------------------------------------------------------

  private static String ask(Socket socket, String payload) throws IOException {
    return new RemoteClient(socket).ask(payload);
  }

  private static void send(Socket socket, String payload) throws IOException {
    new RemoteClient(socket).send(payload);
  }

  private static String receive(Socket socket) throws IOException {
    return new RemoteClient(socket).receive();
  }
}
