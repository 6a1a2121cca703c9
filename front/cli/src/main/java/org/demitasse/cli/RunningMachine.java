package org.demitasse.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.demitasse.gdb.DebugAddress;
import org.demitasse.gdb.GdbServer;
import org.demitasse.machine.KernelSpec;
import org.demitasse.machine.Machine;
import org.demitasse.machine.MachineSpec;
import org.jspecify.annotations.Nullable;

/** What a running machine with a name answers: who it is, and where gdb can come. */
final class RunningMachine implements AutoCloseable {
  private final String name;
  private final MachineSpec spec;
  private final Machine machine;
  private final MachineRegistry registry;
  private final Instant started = Instant.now();
  private final ControlSocket socket;
  private @Nullable GdbServer server; // of the socket's thread, after the session's has given one
  private boolean ownsServer;

  /**
   * Registers a machine.
   *
   * @param server the gdb server that it has already, or null
   */
  RunningMachine(String name, MachineSpec spec, Machine machine, @Nullable GdbServer server) throws IOException {
    this.name = name;
    this.spec = spec;
    this.machine = machine;
    this.server = server;
    registry = MachineRegistry.ofUser(System.getenv());
    socket = ControlSocket.open(registry, name, this::answer);
  }

  private synchronized List<String> answer(String request) {
    String[] words = request.split(" ", 2);
    return switch (words[0]) {
      case "ping" -> List.of("pong");
      case "status" -> status();
      case "gdb" -> gdb(words.length > 1 ? words[1] : "");
      case "stop" -> {
        machine.end(org.demitasse.machine.Outcome.of(org.demitasse.machine.Outcome.Kind.LEFT));
        yield List.of("stopping");
      }
      default -> List.of("error this version does not know " + words[0]);
    };
  }

  private List<String> status() {
    List<String> lines = new ArrayList<>();
    lines.add("pid " + ProcessHandle.current().pid());
    lines.add("started " + started.toEpochMilli());
    lines.add("kernel " + kernel());
    lines.add("engine " + machine.engineName());
    lines.add("vcpus " + spec.vcpus());
    lines.add("memory " + spec.memoryMib());
    GdbServer current = server;
    if (current != null) {
      lines.add("gdb " + current.target());
    }
    return lines;
  }

  private String kernel() {
    return switch (spec.kernel()) {
      case KernelSpec.Hello hello -> "hello";
      case KernelSpec.KernelFile file -> file.path().toAbsolutePath().toString();
    };
  }

  /** Lets gdb come, if it cannot yet. */
  private List<String> gdb(String place) {
    try {
      GdbServer current = server;
      if (current == null) {
        Path socketForGdb = registry.socket(name).resolveSibling(name + ".gdb");
        java.nio.file.Files.deleteIfExists(socketForGdb); // of a machine of this name that was killed
        current =
            GdbServer.listen(
                place.isEmpty() ? new DebugAddress.Unix(socketForGdb) : DebugAddress.parse(place), GuestSession::warn);
        machine.debugFromNowOn(current);
        server = current;
        ownsServer = true;
      }
      return List.of("target " + current.target(), "kernel " + kernel());
    } catch (IOException | IllegalArgumentException refused) {
      return List.of("error " + refused.getMessage());
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
    synchronized (this) {
      GdbServer current = server;
      if (ownsServer && current != null) {
        current.close();
      }
    }
  }
}
