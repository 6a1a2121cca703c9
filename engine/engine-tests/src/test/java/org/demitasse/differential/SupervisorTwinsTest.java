package org.demitasse.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.bus.BusDevice;
import org.demitasse.core.clock.TimerQueue;
import org.demitasse.core.clock.VirtualClock;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.cpu.SoftEngine;
import org.demitasse.cpu.SoftProcessors;
import org.demitasse.cpu.Translation;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.engines.QuietApic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What only a kernel can do to translated code while it runs, with the interpreter beside it, at turns of all lengths.
 */
class SupervisorTwinsTest {
  private static final long CODE = GuestArena.SUPERVISOR;
  private static final long PAGE_TABLE = GuestArena.SUPERVISOR + 0x9000;
  private static final long WINDOW = GuestArena.SUPERVISOR + 0x1_2000;
  private static final long FIRST_GPA = 0x10_0000;
  private static final long SECOND_GPA = 0x10_1000;
  private static final long DEVICE_GPA = 0x1000_0000;
  private static final long DIRECTORY_GPA = 0x10_4000;
  private static final long PRESENT_WRITABLE = 3;

  /** What a run leaves. */
  private record Ending(Trail trail, long[] gpr, long rip, long instructions, long deviceAccesses, long translated) {}

  private static Ending run(Translation translation, String hex, long turn) {
    try (GuestMemory memory = new GuestMemory(GuestArena.BYTES)) {
      new GuestArena(memory);
      memory.writeBytes(0, HexFormat.of().parseHex(hex.replace(" ", "")));
      long[] frames = {FIRST_GPA + 0x3000, FIRST_GPA + 0x2000, FIRST_GPA, DEVICE_GPA};
      for (int n = 0; n < frames.length; n++) {
        memory.writeLong(0x9000 + 8 * (16 + n), frames[n] | PRESENT_WRITABLE);
      }
      memory.writeBytes(FIRST_GPA, HexFormat.of().parseHex("b801000000c3")); // MOV EAX, 1; RET
      memory.writeBytes(SECOND_GPA, HexFormat.of().parseHex("b800010000c3")); // MOV EAX, 0x100; RET
      return run(translation, memory, turn, SupervisorTwinsTest::entry);
    }
  }

  private static Ending run(Translation translation, GuestMemory memory, long turn, UnaryOperator<VcpuState> entry) {
    Bus mmio = new Bus("mmio");
    long[] accesses = {0};
    mmio.map("counter", DEVICE_GPA, 4096, counter(accesses));
    VirtualClock clock = new VirtualClock(0);
    QuietApic apic = new QuietApic();
    SoftProcessors running =
        new SoftEngine(translation).create(new Engine.Wiring(memory, mmio, new Bus("ports"), clock, 1, index -> apic));
    try {
      Cpu cpu = running.vcpus().getFirst().cpu();
      Trail trail = new Trail();
      TimerQueue.Timer[] timer = new TimerQueue.Timer[1];
      timer[0] =
          clock
              .timers()
              .newTimer(() -> {
                if (!cpu.halted) {
                  trail.add(clock.nanos(), cpu);
                  timer[0].arm(clock.nanos() + turn);
                }
              });
      running.vcpus().getFirst().restore(entry.apply(running.vcpus().getFirst().save()));
      timer[0].arm(turn);
      running.run();
      long retired = running.instructionsRetired();
      trail.add(retired, cpu);
      return new Ending(
          trail, Arrays.copyOf(cpu.gpr, 16), cpu.rip, retired, accesses[0], running.translatedInstructions());
    } finally {
      running.close();
    }
  }

  /** Each read gives the number of accesses so far. */
  private static BusDevice counter(long[] accesses) {
    return new BusDevice() {
      @Override
      public long read(long offset, int size) {
        return ++accesses[0];
      }

      @Override
      public void write(long offset, int size, long value) {
        accesses[0] += value & 3;
      }
    };
  }

  private static VcpuState entry(VcpuState powerUp) {
    long[] gpr = new long[16];
    gpr[Cpu.RSP] = CODE + 0x1_1000;
    gpr[Cpu.RBX] = WINDOW;
    gpr[Cpu.RBP] = PAGE_TABLE + 8 * 0x12;
    gpr[Cpu.RSI] = WINDOW + 0x1000;
    gpr[Cpu.RDI] = CODE + 0x1_0000;
    SortedMap<Integer, Long> msrs = new TreeMap<>(powerUp.msrs());
    msrs.put(0xc000_0080, GuestArena.EFER);
    Segment[] segments = powerUp.segments().clone();
    for (int n = 0; n < segments.length; n++) {
      segments[n] = LinuxTables.load(n == VcpuState.CS ? LinuxTables.KERNEL_CODE : 0, 0);
    }
    return new VcpuState(
        gpr,
        CODE,
        2,
        segments,
        GuestArena.LDTR,
        GuestArena.TR,
        GuestArena.GDTR,
        GuestArena.IDTR,
        GuestArena.CR0,
        0,
        GuestArena.CR3,
        GuestArena.CR4,
        0,
        3,
        new long[] {0, 0, 0, 0, 0xffff_0ff0L, 0x400},
        powerUp.xsave(),
        msrs,
        VcpuState.Activity.RUNNING,
        false,
        false);
  }

