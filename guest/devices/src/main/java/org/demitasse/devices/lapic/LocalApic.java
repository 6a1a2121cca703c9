package org.demitasse.devices.lapic;

import java.util.Arrays;
import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.vcpu.LocalApicPort;
import org.demitasse.core.vcpu.VcpuSignals;
import org.jspecify.annotations.Nullable;

/**
 * A local APIC, xAPIC and x2APIC (Intel SDM volume 3, chapter 11).
 *
 * <p>It starts as firmware would leave it: globally enabled, and on the bootstrap processor with LINT0 open for the
 * 8259s (virtual wire mode), so that a guest that knows no APIC gets its interrupts.
 */
public final class LocalApic implements LocalApicPort {
  /** Where the registers are after reset. */
  public static final long DEFAULT_BASE = 0xfee0_0000L;

  static final int TIMER = 0;
  static final int LINT0 = 3;
  static final int LINT1 = 4;
  static final int ERROR = 5;
  static final int LVT_READ_ONLY = 0x1000 | 0x4000; // delivery status, remote IRR
  static final int LVT_ENTRIES = 6;
  static final int LVT_MASKED = 0x1_0000;
  private static final int LVT_VIRTUAL_WIRE = 0x700;

  private static final long BASE_BOOTSTRAP = 0x100;
  private static final long BASE_X2APIC = 0x400;
  private static final long BASE_ENABLE = 0x800;
  private static final long BASE_RESERVED = 0xfff0_0000_0000_02ffL;

  static final int VERSION = 0x14 | (LVT_ENTRIES - 1) << 16;
  private static final int SVR_ENABLE = 0x100;
  private static final int ESR_SEND_ILLEGAL_VECTOR = 0x20;
  private static final int ESR_RECEIVE_ILLEGAL_VECTOR = 0x40;
  private static final int ESR_ILLEGAL_REGISTER = 0x80;
  private static final int LEAST_VECTOR = 16;

  /** The low half of the interrupt command register without reserved bits and delivery status. */
  private static final int ICR_WRITABLE = 0xc_cfff;

  private final int id;
  private final boolean bootstrap;
  private final ApicBus bus;
  private final ApicTimer timer;
  private @Nullable VcpuSignals signals;

  private long apicBase;
  private int taskPriority;
  private int logicalDestination;
  private int destinationFormat;
  private int spuriousVector;
  private long interruptCommand;
  private int errorStatus;
  private int latentErrors;
  private final int[] localVectorTable = new int[LVT_ENTRIES];
  private final VectorSet requests = new VectorSet();
  private final VectorSet inService = new VectorSet();
  private final VectorSet levelTriggered = new VectorSet();
  private boolean externalRequested;
  private boolean pending; // derived from all the above and the bus's external line

  /**
   * Makes a local APIC in its power-up state and puts it on the bus.
   *
   * @param id APIC ID, 0-254
   * @param bootstrap whether its vCPU is the bootstrap processor
   */
  public LocalApic(int id, boolean bootstrap, GuestClock clock, ApicBus bus) {
    if (id < 0 || id > 254) {
      throw new IllegalArgumentException("local APIC ID %d is not in 0-254".formatted(id));
    }
    this.id = id;
    this.bootstrap = bootstrap;
    this.bus = bus;
    timer = new ApicTimer(clock, () -> deliverLocal(TIMER));
    apicBase = DEFAULT_BASE | BASE_ENABLE | (bootstrap ? BASE_BOOTSTRAP : 0);
    initialize();
    bus.add(this);
  }

  /** Connects the vCPU that this APIC belongs to. Until then its signals are dropped. */
  public void connect(VcpuSignals vcpu) {
    signals = vcpu;
  }

  /** The APIC ID. */
  public int id() {
    return id;
  }

