package org.demitasse.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.HexFormat;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.interpret.CodeCache;
import org.demitasse.cpu.interpret.CodeStore;
import org.demitasse.cpu.interpret.Interpreter;
import org.demitasse.cpu.translate.Translator;
import org.junit.jupiter.api.Test;

/** Translated code belongs to the JVM: another machine with the same bytes takes it over. */
class SharedCodeTest {
  private static final long CODE = GuestArena.SUPERVISOR;
  private static final int NEVER = Integer.MAX_VALUE;

  /** MOV ECX, 100; L: ADD EAX, ECX; TEST CL, 1; JZ M; ADD EDX, 3; M: DEC ECX; JNZ L; HLT. */
  private static final String PROGRAM = "b964000000 01c8 f6c101 7403 83c203 ffc9 75f2 f4";

  private static final long SUM = 100 * 101 / 2;

  /** A machine of one CPU with a program at the start of its memory. */
  private static final class Machine implements AutoCloseable {
    private final GuestMemory memory = new GuestMemory(GuestArena.BYTES);
    private final CodeCache code;
    private final Cpu cpu;
    private final Interpreter interpreter;
    private final Translator translator;

    Machine(CodeStore store, int threshold, String hex) {
      this(store, hex, Translator.immediate(threshold, store));
    }

    Machine(CodeStore store, String hex, Translator translator) {
      new GuestArena(memory);
      write(0, hex);
      code = new CodeCache(memory);
      cpu = new Cpu(memory, new Bus("mmio"), new Bus("ports"), code);
      code.addView(cpu.memory);
      new CpuRegisters(cpu);
      this.translator = translator;
      interpreter = new Interpreter(cpu, code, translator);
      for (int segment = 0; segment < 6; segment++) {
        Segment kind = LinuxTables.load(segment == Cpu.CS ? LinuxTables.KERNEL_CODE : 0, 0);
        cpu.setSegment(segment, kind);
      }
      cpu.modeChanged();
    }

    final void write(long gpa, String hex) {
      memory.writeBytes(gpa, HexFormat.of().parseHex(hex.replace(" ", "")));
    }

    /** Runs the program from its start in turns, to its HLT; says how many instructions that took. */
    long run() {
      Arrays.fill(cpu.gpr, 0);
      cpu.rip = CODE;
      cpu.halted = false;
      long before = cpu.retired();
      while (!cpu.halted) {
        cpu.remaining = 50;
        cpu.sliceLength = 50;
        interpreter.run();
        cpu.retiredBefore += cpu.sliceLength - cpu.remaining;
        cpu.remaining = 0;
        cpu.sliceLength = 0;
      }
      return cpu.retired() - before;
    }

    /** Runs one turn of so many instructions, from the program's start. */
    void runTurn(int instructions) {
      cpu.rip = CODE;
      cpu.remaining = instructions;
      cpu.sliceLength = instructions;
      interpreter.run();
    }

    /** Runs the program from a place in it to its HLT; says how many of its instructions ran translated. */
    long translatedFrom(int offset) {
      long before = interpreter.translatedInstructions();
      cpu.rip = CODE + offset;
      cpu.halted = false;
      cpu.remaining = 1000;
      cpu.sliceLength = 1000;
      interpreter.run();
      assertThat(cpu.halted).isTrue();
      return interpreter.translatedInstructions() - before;
    }

    @Override
    public void close() {
      translator.close();
      interpreter.close();
      cpu.memory.close();
      memory.close();
    }
  }

  @Test
  void aSecondMachineRunsTheCodeOfTheFirst() {
    CodeStore store = new CodeStore(1 << 20);
    try (Machine first = new Machine(store, 1, PROGRAM);
        Machine second = new Machine(store, NEVER, PROGRAM)) {
      long instructions = first.run();
      assertThat(first.cpu.gpr[Cpu.RAX]).isEqualTo(SUM);
      assertThat(store.regions()).isPositive();
      assertThat(second.run()).isEqualTo(instructions);
      assertThat(second.cpu.gpr).startsWith(first.cpu.gpr[Cpu.RAX], 0, 150);
      assertThat(second.interpreter.translatedInstructions()).isGreaterThan(instructions / 2);
      assertThat(second.translator.regions()).isZero();
      assertThat(store.taken()).isPositive();
    }
  }

