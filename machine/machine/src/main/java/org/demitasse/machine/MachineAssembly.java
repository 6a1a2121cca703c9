package org.demitasse.machine;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.demitasse.boot.BootException;
import org.demitasse.boot.BootProtocol;
import org.demitasse.boot.Initrd;
import org.demitasse.boot.Layout;
import org.demitasse.boot.guest.OwnGuest;
import org.demitasse.boot.loader.GuestSystem;
import org.demitasse.boot.loader.KernelImage;
import org.demitasse.boot.loader.KernelLoader;
import org.demitasse.boot.protocol.Boot;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.bus.IrqLine;
import org.demitasse.core.clock.GuestClock;
import org.demitasse.core.clock.HostClock;
import org.demitasse.core.clock.VirtualClock;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.random.HostRandom;
import org.demitasse.core.random.SeededRandom;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.core.vcpu.InterruptInputs;
import org.demitasse.cpu.SoftProcessors;
import org.demitasse.devices.fwcfg.FirmwareConfig;
import org.demitasse.devices.i8042.KeyboardController;
import org.demitasse.devices.ioapic.IoApic;
import org.demitasse.devices.irq.InterruptLines;
import org.demitasse.devices.irq.SavedChips;
import org.demitasse.devices.lapic.ApicBus;
import org.demitasse.devices.lapic.LocalApic;
import org.demitasse.devices.pic.PicPair;
import org.demitasse.devices.pit.IntervalTimer;
import org.demitasse.devices.pit.SystemControlPortB;
import org.demitasse.devices.power.AcpiPorts;
import org.demitasse.devices.power.AcpiPower;
import org.demitasse.devices.power.DebugExit;
import org.demitasse.devices.power.PostCode;
import org.demitasse.devices.power.ResetControl;
import org.demitasse.devices.power.SystemControlPortA;
import org.demitasse.devices.rtc.RealTimeClock;
import org.demitasse.devices.serial.SerialInput;
import org.demitasse.devices.serial.SerialOutput;
import org.demitasse.devices.serial.SerialPort;
import org.demitasse.devices.testdevice.TestDevice;
import org.demitasse.network.EthernetLink;
import org.demitasse.storage.Disk;
import org.demitasse.storage.OverlayDisk;
import org.demitasse.storage.RawDisk;
import org.demitasse.virtio.block.VirtioBlock;
import org.demitasse.virtio.console.ConsolePort;
import org.demitasse.virtio.console.VirtioConsole;
import org.demitasse.virtio.device.VirtioDevice;
import org.demitasse.virtio.mmio.MmioTransport;
import org.demitasse.virtio.net.VirtioNet;
import org.demitasse.virtio.rng.VirtioRng;
import org.jspecify.annotations.Nullable;

/** The one wiring list: makes a machine out of its spec. Used once. */
final class MachineAssembly {
  /** Power-on of a machine on virtual time: 2026-01-01 00:00 UTC in nanoseconds since 1970. */
  private static final long VIRTUAL_WALL_NANOS = 1_767_225_600_000_000_000L;

  /** Seed of a machine on virtual time, where even randomness repeats. */
  private static final long VIRTUAL_SEED = 0xdeb1_7a55eL;

  /** The scratch disk that the embedded guest writes to, if no other is given. */
  private static final int HELLO_DISK_SECTORS = 2048;

  /** Locally administered, so it is nobody else's; one machine, one card. */
  private static final byte[] ETHERNET_ADDRESS = {0x02, 0x64, 0x65, 0x6d, 0x69, 0x01};

  private static final int COLUMNS = 80;
  private static final int ROWS = 25;

  private final MachineSpec spec;
  private final ConsoleOutput console;
  private final @Nullable String until;
  private final Consumer<String> warnings;
  private final Milestones milestones = new Milestones();
  private final Bus ports = new Bus("port");
  private final Bus mmio = new Bus("memory");
  private final List<Disk> disks = new ArrayList<>();
  private final List<JournaledDisk> journals = new ArrayList<>(); // those of the disks that a way back undoes
  private final Map<String, Supplier<String>> subjects = new LinkedHashMap<>();
  private final PastSpec past;
  private final boolean keepsPast;

  /** What has a state, in the order in which states are put back: whoever drives lines before whoever watches them. */
  private final List<Supplier<Runnable>> stateful = new ArrayList<>();

