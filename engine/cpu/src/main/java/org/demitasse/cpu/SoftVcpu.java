package org.demitasse.cpu;

import java.util.function.LongSupplier;
import org.demitasse.core.clock.VirtualClock;
import org.demitasse.core.random.HostRandom;
import org.demitasse.core.random.SeededRandom;
import org.demitasse.core.vcpu.DebugTarget;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.core.vcpu.FlowLog;
import org.demitasse.core.vcpu.LocalApicPort;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuSignals;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.interpret.BlockTranslator;
import org.demitasse.cpu.interpret.CodeCache;
import org.demitasse.cpu.interpret.Interpreter;
import org.demitasse.cpu.mmu.LinearMemory;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.system.CpuModel;
import org.demitasse.cpu.system.CpuState;
import org.demitasse.cpu.system.Cpuid;
import org.demitasse.cpu.system.Debugging;
import org.demitasse.cpu.system.Interrupts;
import org.demitasse.cpu.system.Reset;
import org.demitasse.cpu.system.VcpuEnvironment;
import org.jspecify.annotations.Nullable;

/** One soft vCPU: a CPU, its interpreter, and the events that wait for it. Used by the machine's thread only. */
public final class SoftVcpu implements Vcpu, VcpuSignals {
  private static final int NO_STARTUP = -1;
  private static final long APIC_ENABLED = 1 << 11;

  /** The register of the timer's current count (Intel SDM vol. 3, 11.5.4). */
  private static final int CURRENT_COUNT = 0x390;

  private static final long APIC_X2 = 1 << 10;

  private final int index;
  private final Cpu cpu;
  private final Interpreter interpreter;
  private final SoftProcessors machine;
  private final LocalApicPort apic;
  private final SoftDebug debug;
  private final SeededRandom repeatable;
  private boolean nmiPending;
  private boolean initPending;
  private int startupPending = NO_STARTUP;

  /** Linear address of an instruction to be executed though it has a breakpoint, or 0. */
  private long passing;

  SoftVcpu(int index, Engine.Wiring wiring, CodeCache code, BlockTranslator translator, SoftProcessors machine) {
    this.index = index;
    this.machine = machine;
    repeatable = new SeededRandom(index + 1L);
    apic = wiring.apics().apply(index);
    cpu = new Cpu(wiring.memory(), wiring.mmio(), wiring.ports(), code);
    cpu.environment =
        new VcpuEnvironment(
            wiring.clock(), apic, index, wiring.vcpus(), random(wiring), new Cpuid(CpuModel.DEFAULT, wiring.vcpus()));
    cpu.yieldOnPause = wiring.vcpus() > 1;
    code.addView(cpu.memory);
    cpu.memory.mapApic(new ApicWindow(apic, cpu));
    interpreter = new Interpreter(cpu, code, translator);
    debug = new SoftDebug(cpu, code);
    Reset.powerUp(cpu);
    cpu.waitingForStartup = index != 0;
  }

  /** Randomness that repeats with a virtual clock, where runs repeat. */
  private LongSupplier random(Engine.Wiring wiring) {
    return wiring.clock() instanceof VirtualClock ? repeatable::nextLong : new HostRandom()::nextLong;
  }

  /** The CPU, for tests and tools inside the engine. */
  public Cpu cpu() {
    return cpu;
  }

  @Override
  public int index() {
    return index;
  }

  @Override
  public long instructionsRetired() {
    return cpu.retired();
  }

  @Override
  public long[] lastBranches() {
    return interpreter.branches().last();
  }

  /** Compares runs of translated code with the interpreter from now on. */
  void checkTranslation() {
    interpreter.checkRegions();
  }

  /** How many runs of translated code were compared with the interpreter. */
  long checkedRuns() {
    return interpreter.checkedRuns();
  }

  /** Instructions that translated code has retired. */
  public long translatedInstructions() {
    return interpreter.translatedInstructions();
  }

  /** How often translated code was entered from the interpreter's loop. */
  public long regionEntries() {
    return interpreter.regionEntries();
  }