  @Override
  public void initialize() {
    taskPriority = 0;
    logicalDestination = 0;
    destinationFormat = 0xffff_ffff;
    spuriousVector = 0xff;
    interruptCommand = 0;
    errorStatus = 0;
    latentErrors = 0;
    Arrays.fill(localVectorTable, LVT_MASKED);
    if (bootstrap) {
      localVectorTable[LINT0] = LVT_VIRTUAL_WIRE;
    }
    requests.clear();
    inService.clear();
    levelTriggered.clear();
    externalRequested = false;
    timer.reset();
    update();
  }

  // Modes

  @Override
  public long apicBase() {
    return apicBase;
  }

  @Override
  public void setApicBase(long value) {
    if ((value & BASE_RESERVED) != 0) {
      throw new IllegalArgumentException("IA32_APIC_BASE 0x%x has reserved bits".formatted(value));
    }
    boolean enable = (value & BASE_ENABLE) != 0;
    boolean extended = (value & BASE_X2APIC) != 0;
    boolean forbidden =
        (extended && !enable) // no such mode
            || (extended && !globallyEnabled()) // only from xAPIC mode
            || (!extended && enable && x2apic()); // only by way of disabled
    if (forbidden) {
      throw new IllegalArgumentException("IA32_APIC_BASE 0x%x from 0x%x is no legal step".formatted(value, apicBase));
    }
    boolean disabling = !enable && globallyEnabled();
    apicBase = (value & ~BASE_BOOTSTRAP) | (apicBase & BASE_BOOTSTRAP);
    if (disabling) {
      initialize();
    }
    update();
  }

  private boolean globallyEnabled() {
    return (apicBase & BASE_ENABLE) != 0;
  }

  private boolean x2apic() {
    return (apicBase & BASE_X2APIC) != 0;
  }

  /** Whether the APIC takes fixed interrupts. */
  boolean enabled() {
    return globallyEnabled() && (spuriousVector & SVR_ENABLE) != 0;
  }

  // Registers

  @Override
  public long read(int offset) {
    return globallyEnabled() && !x2apic() ? readRegister(offset >>> 4 & 0xff) & 0xffff_ffffL : 0xffff_ffffL;
  }

  @Override
  public void write(int offset, long value) {
    if (globallyEnabled() && !x2apic()) {
      writeRegister(offset >>> 4 & 0xff, value & 0xffff_ffffL);
    }
  }

  @Override
  public long readMsr(int msr) {
    int register = msr - 0x800;
    if (!x2apic() || !ApicRegisters.readableMsr(register)) {
      throw new IllegalArgumentException("MSR 0x%x cannot be read".formatted(msr));
    }
    return register == ApicRegisters.ICR ? interruptCommand : readRegister(register) & 0xffff_ffffL;
  }

  @Override
  public void writeMsr(int msr, long value) {
    int register = msr - 0x800;
    long bits = ApicRegisters.writableMsrBits(register);
    if (!x2apic() || bits == -1 || (value & ~bits) != 0) {
      throw new IllegalArgumentException("MSR 0x%x cannot be set to 0x%x".formatted(msr, value));
    }
    switch (register) {
      case ApicRegisters.ICR -> {
        interruptCommand = value & ~0x1000L;
        sendCommand((int) (value >>> 32), (int) value);
      }
      case ApicRegisters.SELF_IPI -> accept(DeliveryMode.FIXED, (int) value, false);
      default -> writeRegister(register, value);
    }
  }

  private int readRegister(int register) {
    return switch (register) {
      case ApicRegisters.ID -> x2apic() ? id : id << 24;
      case ApicRegisters.VERSION -> VERSION;
      case ApicRegisters.TPR -> taskPriority;
      case ApicRegisters.APR, ApicRegisters.PPR -> processorPriority();
      case ApicRegisters.RRD, ApicRegisters.EOI -> 0;
      case ApicRegisters.LDR -> x2apic() ? x2apicLogicalId() : logicalDestination;
      case ApicRegisters.DFR -> destinationFormat;
      case ApicRegisters.SVR -> spuriousVector;
      case ApicRegisters.ESR -> errorStatus;
      case ApicRegisters.ICR -> (int) interruptCommand;
      case ApicRegisters.ICR_HIGH -> (int) (interruptCommand >>> 32);
      case ApicRegisters.INITIAL_COUNT -> (int) timer.initialCount();
      case ApicRegisters.CURRENT_COUNT -> (int) timer.currentCount();
      case ApicRegisters.DIVIDE_CONFIGURATION -> timer.divideConfiguration();
      default -> readBank(register);
    };
  }