  private final List<Supplier<Runnable>> controllers = new ArrayList<>();

  private Engine.@Nullable Running running;
  private String announcement = "";
  private String engineName = "";

  MachineAssembly(
      MachineSpec spec, ConsoleOutput console, @Nullable String until, Consumer<String> warnings, PastSpec past) {
    this.past = past;
    keepsPast = past.reversible() && spec.clock() == ClockMode.VIRTUAL && spec.vcpus() == 1;
    this.spec = spec;
    this.console = console;
    this.until = until;
    this.warnings = warnings;
  }

  /** Makes the machine; what was opened is closed again if it cannot be made. */
  Machine assemble() throws UnusableInputException {
    KernelImage kernel = kernel();
    openDisks();
    GuestMemory memory = allocate();
    boolean done = false;
    try {
      Machine machine = wire(kernel, memory);
      done = true;
      if (!announcement.isEmpty()) { // not before, so that input that cannot be used is one sentence
        warnings.accept(announcement);
      }
      return machine;
    } finally {
      if (!done) {
        if (running != null) {
          running.close();
        }
        memory.close();
        closeDisks();
      }
    }
  }

  private Machine wire(KernelImage kernel, GuestMemory memory) throws UnusableInputException {
    GuestClock clock = spec.clock() == ClockMode.HOST ? new HostClock() : new VirtualClock(VIRTUAL_WALL_NANOS);
    ApicBus apicBus = new ApicBus();
    List<LocalApic> apics = new ArrayList<>();
    for (int id = 0; id < spec.vcpus(); id++) {
      apics.add(new LocalApic(id, id == 0, clock, apicBus));
    }
    Engine.Running engine = makeEngine(new Engine.Wiring(memory, mmio, ports, clock, spec.vcpus(), apics::get));
    for (int id = 0; id < spec.vcpus(); id++) {
      apics.get(id).connect(engine.signals(id));
    }
    Ending ending = new Ending(engine, clock, milestones);
    InterruptLines lines =
        engine
            .interruptInputs()
            .map(inputs -> enginesControllers(engine, inputs))
            .orElseGet(() -> interruptControllers(apicBus, apics));
    timers(clock, lines, memory);
    power(clock, lines, ending);
    ports.map("fw_cfg", FirmwareConfig.PORT, FirmwareConfig.PORTS, new FirmwareConfig(memory, spec.vcpus(), Map.of()));
    boolean onSerial = spec.console() == ConsoleKind.COM;
    ConsoleWatch told = new ConsoleWatch(console, ending, until);
    ConsoleGate watch = new ConsoleGate(told);
    SerialPort serial = new SerialPort(lines.connect(Layout.COM1_GSI), onSerial ? watch::put : SerialOutput.NONE);
    ports.map("serial", Layout.COM1, SerialPort.PORTS, serial);
    keeps(serial::save, serial::restore);
    ConsolePort consolePort = new ConsolePort("", onSerial ? bytes -> {} : bytes -> putAll(bytes, watch));
    VirtioSlots slots = new VirtioSlots(memory, mmio, lines, engine::post, warnings);
    plugVirtio(slots, List.of(consolePort, ControlPort.of(ending)));
    subjects.put("virtio", () -> Description.virtio(slots.transports()));
    BootFacts facts = boot(kernel, memory, slots, engine);
    ConsoleInput input =
        onSerial ? new SerialConsoleInput(new SerialInput(serial, clock)) : new PortConsoleInput(consolePort);
    Timeline timeline = timeline(engine, clock, memory, input, watch, inOrder(lines, apicBus, apics));
    return new Machine(
        new Machine.Parts(
            engine,
            kernel,
            memory,
            ports,
            mmio,
            disks,
            input,
            ending,
            milestones,
            clock,
            subjects,
            timeline,
            facts,
            engineName,
            told::lastLines));
  }

  private @Nullable Timeline timeline(
      Engine.Running engine,
      GuestClock clock,
      GuestMemory memory,
      ConsoleInput input,
      ConsoleGate gate,
      List<Supplier<Runnable>> devices)
      throws UnusableInputException {
    if (engine instanceof SoftProcessors soft
        && clock instanceof VirtualClock virtual
        && spec.vcpus() == 1
        && (keepsPast || past.hasFile())) {
      Recorder recorder = new Recorder(past, spec, warnings);
      return new Timeline(soft, virtual, memory, input, gate, devices, recorder, keepsPast, journals, warnings);
    }
    if (past.hasFile()) {
      throw new UnusableInputException("only a machine with one vCPU on virtual time can be recorded and replayed");
    }
    return null;
  }