  @Override
  public VcpuState save() {
    return CpuState.save(cpu);
  }

  @Override
  public void restore(VcpuState state) {
    CpuState.restore(cpu, state);
    interpreter.clearTripleFault();
    nmiPending = false;
    initPending = false;
    startupPending = NO_STARTUP;
    cpu.attention = true;
  }

  /**
   * All that a vCPU must have to go on exactly as it did.
   *
   * @param registers the architectural state
   * @param retired instructions since power-on
   * @param nmi an NMI waits
   * @param init an INIT waits
   * @param startup a start-up vector that waits, or -1
   * @param random what its random numbers follow from
   */
  public record State(VcpuState registers, long retired, boolean nmi, boolean init, int startup, long random) {}

  State saveAll() {
    return new State(save(), cpu.retired(), nmiPending, initPending, startupPending, repeatable.save());
  }

  void restoreAll(State state) {
    cpu.remaining = 0;
    cpu.sliceLength = 0;
    cpu.retiredBefore = state.retired;
    restore(state.registers);
    nmiPending = state.nmi;
    initPending = state.init;
    startupPending = state.startup;
    repeatable.restore(state.random);
    passing = 0;
    debug.forget();
  }

  @Override
  public DebugTarget debug() {
    return debug;
  }

  // --- signals
  // -----------------------------------------------------------------------------------------------------------

  @Override
  public void interruptRequested() {
    cpu.attention = true;
    machine.endTurn();
  }

  @Override
  public void nmi() {
    nmiPending = true;
    cpu.attention = true;
    machine.endTurn();
  }

  @Override
  public void init() {
    initPending = true;
    startupPending = NO_STARTUP;
    machine.endTurn();
  }

  @Override
  public void startup(int vector) {
    if (cpu.waitingForStartup || initPending) {
      startupPending = vector;
      machine.endTurn();
    }
  }

  /** Tells a log of changes of flow from now on. */
  void traceFlow(FlowLog log) {
    cpu.flow = log;
  }

  /** Sets what the other vCPUs and idle time add to the time of this vCPU's records. */
  void setFlowBase(long ticks) {
    cpu.flowBase = ticks;
  }

  void endTurn() {
    cpu.endSlice();
  }

  // --- running
  // -----------------------------------------------------------------------------------------------------------

  /** The machine runs again after a stop. */
  void resume() {
    if (debug.resume()) {
      passing = cpu.linearOf(cpu.rip);
    }
  }

  /** Takes INIT and start-up signals, wakes from HLT, and says whether there is something to run. */
  boolean isReady() {
    if (debug.isHeld()) {
      return false;
    }
    if (initPending) {
      initPending = false;
      Reset.init(cpu);
      apic.initialize();
      cpu.waitingForStartup = index != 0;
    }
    if (startupPending != NO_STARTUP && cpu.waitingForStartup) {
      Reset.startup(cpu, startupPending);
      startupPending = NO_STARTUP;
    }
    if (cpu.waitingForStartup) {
      return false;
    }
    if (cpu.halted && (nmiWaits() || interruptWaits())) {
      cpu.halted = false;
    }
    return !cpu.halted;
  }

  private boolean nmiWaits() {
    return nmiPending && !cpu.nmiMasked;
  }

  private boolean interruptWaits() {
    return (cpu.sys.eflags & Flags.IF) != 0 && apic.interruptPending();
  }

  /** Says whether anything but another vCPU could end its waiting: a timer, a device, somebody outside. */
  boolean canBeWoken() {
    return !cpu.waitingForStartup && (!cpu.halted || (cpu.sys.eflags & Flags.IF) != 0 || apic.mayInterruptUnmasked());
  }