  private int readBank(int register) {
    if (register >= ApicRegisters.LVT_TIMER && register <= ApicRegisters.LVT_ERROR) {
      return localVectorTable[register - ApicRegisters.LVT_TIMER];
    }
    return switch (register & ~7) {
      case ApicRegisters.ISR -> inService.register(register & 7);
      case ApicRegisters.TMR -> levelTriggered.register(register & 7);
      case ApicRegisters.IRR -> requests.register(register & 7);
      default -> {
        error(ESR_ILLEGAL_REGISTER);
        yield 0;
      }
    };
  }

  private void writeRegister(int register, long value) {
    switch (register) {
      case ApicRegisters.TPR -> setTaskPriority((int) value & 0xff);
      case ApicRegisters.EOI -> endOfInterrupt();
      case ApicRegisters.LDR -> logicalDestination = (int) value & 0xff00_0000;
      case ApicRegisters.DFR -> destinationFormat = (int) value | 0x0fff_ffff;
      case ApicRegisters.SVR -> writeSpuriousVector((int) value);
      case ApicRegisters.ESR -> {
        errorStatus = latentErrors;
        latentErrors = 0;
      }
      case ApicRegisters.ICR -> {
        interruptCommand = (interruptCommand & ~0xffff_ffffL) | (value & ICR_WRITABLE);
        sendCommand((int) (interruptCommand >>> 56), (int) interruptCommand);
      }
      case ApicRegisters.ICR_HIGH ->
          interruptCommand = (interruptCommand & 0xffff_ffffL) | (value & 0xff00_0000L) << 32;
      case ApicRegisters.INITIAL_COUNT -> timer.setInitialCount(value);
      case ApicRegisters.DIVIDE_CONFIGURATION -> timer.setDivideConfiguration((int) value);
      case ApicRegisters.ID,
          ApicRegisters.VERSION,
          ApicRegisters.APR,
          ApicRegisters.PPR,
          ApicRegisters.RRD,
          ApicRegisters.CURRENT_COUNT -> {} // read-only
      default -> writeLocalVector(register - ApicRegisters.LVT_TIMER, (int) value);
    }
  }

  private void writeSpuriousVector(int value) {
    boolean before = enabled();
    spuriousVector = value & 0x3ff;
    if (!before && enabled()) {
      bus.accepts();
    }
    if (!enabled()) {
      for (int i = 0; i < LVT_ENTRIES; i++) {
        localVectorTable[i] |= LVT_MASKED;
      }
    }
    update();
  }

  private void writeLocalVector(int entry, int value) {
    if (entry < 0 || entry >= LVT_ENTRIES) {
      error(ESR_ILLEGAL_REGISTER);
      return;
    }
    int lvt = (value & ApicRegisters.lvtBits(entry)) | (enabled() ? 0 : LVT_MASKED);
    localVectorTable[entry] = lvt;
    if (entry == TIMER) {
      timer.setMode(Math.min(lvt >>> 17 & 3, ApicTimer.TSC_DEADLINE));
    }
    update();
  }

  private void error(int bit) {
    latentErrors |= bit;
    int lvt = localVectorTable[ERROR];
    if ((lvt & LVT_MASKED) == 0 && (lvt & 0xff) >= LEAST_VECTOR) { // an illegal vector here must not report itself
      deliverLocal(ERROR);
    }
  }

  // Priorities and the processor's side

  @Override
  public int taskPriorityClass() {
    return taskPriority >>> 4;
  }