  /** 32-bit code in the last 16 bytes and the first ones of 4 GiB. */
  private static Ending runAround(Translation translation, String last, String first, long turn) {
    try (GuestMemory memory = new GuestMemory(GuestArena.BYTES)) {
      new GuestArena(memory);
      memory.writeLong(0x2000 + 8 * 3, DIRECTORY_GPA | PRESENT_WRITABLE);
      memory.writeLong(DIRECTORY_GPA + 8 * 511, DIRECTORY_GPA + 0x1000 | PRESENT_WRITABLE);
      memory.writeLong(DIRECTORY_GPA + 0x1000 + 8 * 511, SECOND_GPA | PRESENT_WRITABLE);
      memory.writeLong(0x4000, FIRST_GPA | PRESENT_WRITABLE);
      memory.writeBytes(SECOND_GPA + 0xff0, HexFormat.of().parseHex(last.replace(" ", "")));
      memory.writeBytes(FIRST_GPA, HexFormat.of().parseHex(first.replace(" ", "")));
      memory.writeBytes(FIRST_GPA + 0x20, HexFormat.of().parseHex("83c001c3")); // ADD EAX, 1; RET
      memory.writeBytes(FIRST_GPA + 0x40, HexFormat.of().parseHex("f4")); // HLT
      return run(translation, memory, turn, powerUp -> flat32(entry(powerUp)));
    }
  }

  private static VcpuState flat32(VcpuState wide) {
    long[] gpr = new long[16];
    gpr[Cpu.RCX] = 60;
    gpr[Cpu.RSP] = Arena.DATA + 0x800;
    Segment[] segments = new Segment[wide.segments().length];
    Arrays.fill(segments, LinuxTables.load(0x18, 0));
    segments[VcpuState.CS] = LinuxTables.load(0x08, 0);
    return new VcpuState(
        gpr,
        0xffff_fff0L,
        2,
        segments,
        wide.ldtr(),
        wide.tr(),
        wide.gdtr(),
        wide.idtr(),
        wide.cr0(),
        0,
        wide.cr3(),
        wide.cr4(),
        0,
        3,
        wide.dr(),
        wide.xsave(),
        wide.msrs(),
        VcpuState.Activity.RUNNING,
        false,
        false);
  }

  /** Runs a program both ways with turns of many lengths; says how it ended. */
  private static Ending assertTwins(String hex) {
    return assertTwins((translation, turn) -> run(translation, hex, turn));
  }

  private static Ending assertTwins(BiFunction<Translation, Long, Ending> program) {
    Ending last = program.apply(Translation.NONE, 40L);
    for (Translation translation : List.of(Translation.EAGER, Translation.EAGER_CHECKED, Translation.EAGER_QUICK)) {
      for (long turn : new long[] {1, 2, 5, 11, 29, 200}) {
        Ending interpreted = program.apply(Translation.NONE, turn);
        Ending translated = program.apply(translation, turn);
        assertThat(interpreted.trail.difference(translated.trail)).as("turns of %d", turn).isEmpty();
        assertThat(translated.gpr).isEqualTo(interpreted.gpr);
        assertThat(translated.rip).isEqualTo(interpreted.rip);
        assertThat(translated.instructions).isEqualTo(interpreted.instructions);
        assertThat(translated.deviceAccesses).isEqualTo(interpreted.deviceAccesses);
        last = translated;
      }
    }
    return last;
  }

  @Test
  void codeThatChangesItsOwnNextInstructionSeesTheChange() {
    Ending end = assertTwins("b93c000000 fe0501000000 b800000000 01c2 ffc9 75ef f4");
    assertThat(end.gpr[Cpu.RDX]).isEqualTo(60 * 61 / 2);
  }

  @Test
  void codeThatChangesAnotherBlockOfItsRegionSeesTheChange() {
    // MOV ECX, 60; L: INC BYTE [M+1]; JMP M; NOP; M: MOV EAX, 0; ADD EDX, EAX; DEC ECX; JNZ L; HLT
    Ending end = assertTwins("b93c000000 fe0504000000 eb01 90 b800000000 01c2 ffc9 75ec f4");
    assertThat(end.gpr[Cpu.RDX]).isEqualTo(60 * 61 / 2);
  }

  @Test
  void devicesAreTouchedOnceFromTheMiddleOfALoop() {
    // MOV ECX, 200; L: ADD EDX, ECX; MOV [RSI], ECX; XOR EDX, 5; MOV EAX, [RSI+8]; ADD R8, RAX; DEC ECX; JNZ L; HLT
    Ending end = assertTwins("b9c8000000 01ca 890e 83f205 8b4608 4901c0 ffc9 75ef f4");
    assertThat(end.deviceAccesses).isGreaterThan(200);
    assertThat(end.translated).isPositive();
  }