  @Test
  void aMachineThatHasForgottenItsCodeFindsWhatWasTranslated() {
    CodeStore store = new CodeStore(1 << 20);
    try (Machine other = new Machine(store, 1, PROGRAM);
        Machine machine = new Machine(store, NEVER, PROGRAM)) {
      other.run();
      long instructions = machine.run();
      final long taken = store.taken();
      final long translated = machine.interpreter.translatedInstructions();
      machine.code.forgetAll();
      machine.interpreter.forgetBlocks();
      assertThat(machine.code.regions()).isZero();
      assertThat(machine.code.isCode(CODE)).isFalse();
      assertThat(machine.run()).isEqualTo(instructions);
      assertThat(machine.cpu.gpr[Cpu.RAX]).isEqualTo(SUM);
      assertThat(store.taken()).isGreaterThan(taken);
      assertThat(machine.interpreter.translatedInstructions()).isGreaterThan(translated + instructions / 2);
      assertThat(machine.code.invalidations()).isZero();
    }
  }

  @Test
  void codeThatRunsLongIsMadeAnewAndTakesThePlaceOfTheFirstEverywhere() {
    CodeStore store = new CodeStore(1 << 20);
    try (Machine first = new Machine(store, PROGRAM, Translator.immediate(1, store, 2_000));
        Machine second = new Machine(store, NEVER, PROGRAM)) {
      long instructions = first.run();
      second.run();
      assertThat(first.translator.improved()).isZero();
      for (int n = 0; n < 20; n++) {
        assertThat(first.run()).isEqualTo(instructions);
        assertThat(first.cpu.gpr[Cpu.RDX]).isEqualTo(150);
      }
      assertThat(first.translator.improved()).isPositive();
      long places = first.translator.regions() - first.translator.improved();
      assertThat(store.regions()).isEqualTo((int) places);
      assertThat(first.code.regions()).isEqualTo(places);
      long before = second.interpreter.translatedInstructions();
      for (int n = 0; n < 20; n++) { // it lets go of the old code, and finds the new
        assertThat(second.run()).isEqualTo(instructions);
        assertThat(second.cpu.gpr[Cpu.RDX]).isEqualTo(150);
      }
      assertThat(second.interpreter.translatedInstructions() - before).isGreaterThan(15 * instructions);
      assertThat(second.translator.regions()).isZero();
    }
  }

  @Test
  void aTranslatorSleepsWhileItsMachineDoesNotTakeWhatItMade() throws InterruptedException {
    String loop = "b9ffffff7f" + PROGRAM.substring("b964000000".length());
    CodeStore store = new CodeStore(1 << 20);
    try (Machine machine = new Machine(store, loop, new Translator(store))) {
      machine.runTurn(300_000); // all three blocks of the loop are hot; what is made of the first has the others
      for (int n = 0; n < 3_000 && machine.translator.regions() == 0; n++) {
        Thread.sleep(10);
      }
      assertThat(machine.translator.regions()).isEqualTo(1);
      long cpuBefore = translatorCpuNanos();
      Thread.sleep(600);
      assertThat(translatorCpuNanos() - cpuBefore).isLessThan(150_000_000);
      machine.runTurn(200_000);
      assertThat(machine.code.regions()).isEqualTo(1);
      assertThat(machine.interpreter.translatedInstructions()).isGreaterThan(100_000);
    }
  }

