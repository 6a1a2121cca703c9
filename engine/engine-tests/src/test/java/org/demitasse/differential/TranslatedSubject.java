package org.demitasse.differential;

import java.util.ArrayDeque;
import java.util.Queue;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.interpret.Block;
import org.demitasse.cpu.interpret.BlockTranslator;
import org.demitasse.cpu.interpret.CodeCache;
import org.demitasse.cpu.interpret.Interpreter;
import org.demitasse.cpu.interpret.Region;
import org.demitasse.cpu.translate.Translator;
import org.jspecify.annotations.Nullable;

/**
 * The soft CPU's translator: runs each program once to see its blocks, translates every one of them, and takes the
 * outcome of a second run. Programs outside 64-bit mode are interpreted twice.
 */
final class TranslatedSubject implements Subject {
  private static final int MOST_INSTRUCTIONS = 20_000;

  private final GuestMemory memory = new GuestMemory(GuestArena.BYTES);
  private final GuestArena arena = new GuestArena(memory);
  private final CodeCache code = new CodeCache(memory);
  private final Cpu cpu = new Cpu(memory, new Bus("mmio"), new Bus("ports"), code);
  private final CpuRegisters registers = new CpuRegisters(cpu);
  private final AtOnce translator = new AtOnce();
  private final Interpreter interpreter = new Interpreter(cpu, code, translator, 1);
  private long dataSeed;
  private boolean dataLoaded;

  /** Collects blocks while they are interpreted, and translates them when told to. */
  private static final class AtOnce implements BlockTranslator {
    private final Queue<Block> requests = new ArrayDeque<>();
    private final Queue<Region> ready = new ArrayDeque<>();

    @Override
    public void request(Block block, int heat) {
      requests.add(block);
    }

    @Override
    public @Nullable Region poll() {
      return ready.poll();
    }

    /** Translates the next block that no region has yet; false if there is none. */
    boolean translateNext() {
      while (!requests.isEmpty()) {
        Block block = requests.remove();
        Region region = block.isTranslatable() && !block.isTranslated() ? Translator.translateNow(block) : null;
        if (region != null) {
          ready.add(region);
          return true;
        }
      }
      return false;
    }
  }

  TranslatedSubject() {
    code.addView(cpu.memory);
  }

  /** Instructions that translated code has executed: the proof that there was any. */
  long translatedInstructions() {
    return interpreter.translatedInstructions();
  }

  @Override
  public void run(TestCase[] cases, Outcome[] outcomes, int count) {
    if (!dataLoaded || dataSeed != cases[0].dataSeed) {
      dataLoaded = true;
      dataSeed = cases[0].dataSeed;
      arena.load(Arena.contents(dataSeed));
    }
    for (int i = 0; i < count; i++) {
      try {
        run(cases[i], outcomes[i]);
      } catch (RuntimeException e) {
        throw new IllegalStateException("translated code broke on " + CaseLine.format(cases[i]), e);
      }
    }
  }

  private void run(TestCase test, Outcome outcome) {
    arena.enter(test);
    execute(test);
    while (translator.translateNext()) {
      interpreter.run(); // with nothing to do but to put the region in place
    }
    arena.restoreData();
    execute(test);
    outcome.timedOut = !cpu.halted;
    outcome.vector = cpu.halted ? GuestArena.vectorOf(cpu.rip) : -1;
    if (cpu.halted) {
      arena.readFrame(cpu.gpr[Cpu.RSP], outcome);
    }
    registers.leave(outcome, cpu.halted);
    arena.leave(test, outcome);
  }

  private void execute(TestCase test) {
    registers.enter(test);
    cpu.remaining = MOST_INSTRUCTIONS;
    cpu.sliceLength = MOST_INSTRUCTIONS;
    interpreter.run();
    cpu.retiredBefore += cpu.sliceLength - cpu.remaining;
    cpu.remaining = 0;
    cpu.sliceLength = 0;
  }

  @Override
  public void close() {
    cpu.memory.close();
    memory.close();
  }
}
