package org.demitasse.gdb;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.demitasse.core.vcpu.DebugTarget;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.gdb.PacketReader.Arrival;
import org.jspecify.annotations.Nullable;

/**
 * What one client and one machine say to each other (Debugging with GDB, appendix E). A thread is a vCPU; thread
 * numbers start at 1. Used by the machine's thread only, while the machine stands.
 */
final class DebugSession {
  private static final int PACKET_SIZE = 0x4000;
  private static final int SIGNAL_INTERRUPT = 2;
  private static final int SIGNAL_TRAP = 5;
  private static final int SIGNAL_SEGMENTATION_FAULT = 11;
  private static final String OK = "OK";
  private static final String UNKNOWN = "";
  private static final String ERROR_SYNTAX = "E01";
  private static final String ERROR_MEMORY = "E14";
  private static final String ERROR_NO_ROOM = "E28";
  private static final String NO_MORE_PAST = "replaylog:begin;";
  private static final String ERROR_THREAD = "E03";

  private final Client client;
  private final Debuggee machine;
  private final List<? extends Vcpu> vcpus;
  private final Breakpoints breakpoints;
  private final DebuggedMemory memory;
  private final Monitor monitor;
  private final Resumption resumption;
  private final OfferedFiles files;
  private boolean acknowledges = true;
  private boolean named; // the client knows swbreak and hwbreak
  private Vcpu shown;
  private int controlled; // thread that step and continue are about, or -1 for all
  private int signal = SIGNAL_TRAP;
  private String why = "";
  private Vcpu stopped;
  private boolean resumed;
  private boolean terminal;
  private boolean ended;
  private boolean detached; // the connection may last a little longer

  DebugSession(Client client, Debuggee machine) {
    this.client = client;
    this.machine = machine;
    vcpus = machine.engine().vcpus();
    breakpoints = new Breakpoints(vcpus);
    memory = new DebuggedMemory(machine.memory());
    monitor = new Monitor(machine, memory);
    resumption = new Resumption(vcpus, machine.isTimeExact());
    files = new OfferedFiles(machine::file);
    stopped = vcpus.getFirst();
    shown = stopped;
    controlled = -1;
  }

  boolean isFrom(Client other) {
    return client == other;
  }

  // --- what the machine does
  // ---------------------------------------------------------------------------------------------

  /** The engine stopped by itself; true if the client is told and the machine is to stand. */
  boolean stopped(ExitReason reason) {
    if (detached) {
      return false;
    }
    boolean past = machine.history().isPresent();
    terminal = reason != ExitReason.BREAKPOINT;
    switch (reason) {
      case BREAKPOINT -> stopAt(machine.engine().stopped(), SIGNAL_TRAP, null);
      case TRIPLE_FAULT -> stopAt(machine.engine().stopped(), SIGNAL_SEGMENTATION_FAULT, "");
      case HALTED, SHUTDOWN, RESET -> {
        if (!past) {
          return false;
        }
        stopAt(machine.engine().stopped(), SIGNAL_TRAP, "replaylog:end;");
      }
      default -> {
        return false;
      }
    }
    send(stopReply());
    return true;
  }

  /** The client's interrupt has stopped the machine. */
  void interrupted() {
    terminal = false;
    stopAt(shown, SIGNAL_INTERRUPT, "");
    send(stopReply());
  }

  private void stopAt(Vcpu vcpu, int newSignal, @Nullable String reason) {
    resumption.stand();
    stopped = vcpu;
    shown = vcpu;
    signal = newSignal;
    if (reason == null) {
      VcpuState state = vcpu.save();
      String told = breakpoints.reason(vcpu.debug(), linear(state));
      why = named || !told.endsWith("break:;") ? told : "";
    } else {
      why = reason;
    }
  }

  private static long linear(VcpuState state) {
    boolean code64 =
        (state.msrs().getOrDefault(StateDraft.MSR_EFER, 0L) & StateDraft.EFER_LMA) != 0
            && (state.segments()[VcpuState.CS].attributes() & 0x200) != 0;
    return code64 ? state.rip() : state.segments()[VcpuState.CS].base() + state.rip() & 0xffff_ffffL;
  }

  private String stopReply() {
    return "T%02x%sthread:%x;".formatted(signal, why, stopped.index() + 1);
  }

  /** The machine has ended. */
  void ended(int status) {
    if (!ended) {
      ended = true;
      send("W%02x".formatted(status & 0xff));
    }
  }

  /** The client has gone or lets go: nothing of it stays. */
  void leave() {
    breakpoints.clear();
    resumption.stand();
  }

  /** Says, once, that the machine is to go on. */
  boolean takeResumption() {
    boolean was = resumed;
    resumed = false;
    return was;
  }

  /** Says whether the machine cannot go on from where it stands. */
  boolean isTerminal() {
    return terminal;
  }

  // --- what the client says
  // ----------------------------------------------------------------------------------------------