  @Test
  void aLoopThatRunsOffItsDataFaultsWithItsRegistersRight() {
    // MOV ECX, 0; L: ADD RDX, [RDI+RCX]; CMP RCX, 77; ADC R8D, 0; ADD RCX, 0x40; SUB R9, RCX; JMP L
    Ending end = assertTwins("b900000000 4803140f 4883f94d 4183d000 4883c140 4929c9 ebeb");
    assertThat(end.rip).isBetween(CODE + 0xe0e0, CODE + 0xe0e2); // the stub of #PF, or of #GP
  }

  @ParameterizedTest
  @ValueSource(strings = {"0f013b", "0f20d8 0f22d8"}) // INVLPG [RBX]; MOV RAX, CR3; MOV CR3, RAX
  void aCallOfAPageThatIsMappedAnewRunsWhatIsThereNow(String flush) {
    // MOV ECX, 90; L: CALL RBX; ADD R8D, EAX; XOR WORD [RBP+1], 0x10; flush; NOPs; DEC ECX; JNZ L; HLT
    String body = "ffd3 4101c0 6683750110 " + flush;
    int length = body.replace(" ", "").length() / 2 + 4;
    Ending end = assertTwins("b95a000000 %s ffc9 75%02x f4".formatted(body, 256 - length));
    assertThat(end.gpr[8]).isEqualTo(45 + 45 * 0x100);
  }

  @Test
  void dataOfAPageThatIsMappedAnewIsReadFromThere() {
    // MOV ECX, 90; L: ADD R8D, [RBX]; XOR WORD [RBP+1], 0x10; INVLPG [RBX]; ADD R9D, [RBX]; DEC ECX; JNZ L; HLT
    assertTwins("b95a000000 440303 6683750110 0f013b 44030b ffc9 75ee f4");
  }

  @ParameterizedTest
  @CsvSource({
    // L: INC EBX; CALL F; ADD EBX, EAX; DEC ECX; NOP; JNZ N; HLT; at 4 GiB, N: ADD EDX, 7; JMP L
    "43 e82a000000 01c3 49 90 7504 f4 909090, 83c207 ebeb, 60, 413",
    // L: INC EBX; DEC ECX; JZ the HLT; ADD EDX, 3; CALL F, whose return address is 0: JMP L
    "43 49 0f8448000000 83c203 e820000000, ebee, 59, 177",
    // L: INC EBX; DEC ECX; JZ the HLT; ADD EDX, 3; ADD EDX, 5; NOP; NOP; what follows is at 0: JMP L
    "43 49 0f8448000000 83c203 83c205 9090, ebee, 0, 472"
  })
  void code32GoesOnAt0BehindTheEndOf4GiB(String last, String first, long eax, long edx) {
    Ending end = assertTwins((translation, turn) -> runAround(translation, last, first, turn));
    assertThat(end.gpr[Cpu.RAX]).isEqualTo(eax);
    assertThat(end.gpr[Cpu.RDX]).isEqualTo(edx);
    assertThat(end.translated).isPositive();
  }

  @Test
  void theTrapFlagStopsALoopAfterOneInstruction() {
    // MOV ECX, 50; L: ADD EDX, ECX; PUSHF; MOV EAX, ECX; AND EAX, 0; CMP ECX, 3; JNE N; OR BYTE [RSP+1], 1; N: POPF;
    // ADD R8D, 1; DEC ECX; JNZ L; HLT
    Ending end = assertTwins("b932000000 01ca 9c 89c8 83e000 83f903 7505 804c240101 9d 4183c001 ffc9 75e5 f4");
    assertThat(end.rip).isBetween(CODE + 0xe010, CODE + 0xe012);
    assertThat(end.gpr[8]).isEqualTo(48);
    assertThat(end.translated).isPositive();
  }

  @Test
  void onVirtualTimeCodeTranslatedInTheBackgroundIsAtTheSamePlaceAtEveryTimer() {
    // MOV ECX, 300000; L: PUSH RCX; ADD EDX, ECX; CALL F; POP RAX; XOR R8D, EAX; DEC ECX; JNZ L; HLT; F: ROL EDX, 3;
    // RET
    String program = "b9e0930400 51 01ca e80b000000 58 4131c0 ffc9 75f0 f4 9090 c1c203 c3";
    long turn = 977;
    Ending interpreted = run(Translation.NONE, program, turn);
    long translated = 0;
    for (int n = 0; n < 200 && translated < interpreted.instructions / 2; n++) { // until the code is there in time
      Ending background = run(Translation.BACKGROUND, program, turn);
      assertThat(interpreted.trail.difference(background.trail)).isEmpty();
      assertThat(background.gpr).isEqualTo(interpreted.gpr);
      assertThat(background.instructions).isEqualTo(interpreted.instructions);
      translated = background.translated;
    }
    assertThat(translated).isGreaterThan(interpreted.instructions / 2);
  }
}