  @Override
  public void setTaskPriorityClass(int priorityClass) {
    setTaskPriority((priorityClass & 0xf) << 4);
  }

  private void setTaskPriority(int value) {
    taskPriority = value;
    update();
  }

  /** The processor priority register (11.8.3.1). */
  int processorPriority() {
    int service = Math.max(0, inService.highest());
    return (taskPriority & 0xf0) >= (service & 0xf0) ? taskPriority : service & 0xf0;
  }

  @Override
  public boolean interruptPending() {
    return pending;
  }

  @Override
  public int acknowledge() {
    if (externalReady()) {
      externalRequested = false;
      int vector = bus.acknowledgeExternal();
      update();
      return vector;
    }
    if (!fixedReady()) {
      return -1;
    }
    int vector = requests.highest();
    requests.remove(vector);
    inService.add(vector);
    update();
    return vector;
  }

  private void endOfInterrupt() {
    int vector = inService.highest();
    if (vector < 0) {
      return;
    }
    inService.remove(vector);
    update();
    if (levelTriggered.contains(vector)) {
      bus.ended(vector);
    }
  }

  private boolean fixedReady() {
    int vector = requests.highest();
    return vector >= 0 && enabled() && vector >>> 4 > processorPriority() >>> 4;
  }

  private boolean externalReady() {
    return bus.externalLevel() && (externalRequested || opensExternal());
  }

  /** A globally disabled APIC is a plain wire; an enabled one lets the 8259s through LINT0 in ExtINT mode. */
  private boolean opensExternal() {
    int lvt = localVectorTable[LINT0];
    return !globallyEnabled() || ((lvt & LVT_MASKED) == 0 && DeliveryMode.of(lvt) == DeliveryMode.EXTINT);
  }

  /** LINT1, the NMI line, does not count: no device has it. */
  @Override
  public boolean mayInterruptUnmasked() {
    int lvt = localVectorTable[LINT0];
    return (lvt & LVT_MASKED) == 0 && DeliveryMode.of(lvt).ignoresInterruptFlag() || bus.hasUnmaskedInputs();
  }

  private void update() {
    boolean now = fixedReady() || externalReady();
    boolean rose = now && !pending;
    pending = now;
    if (rose && signals != null) {
      signals.interruptRequested();
    }
  }

  // Messages in

  /** Says whether a destination means this APIC (11.6.2). */
  boolean matches(int destination, boolean logical) {
    if (destination == InterruptMessage.BROADCAST) {
      return true;
    }
    if (!logical) {
      return destination == id;
    }
    if (x2apic()) {
      int own = x2apicLogicalId();
      return destination >>> 16 == own >>> 16 && (destination & own & 0xffff) != 0;
    }
    int own = logicalDestination >>> 24;
    if (destinationFormat >>> 28 == 0xf) {
      return (destination & own) != 0;
    }
    return ((destination & 0xf0) == 0xf0 && (destination & own & 0xf) != 0) // all clusters
        || ((destination ^ own) >>> 4 == 0 && (destination & own & 0xf) != 0);
  }

  private int x2apicLogicalId() {
    return id >>> 4 << 16 | 1 << (id & 15);
  }

  /** Takes an interrupt message; false if it is not accepted and should be sent again. */
  boolean accept(DeliveryMode mode, int vector, boolean level) {
    VcpuSignals vcpu = signals;
    switch (mode) {
      case FIXED, LOWEST_PRIORITY -> {
        return acceptFixed(vector, level);
      }
      case EXTINT -> {
        externalRequested = true;
        update();
      }
      case INIT -> {
        initialize();
        if (vcpu != null) {
          vcpu.init();
        }
      }
      case NMI -> {
        if (vcpu != null) {
          vcpu.nmi();
        }
      }
      case STARTUP -> {
        if (vcpu != null) {
          vcpu.startup(vector);
        }
      }
      case SMI, RESERVED -> {
        return false;
      }
    }
    return true;
  }