  /**
   * Delivers what waits and runs up to {@code instructions}.
   *
   * @return why the machine must stop, or null
   */
  @Nullable ExitReason runTurn(long instructions) {
    boolean shadow = cpu.interruptShadow;
    cpu.interruptShadow = false;
    cpu.breakpointHeldOff = shadow && cpu.trapHeldOff; // a load of SS, as STI holds off no trap
    if (!shadow && !debug.holdsInterrupts() && !deliverWaiting()) {
      return ExitReason.TRIPLE_FAULT;
    }
    if (debug.isHit()) { // a watched stack
      return ExitReason.BREAKPOINT;
    }
    cpu.attention = nmiPending || apic.interruptPending();
    boolean stepping = (cpu.sys.eflags & Flags.TF) != 0 || Debugging.anyBreakpoint(cpu) || debug.isStepping();
    if (stepping) {
      return stepSeveral(instructions);
    }
    if (passing != 0) {
      ExitReason reason = stepSeveral(1);
      passing = 0;
      return reason;
    }
    begin(shadow ? 1 : instructions);
    interpreter.run();
    settle();
    if (interpreter.tripleFault()) {
      return ExitReason.TRIPLE_FAULT;
    }
    return debug.isHit() ? ExitReason.BREAKPOINT : null;
  }

  private boolean deliverWaiting() {
    if (nmiWaits()) {
      nmiPending = false;
      return Interrupts.deliverNmi(cpu);
    }
    if (cpu.attention && interruptWaits()) {
      int vector = apic.acknowledge();
      if (vector >= 0) {
        boolean delivered = Interrupts.deliverExternal(cpu, vector);
        interpreter.branches().add(cpu.rip);
        return delivered;
      }
    }
    return true;
  }

  private void begin(long instructions) {
    cpu.remaining = instructions;
    cpu.sliceLength = instructions;
  }

  private void settle() {
    cpu.retiredBefore += cpu.sliceLength - cpu.remaining;
    cpu.remaining = 0;
    cpu.sliceLength = 0;
  }

  /** Runs one instruction at a time: the trap flag, the guest's debug registers or a debugger's step. */
  private @Nullable ExitReason stepSeveral(long instructions) {
    for (long n = 0; n < instructions && !cpu.halted; n++) {
      long linear = cpu.linearOf(cpu.rip);
      if (linear != passing && debug.stopsBefore(linear)) {
        return ExitReason.BREAKPOINT;
      }
      passing = 0;
      boolean trap = (cpu.sys.eflags & Flags.TF) != 0;
      begin(1);
      boolean completed = interpreter.step();
      settle();
      boolean loadedStack =
          completed && cpu.trapHeldOff && cpu.interruptShadow; // its trap follows the next instruction
      long causes = loadedStack ? 0 : debug.takeGuestHits() | (trap && !cpu.trapHeldOff ? Debugging.DR6_BS : 0);
      if (interpreter.tripleFault() || completed && causes != 0 && !Interrupts.deliverDebugTrap(cpu, causes)) {
        return ExitReason.TRIPLE_FAULT;
      }
      if (debug.isStepping() || debug.isHit()) {
        return ExitReason.BREAKPOINT;
      }
      if (cpu.attention || cpu.interruptShadow) {
        break;
      }
    }
    return null;
  }

  /** All decoded code is about to go: keeps none of it. */
  void forgetCode() {
    interpreter.forgetBlocks();
  }

  void close() {
    interpreter.close();
    cpu.memory.close();
  }

  /** The local APIC's page in xAPIC mode: 32-bit registers, 16 bytes apart. */
  private record ApicWindow(LocalApicPort apic, Cpu cpu) implements LinearMemory.ApicPage {
    @Override
    public long base() {
      long base = apic.apicBase();
      return (base & (APIC_ENABLED | APIC_X2)) == APIC_ENABLED ? base & -4096L : -1;
    }

    @Override
    public long read(int offset, int size) {
      if ((offset & ~15) == CURRENT_COUNT) {
        cpu.tellFlow(FlowLog.CLOCK, 1, 0, 0);
      }
      long value = apic.read(offset & ~15) & 0xffff_ffffL;
      return (offset & 15) >= 4 ? 0 : value >>> ((offset & 3) * 8);
    }

    @Override
    public void write(int offset, int size, long value) {
      if ((offset & 15) == 0 && size >= 4) {
        apic.write(offset, value & 0xffff_ffffL);
      }
    }
  }
}