  private <S> void keeps(Supplier<S> save, Consumer<S> restore) {
    stateful.add(() -> {
      S state = save.get();
      return () -> restore.accept(state);
    });
  }

  /** Devices first, which drive lines; then the lines and those who watch them; the local APICs last. */
  private List<Supplier<Runnable>> inOrder(InterruptLines lines, ApicBus apicBus, List<LocalApic> apics) {
    controllers.addFirst(() -> {
      InterruptLines.State state = lines.save();
      return () -> lines.restore(state);
    });
    stateful.addAll(controllers);
    keeps(apicBus::save, apicBus::restore);
    apics.forEach(apic -> keeps(apic::save, apic::restore));
    return stateful;
  }

  private Engine.Running makeEngine(Engine.Wiring wiring) throws UnusableEngineException {
    Engines.Choice choice = Engines.choose(spec.engine(), spec.clock());
    try {
      Engine.Running engine = choice.engine().create(wiring);
      running = engine;
      announcement = choice.sentence();
      engineName = choice.engine().name();
      return engine;
    } catch (IllegalStateException refused) {
      throw new UnusableEngineException(
          "cannot use the engine %s: %s".formatted(choice.engine().name(), refused.getMessage()), refused);
    }
  }

  /** Gives an engine's own controllers the identity and the triggers that ours would begin with. */
  private InterruptLines enginesControllers(Engine.Running engine, InterruptInputs inputs) {
    IoApic ioapic = new IoApic(Layout.ioapicId(spec.vcpus()), Layout.IOAPIC_PINS, new ApicBus());
    PicPair pic = new PicPair(level -> {}, levelTriggeredIrqs());
    engine.restoreInterruptChips(SavedChips.of(ioapic.save(), pic.save()));
    return new InterruptLines(inputs, Layout.IOAPIC_PINS);
  }

  private InterruptLines interruptControllers(ApicBus apicBus, List<LocalApic> apics) {
    IoApic ioapic = new IoApic(Layout.ioapicId(spec.vcpus()), Layout.IOAPIC_PINS, apicBus);
    PicPair pic =
        new PicPair(
            level -> {
              apicBus.externalLine().set(level);
              ioapic.setPin(0, level);
            },
            levelTriggeredIrqs());
    apicBus.externalAcknowledge(pic::acknowledge);
    mmio.map("ioapic", Layout.IOAPIC, IoApic.LENGTH, ioapic);
    ports.map("pic master", PicPair.MASTER_PORT, 2, pic.masterPorts());
    ports.map("pic slave", PicPair.SLAVE_PORT, 2, pic.slavePorts());
    ports.map("pic edge/level", PicPair.EDGE_LEVEL_PORT, 2, pic.edgeLevelPorts());
    subjects.put("irq", () -> Description.interrupts(pic, ioapic, apics));
    controllers.add(() -> {
      PicPair.State state = pic.save();
      return () -> pic.restore(state);
    });
    controllers.add(() -> {
      IoApic.State state = ioapic.save();
      return () -> ioapic.restore(state);
    });
    return new InterruptLines(pic, ioapic);
  }

  /** The lines that firmware would set to level-triggered: those of virtio devices, and the ACPI one. */
  private static int levelTriggeredIrqs() {
    int irqs = 1 << Layout.SCI_GSI;
    for (int slot = 0; slot < Layout.VIRTIO_SLOTS; slot++) {
      int gsi = Layout.virtioGsi(slot);
      irqs |= gsi < 16 ? 1 << gsi : 0;
    }
    return irqs;
  }

  private void timers(GuestClock clock, InterruptLines lines, GuestMemory memory) {
    IntervalTimer pit = new IntervalTimer(clock, lines.connect(InterruptLines.TIMER_IRQ));
    ports.map("pit", IntervalTimer.PORT, IntervalTimer.PORTS, pit);
    SystemControlPortB portB = new SystemControlPortB(pit, clock);
    ports.map("system control port b", SystemControlPortB.PORT, 1, portB);
    long low = memory.regions().getFirst().bytes();
    RealTimeClock rtc = new RealTimeClock(clock, lines.connect(Layout.RTC_GSI), low, memory.bytes() - low);
    ports.map("rtc", RealTimeClock.PORT, RealTimeClock.PORTS, rtc);
    keeps(pit::save, pit::restore);
    keeps(portB::save, portB::restore);
    keeps(rtc::save, rtc::restore);
  }