  private boolean acceptFixed(int vector, boolean level) {
    if (!enabled()) {
      return false;
    }
    if (vector < LEAST_VECTOR) {
      error(ESR_RECEIVE_ILLEGAL_VECTOR);
      return false;
    }
    requests.add(vector);
    if (level) {
      levelTriggered.add(vector);
    } else {
      levelTriggered.remove(vector);
    }
    update();
    return true;
  }

  void externalLineChanged(boolean level) {
    if (level && globallyEnabled() && !opensExternal()) {
      deliverLocal(LINT0);
    }
    update();
  }

  void nonMaskableLineChanged(boolean level) {
    if (!level) {
      return;
    }
    if (globallyEnabled()) {
      deliverLocal(LINT1);
    } else {
      accept(DeliveryMode.NMI, 0, false); // a disabled APIC's LINT1 is the processor's NMI pin
    }
  }

  /** Delivers an interrupt of the local vector table, if its entry is not masked. */
  private void deliverLocal(int entry) {
    int lvt = localVectorTable[entry];
    if ((lvt & LVT_MASKED) == 0) {
      DeliveryMode mode = entry == TIMER || entry == ERROR ? DeliveryMode.FIXED : DeliveryMode.of(lvt);
      accept(mode, lvt & 0xff, false);
    }
  }

  // Messages out

  @Override
  public void send(int destination, int command) {
    sendCommand(destination, command & ICR_WRITABLE);
  }

  /** Sends what the low half of the interrupt command register says (11.6.1). */
  private void sendCommand(int destination, int command) {
    InterruptMessage message =
        x2apic()
            ? new InterruptMessage(destination, (command & 0x800) != 0, DeliveryMode.of(command), command & 0xff, false)
            : InterruptMessage.of(command, destination & 0xff, false);
    if (message.mode() == DeliveryMode.INIT && (command & 0xc000) == 0x8000) {
      return; // INIT level de-assert: does nothing since the Pentium 4
    }
    boolean fixed = message.mode() == DeliveryMode.FIXED || message.mode() == DeliveryMode.LOWEST_PRIORITY;
    if (fixed && message.vector() < LEAST_VECTOR) {
      error(ESR_SEND_ILLEGAL_VECTOR);
      return;
    }
    switch (command >>> 18 & 3) {
      case 0 -> bus.deliver(message);
      case 1 -> accept(message.mode(), message.vector(), false);
      case 2 -> bus.deliverShorthand(message, null);
      default -> bus.deliverShorthand(message, this);
    }
  }

  // The timer's deadline

  @Override
  public long tscDeadline() {
    return timer.tscDeadline();
  }

  @Override
  public void setTscDeadline(long ticks) {
    timer.setTscDeadline(ticks);
  }

  // State

  /** Takes a copy of the state. */
  public LocalApicState save() {
    return new LocalApicState(
        apicBase,
        taskPriority,
        logicalDestination,
        destinationFormat,
        spuriousVector,
        interruptCommand,
        errorStatus,
        latentErrors,
        localVectorTable.clone(),
        requests.save(),
        inService.save(),
        levelTriggered.save(),
        externalRequested,
        timer.save());
  }

  /** Sets the state and arms the timer accordingly. */
  public void restore(LocalApicState state) {
    apicBase = state.apicBase();
    taskPriority = state.taskPriority();
    logicalDestination = state.logicalDestination();
    destinationFormat = state.destinationFormat();
    spuriousVector = state.spuriousVector();
    interruptCommand = state.interruptCommand();
    errorStatus = state.errorStatus();
    latentErrors = state.latentErrors();
    System.arraycopy(state.localVectorTable(), 0, localVectorTable, 0, LVT_ENTRIES);
    requests.restore(state.requests());
    inService.restore(state.inService());
    levelTriggered.restore(state.levelTriggered());
    externalRequested = state.externalRequested();
    timer.restore(state.timer());
    update();
  }
}