  void take(Arrival arrival) {
    switch (arrival) {
      case Arrival.Interrupt interrupt -> {} // it stands already
      case Arrival.Damaged damaged -> client.sendRaw(acknowledges ? "-" : "");
      case Arrival.Packet(byte[] payload) -> {
        if (acknowledges) {
          client.sendRaw("+");
        }
        takePacket(payload);
      }
    }
  }

  private void takePacket(byte[] payload) {
    String text = new String(payload, StandardCharsets.ISO_8859_1);
    try {
      String reply = text.isEmpty() ? UNKNOWN : reply(text, payload);
      if (!resumed || reply.equals(OK)) {
        send(reply);
      }
    } catch (BadPacketException nonsense) {
      send(ERROR_SYNTAX);
    } catch (IllegalArgumentException refused) {
      send("E.%s".formatted(refused.getMessage()));
    }
  }

  private void send(String payload) {
    client.send(payload);
  }

  private String reply(String text, byte[] payload) {
    String rest = text.substring(1);
    return switch (text.charAt(0)) {
      case '?' -> stopReply();
      case '!' -> OK;
      case 'g' -> RegisterAccess.readAll(monitor.layout(), shown);
      case 'G' -> writeRegisters(() -> RegisterAccess.writeAll(monitor.layout(), shown, Hex.bytes(rest)));
      case 'p' -> RegisterAccess.read(monitor.layout(), shown, Hex.number(rest, 0xffff));
      case 'P' -> writeRegister(rest);
      case 'm' -> readMemory(rest);
      case 'M' -> writeMemory(rest, rest.substring(after(rest, ':')));
      case 'X' -> writeBinary(rest, payload);
      case 'Z', 'z' -> point(text.charAt(0) == 'Z', rest);
      case 'H' -> chooseThread(rest);
      case 'T' -> thread(rest) == null ? ERROR_THREAD : OK;
      case 'c', 'C' -> resume(false);
      case 's', 'S' -> resume(true);
      case 'b' -> back(rest);
      case 'v' -> verbose(rest);
      case 'q' -> query(rest);
      case 'Q' -> set(rest);
      case 'D' -> detach();
      case 'k' -> kill();
      default -> UNKNOWN;
    };
  }

  private static int after(String text, char separator) {
    int at = text.indexOf(separator);
    if (at < 0) {
      throw new BadPacketException("a '%c'".formatted(separator), null);
    }
    return at + 1;
  }

  // --- registers and memory
  // ----------------------------------------------------------------------------------------------

  private String writeRegister(String rest) {
    int value = after(rest, '=');
    int number = Hex.number(rest.substring(0, value - 1), 0xffff);
    byte[] bytes = Hex.bytes(rest.substring(value));
    return writeRegisters(() -> RegisterAccess.write(monitor.layout(), shown, number, bytes));
  }

  private String writeRegisters(Runnable write) {
    machine.change();
    write.run();
    return OK;
  }

  private String readMemory(String rest) {
    int comma = after(rest, ',');
    long address = Hex.number(rest.substring(0, comma - 1));
    int count = Hex.number(rest.substring(comma), Integer.MAX_VALUE);
    byte[] bytes = memory.read(shown, address, Math.min(count, PACKET_SIZE / 2));
    return bytes.length == 0 && count > 0 ? ERROR_MEMORY : Hex.of(bytes);
  }

  private String writeMemory(String rest, String digits) {
    return write(rest, Hex.bytes(digits));
  }

  private String writeBinary(String rest, byte[] payload) {
    int start = after(rest, ':') + 1; // of the payload, which has the X in front
    return write(rest, java.util.Arrays.copyOfRange(payload, start, payload.length));
  }

  private String write(String rest, byte[] bytes) {
    int comma = after(rest, ',');
    long address = Hex.number(rest.substring(0, comma - 1));
    int count = Hex.number(rest.substring(comma, after(rest, ':') - 1), PACKET_SIZE);
    if (count != bytes.length) {
      throw new BadPacketException("%d bytes".formatted(count), null);
    }
    if (count > 0) {
      machine.change();
    }
    return memory.write(shown, address, bytes) ? OK : ERROR_MEMORY;
  }

  private String point(boolean insert, String rest) {
    String[] words = rest.split("[,;]", -1);
    if (words.length < 3) {
      throw new BadPacketException("type, address and kind", null);
    }
    int number = Hex.number(words[0], 0xff);
    if (number >= Breakpoints.Type.values().length) {
      return UNKNOWN;
    }
    Breakpoints.Type type = Breakpoints.Type.values()[number];
    long address = Hex.number(words[1]);
    int length = Hex.number(words[2], 0xffff);
    if (insert) {
      return breakpoints.add(type, address, length) ? OK : ERROR_NO_ROOM;
    }
    breakpoints.remove(type, address, length);
    return OK;
  }

  // --- threads
  // -----------------------------------------------------------------------------------------------------------

  private @Nullable Vcpu thread(String digits) {
    int number = Hex.number(digits, Integer.MAX_VALUE);
    if (number == 0) {
      return stopped;
    }
    return number <= vcpus.size() ? vcpus.get(number - 1) : null;
  }