  private void power(GuestClock clock, InterruptLines lines, Ending ending) {
    KeyboardController keyboard = new KeyboardController(lines.connect(1), ending);
    ports.map("keyboard controller data", KeyboardController.DATA_PORT, 1, keyboard.dataPort());
    ports.map("keyboard controller", KeyboardController.COMMAND_PORT, 1, keyboard.commandPort());
    PostCode post = new PostCode();
    SystemControlPortA portA = new SystemControlPortA(ending);
    ResetControl reset = new ResetControl(ending);
    ports.map("post code", PostCode.PORT, 1, post);
    ports.map("system control port a", SystemControlPortA.PORT, 1, portA);
    ports.map("reset control", ResetControl.PORT, ResetControl.PORTS, reset);
    keeps(keyboard::save, keyboard::restore);
    keeps(post::save, post::restore);
    keeps(portA::save, portA::restore);
    keeps(reset::save, reset::restore);
    AcpiPower acpi = new AcpiPower(clock, lines.connect(Layout.SCI_GSI), ending);
    ports.map("acpi power", AcpiPorts.BASE, AcpiPorts.LENGTH, acpi);
    keeps(acpi::save, acpi::restore);
    if (spec.debugExit()) {
      ports.map("debug exit", DebugExit.PORT, DebugExit.PORTS, new DebugExit(ending));
      testDevice(lines);
    }
  }

  private void testDevice(InterruptLines lines) {
    TestDevice device =
        new TestDevice(
            IntStream.range(0, Layout.IOAPIC_PINS)
                .<IrqLine>mapToObj(gsi -> gsi == InterruptLines.TIMER_PIN ? level -> {} : lines.connect(gsi))
                .toList());
    ports.map("test device", TestDevice.SCRATCH_PORT, TestDevice.SCRATCH_PORTS, device.scratchPorts());
    ports.map("test device lines", TestDevice.LINES_PORT, device.linePorts(), device.lines());
    mmio.map("test device memory", TestDevice.MEMORY, TestDevice.MEMORY_BYTES, device.memory());
    keeps(device::save, device::restore);
  }

  /** The console device is there on a serial console, too: its control port is how some guests power off. */
  private void plugVirtio(VirtioSlots slots, List<ConsolePort> consolePorts) {
    for (int i = 0; i < disks.size(); i++) {
      VirtioBlock block = new VirtioBlock("virtio-block " + i, disks.get(i), "demi-disk-" + i, warnings);
      plug(slots, block, block::save, block::restore);
    }
    VirtioConsole virtioConsole = new VirtioConsole("virtio-console", COLUMNS, ROWS, consolePorts);
    plug(slots, virtioConsole, virtioConsole::save, virtioConsole::restore);
    VirtioNet net = new VirtioNet("virtio-net", ETHERNET_ADDRESS.clone(), EthernetLink.nowhere());
    plug(slots, net, net::save, net::restore);
    slots.plug(new VirtioRng("virtio-rng", random()));
    MmioTransport rng = slots.transports().getLast();
    keeps(rng::save, rng::restore);
    slots.closeEmpty();
  }

  private <S> void plug(VirtioSlots slots, VirtioDevice device, Supplier<S> save, Consumer<S> restore) {
    slots.plug(device);
    MmioTransport transport = slots.transports().getLast();
    keeps(transport::save, transport::restore); // before the device, which it resets and starts
    keeps(save, restore);
  }

  private RandomGenerator random() {
    if (spec.clock() != ClockMode.VIRTUAL) {
      return new HostRandom();
    }
    SeededRandom repeatable = new SeededRandom(VIRTUAL_SEED);
    keeps(repeatable::save, repeatable::restore);
    return repeatable;
  }

  private static void putAll(byte[] bytes, ConsoleOutput output) {
    for (byte value : bytes) {
      output.put(value & 0xff);
    }
  }