  private static long translatorCpuNanos() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals("demitasse-translator"))
        .mapToLong(thread -> threads.getThreadCpuTime(thread.threadId()))
        .max()
        .orElseThrow();
  }

  @Test
  void codeOutlivesItsMachine() {
    CodeStore store = new CodeStore(1 << 20);
    try (Machine first = new Machine(store, 1, PROGRAM)) {
      first.run();
    }
    try (Machine second = new Machine(store, NEVER, PROGRAM)) {
      second.run();
      assertThat(second.cpu.gpr[Cpu.RAX]).isEqualTo(SUM);
      assertThat(second.interpreter.translatedInstructions()).isPositive();
    }
  }

  @Test
  void aMachineWithOneOtherByteDoesNotTakeIt() {
    CodeStore store = new CodeStore(1 << 20);
    try (Machine first = new Machine(store, 1, PROGRAM);
        Machine second = new Machine(store, NEVER, PROGRAM.replace("83c203", "83c204"))) {
      first.run();
      second.run();
      assertThat(first.cpu.gpr[Cpu.RDX]).isEqualTo(150);
      assertThat(second.cpu.gpr[Cpu.RDX]).isEqualTo(200);
    }
  }

  @Test
  void aMachineThatRewritesItsCodeLeavesTheOthersAlone() {
    CodeStore store = new CodeStore(1 << 20);
    try (Machine first = new Machine(store, 1, PROGRAM);
        Machine second = new Machine(store, NEVER, PROGRAM)) {
      first.run();
      second.run();
      second.write(0, PROGRAM.replace("83c203", "83c207"));
      second.run();
      assertThat(second.cpu.gpr[Cpu.RDX]).isEqualTo(350);
      first.run();
      assertThat(first.cpu.gpr[Cpu.RDX]).isEqualTo(150);
      second.write(0, PROGRAM);
      second.run();
      assertThat(second.cpu.gpr[Cpu.RDX]).isEqualTo(150);
    }
  }

  @Test
  void codeThatIsNotRunIsEvictedAndItsMachineGoesOn() {
    CodeStore store = new CodeStore(2_000);
    try (Machine first = new Machine(store, 1, PROGRAM)) {
      long instructions = first.run();
      assertThat(first.code.regions()).isPositive();
      for (int n = 0; n < 40; n++) { // as many programs as differ in one byte
        try (Machine other = new Machine(store, 1, PROGRAM.replace("83c203", "83c2%02x".formatted(0x10 + n)))) {
          other.run();
          assertThat(other.cpu.gpr[Cpu.RDX]).isEqualTo(50 * (0x10 + n));
          assertThat(store.bytecodeBytes()).isLessThan(2_000 + 6_000);
        }
      }
      assertThat(store.evictions()).isPositive();
      assertThat(first.run()).isEqualTo(instructions);
      assertThat(first.cpu.gpr[Cpu.RAX]).isEqualTo(SUM);
      assertThat(first.cpu.gpr[Cpu.RDX]).isEqualTo(150);
    }
  }

  @Test
  void codeThatRunsIsSparedByEviction() {
    CodeStore store = new CodeStore(12_000);
    try (Machine first = new Machine(store, 1, PROGRAM)) {
      first.run();
      for (int n = 0; n < 40; n++) {
        try (Machine other = new Machine(store, 1, PROGRAM.replace("83c203", "83c2%02x".formatted(0x10 + n)))) {
          other.run();
        }
        first.run();
      }
      assertThat(store.evictions()).isPositive();
      long made = first.translator.regions();
      first.run();
      assertThat(first.translator.regions()).isEqualTo(made);
    }
  }

  @Test
  void codeThatIsCheckedIsMadeAnewToo() {
    CodeStore store = new CodeStore(1 << 20);
    try (Machine machine = new Machine(store, PROGRAM, Translator.immediate(1, store, 2_000))) {
      machine.interpreter.checkRegions();
      for (int n = 0; n < 20; n++) {
        machine.run();
        assertThat(machine.cpu.gpr[Cpu.RAX]).isEqualTo(SUM);
      }
      assertThat(machine.interpreter.checkedRuns()).isPositive();
      assertThat(machine.translator.improved()).isPositive();
    }
  }

  @Test
  void codeThatGoesOnInTheMiddleOfABlockComesBackToTranslatedOnes() {
    String straight = "ffc0".repeat(250) + "f4"; // INC EAX 250 times, HLT
    try (Machine machine = new Machine(new CodeStore(1 << 20), 20, straight)) {
      assertThat(machine.translatedFrom(2)).isZero();
      for (int n = 0; n < 40; n++) {
        machine.translatedFrom(0);
      }
      assertThat(machine.translatedFrom(0)).isEqualTo(251);
      assertThat(machine.translatedFrom(2)).as("where blocks were decoded before").isGreaterThan(150);
      assertThat(machine.translatedFrom(6)).as("where none were").isGreaterThan(150);
    }
  }

  @Test
  void anInstructionOverTheEndOfAPageIsWhatItIsNow() {
    String loop = "b93c000000 e9f20f0000"; // MOV ECX, 60; JMP to 4 bytes before the end of the page
    try (Machine machine = new Machine(new CodeStore(1 << 20), 20, loop)) {
      machine.write(0xffc, "05010000 00 ffc9 75f7 f4"); // L: ADD EAX, 1; DEC ECX; JNZ L; HLT
      machine.translatedFrom(0);
      assertThat(machine.cpu.gpr[Cpu.RAX]).isEqualTo(60);
      machine.write(0x1000, "01"); // ADD EAX, 0x1000001
      machine.translatedFrom(0);
      assertThat(machine.cpu.gpr[Cpu.RAX]).isEqualTo(60 + 60 * 0x100_0001L);
    }
  }
}