  private String chooseThread(String rest) {
    if (rest.isEmpty()) {
      throw new BadPacketException("an operation", null);
    }
    String id = rest.substring(1);
    boolean all = id.equals("-1");
    Vcpu thread = all ? stopped : thread(id);
    if (thread == null) {
      return ERROR_THREAD;
    }
    if (rest.charAt(0) == 'g') {
      shown = thread;
    } else {
      controlled = all || id.equals("0") ? -1 : thread.index();
    }
    return OK;
  }

  // --- going on
  // ----------------------------------------------------------------------------------------------------------

  private String resume(boolean step) {
    if (controlled >= 0) {
      resumption.only(controlled, step);
    } else {
      resumption.all(step ? stopped.index() : -1);
    }
    resumed = true;
    return "";
  }

  private String verbose(String rest) {
    if (rest.equals("Cont?")) {
      return "vCont;c;C;s;S";
    }
    if (rest.startsWith("Cont;")) {
      resumption.actions(rest.substring(5));
      resumed = true;
      return "";
    }
    if (rest.startsWith("File:")) {
      return files.reply(rest.substring(5));
    }
    return rest.startsWith("Kill") ? kill() : UNKNOWN;
  }

  private String detach() {
    leave();
    detached = true;
    resumed = true;
    return OK;
  }

  private String kill() {
    machine.end();
    return OK;
  }

  /** Reverse execution happens here and now: the machine stands again when it is done. */
  private String back(String rest) {
    History history = machine.history().orElse(null);
    if (history == null || !rest.equals("s") && !rest.equals("c")) {
      return UNKNOWN;
    }
    resumption.stand();
    terminal = false;
    if (rest.equals("s")) {
      stopAt(stopped, SIGNAL_TRAP, history.stepBack() ? "" : NO_MORE_PAST);
    } else {
      History.Stop stop = history.continueBack();
      boolean data = stop.watched() != DebugTarget.NO_HIT;
      String reason = data ? breakpoints.watchReason(stop.watched()) : null;
      stopAt(machine.engine().stopped(), SIGNAL_TRAP, stop.found() ? reason : NO_MORE_PAST);
    }
    return stopReply();
  }

  // --- queries
  // -----------------------------------------------------------------------------------------------------------

  private String query(String rest) {
    if (rest.startsWith("Supported")) {
      named = rest.contains("swbreak+") || rest.contains("hwbreak+");
      String reverse = machine.history().isPresent() ? ";ReverseStep+;ReverseContinue+" : "";
      return "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;vContSupported+;swbreak+;hwbreak+%s"
          .formatted(PACKET_SIZE, reverse);
    }
    if (rest.startsWith("Xfer:features:read:target.xml:")) {
      return part(monitor.layout().description(), rest.substring(rest.lastIndexOf(':') + 1));
    }
    if (rest.startsWith("Rcmd,")) {
      return command(new String(Hex.bytes(rest.substring(5)), StandardCharsets.UTF_8));
    }
    if (rest.startsWith("ThreadExtraInfo,")) {
      Vcpu thread = thread(rest.substring(16));
      return thread == null ? ERROR_THREAD : Hex.ofText("vCPU %d %s".formatted(thread.index(), activity(thread)));
    }
    return switch (rest) {
      case "fThreadInfo" -> threads();
      case "sThreadInfo" -> "l";
      case "C" -> "QC%x".formatted(shown.index() + 1);
      case "Attached" -> "1";
      case "Symbol::" -> OK;
      default -> UNKNOWN;
    };
  }

  private static String activity(Vcpu vcpu) {
    return switch (vcpu.save().activity()) {
      case RUNNING -> "running";
      case HALTED -> "halted";
      case WAIT_FOR_SIPI -> "waiting for start-up";
    };
  }

  private String threads() {
    StringBuilder list = new StringBuilder();
    for (Vcpu vcpu : vcpus) {
      list.append(list.isEmpty() ? 'm' : ',').append(Integer.toHexString(vcpu.index() + 1));
    }
    return list.toString();
  }

  private static String part(String text, String range) {
    int comma = after(range, ',');
    int offset = Math.min(text.length(), Hex.number(range.substring(0, comma - 1), Integer.MAX_VALUE));
    int count = Hex.number(range.substring(comma), Integer.MAX_VALUE);
    int end = Math.min(text.length(), offset + Math.min(count, PACKET_SIZE / 2));
    return (end == text.length() ? "l" : "m") + text.substring(offset, end);
  }

  private String command(String words) {
    String answer = monitor.answer(words, shown);
    int size = PACKET_SIZE / 8;
    for (int at = 0; at < answer.length(); at += size) {
      send("O" + Hex.ofText(answer.substring(at, Math.min(answer.length(), at + size))));
    }
    return OK;
  }

  private String set(String rest) {
    if (rest.equals("StartNoAckMode")) {
      acknowledges = false;
      return OK;
    }
    return UNKNOWN;
  }
}