  private BootFacts boot(KernelImage kernel, GuestMemory memory, VirtioSlots slots, Engine.Running engine)
      throws UnusableInputException {
    try {
      Optional<Initrd> initrd = spec.initrd() == null ? Optional.empty() : Optional.of(Initrd.open(spec.initrd()));
      Boot.Request request =
          new Boot.Request(
              kernel,
              initrd,
              append(kernel),
              spec.kernel() instanceof KernelSpec.KernelFile file
                  ? Optional.ofNullable(file.protocol())
                  : Optional.empty(),
              Optional.ofNullable(spec.discovery()),
              spec.vcpus(),
              slots.used());
      Boot.Prepared prepared = Boot.prepare(request, memory);
      engine.vcpus().getFirst().restore(prepared.state());
      BootProtocol protocol = prepared.kernel().protocol();
      return new BootFacts(
          kernel.isLinux(),
          protocol == BootProtocol.PVH,
          kernel.unpacksItself(protocol),
          prepared.cmdline(),
          disks.size(),
          spec.initrd() != null,
          spec.memoryMib());
    } catch (BootException unusable) {
      throw new UnusableInputException(unusable.getMessage(), unusable);
    }
  }

  /**
   * The user's words; a Linux or NetBSD kernel that is told no console would print nowhere. In front, as "--" ends the
   * kernel's part and NetBSD looks for it in the first 255 bytes only.
   */
  private String append(KernelImage kernel) {
    boolean told = (" " + spec.append().replace('\t', ' ')).contains(" console=");
    GuestSystem system = kernel.system();
    Optional<String> console = spec.console() == ConsoleKind.COM ? system.serialConsole() : system.virtioConsole();
    return told || console.isEmpty() ? spec.append() : "console=" + console.get() + " " + spec.append();
  }

  private KernelImage kernel() throws UnusableInputException {
    try {
      // Not a switch: on types it is linked at run time, which costs a cold start 20 ms.
      return spec.kernel() instanceof KernelSpec.KernelFile file
          ? KernelLoader.open(file.path())
          : OwnGuest.HELLO.image();
    } catch (BootException unusable) {
      throw new UnusableInputException(unusable.getMessage(), unusable);
    }
  }

  private void openDisks() throws UnusableInputException {
    try {
      for (DiskSpec disk : spec.disks()) {
        addDisk(open(disk));
      }
      if (spec.kernel() instanceof KernelSpec.Hello && disks.isEmpty()) {
        addDisk(RawDisk.temporary(temporaryDirectory(), HELLO_DISK_SECTORS));
      }
    } catch (IOException unusable) {
      closeDisks();
      throw new UnusableInputException(unusable.getMessage(), unusable);
    }
  }

  private void addDisk(Disk disk) {
    if (keepsPast) {
      JournaledDisk journaled = new JournaledDisk(disk, past.undoBytes() / Math.max(1, spec.disks().size()));
      stateful.add(journaled::keep);
      journals.add(journaled);
      disks.add(journaled);
    } else {
      disks.add(past.hasFile() ? new SteadyDisk(disk) : disk);
    }
  }

  /** A replay writes to no image: what it begins with is there for the next one. */
  private Disk open(DiskSpec disk) throws IOException {
    boolean overlay = disk.overlay() || past.replay() != null && !disk.readOnly();
    RawDisk raw = RawDisk.open(disk.file(), disk.readOnly() || overlay);
    if (raw.trailingBytes() > 0) {
      warnings.accept(
          "disk %s: its last %d bytes are no whole sector of 512 and are ignored"
              .formatted(disk.file(), raw.trailingBytes()));
    }
    return overlay ? OverlayDisk.over(raw, temporaryDirectory()) : raw;
  }

  private static Path temporaryDirectory() {
    return Path.of(System.getProperty("java.io.tmpdir", "."));
  }

  private void closeDisks() {
    for (Disk disk : disks) {
      try {
        disk.close();
      } catch (IOException alreadyFailing) {
        warnings.accept("cannot close disk %s: %s".formatted(disk.name(), alreadyFailing.getMessage()));
      }
    }
  }

  private GuestMemory allocate() throws UnusableInputException {
    try {
      return new GuestMemory((long) spec.memoryMib() << 20);
    } catch (OutOfMemoryError tooMuch) {
      closeDisks();
      throw new UnusableInputException(
          "this computer cannot give a guest %d MiB of memory".formatted(spec.memoryMib()), tooMuch);
    }
  }
}
