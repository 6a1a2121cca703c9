package org.demitasse.gdb;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.demitasse.core.vcpu.ExitReason;
import org.demitasse.gdb.PacketReader.Arrival;
import org.jspecify.annotations.Nullable;

/**
 * A gdb server for one machine and one client at a time.
 *
 * <p>Sockets have threads of their own, which only queue what arrives and kick the engine. Packets are worked on by the
 * machine's thread while the machine stands: {@link #begin} and {@link #handled} return when it is to go on.
 */
public final class GdbServer implements AutoCloseable {
  private static final int QUEUE = 64;

  /** Something for the machine's thread. */
  private sealed interface Event {
    record Connected(Client client) implements Event {}

    record Arrived(Client client, Arrival arrival) implements Event {}

    record Gone(Client client) implements Event {}

    record Wake() implements Event {}
  }

  private final DebugAddress address;
  private final ServerSocketChannel listener;
  private final String target;
  private final Consumer<String> warnings;
  private final BlockingQueue<Event> events = new LinkedBlockingQueue<>(QUEUE);
  private final AtomicReference<@Nullable Client> client = new AtomicReference<>();
  private volatile boolean running;
  private volatile boolean woken;
  private volatile @Nullable Debuggee debuggee;
  private @Nullable DebugSession session; // of the machine's thread
  private boolean started; // of the machine's thread: once let go, a machine does not wait for a client any more

  private GdbServer(DebugAddress address, ServerSocketChannel listener, Consumer<String> warnings) throws IOException {
    this.address = address;
    this.listener = listener;
    this.warnings = warnings;
    target = DebugAddress.target(listener.getLocalAddress());
  }

  /**
   * Starts to listen; clients wait until the machine runs or is waited for.
   *
   * @param warnings takes a sentence for the user now and then; any thread
   * @throws IOException in one sentence for the user if that place cannot be used
   */
  public static GdbServer listen(DebugAddress address, Consumer<String> warnings) throws IOException {
    return new GdbServer(address, address.listen(), warnings);
  }

  /** What to tell gdb's {@code target remote}. */
  public String target() {
    return target;
  }

  /** Names the machine, once, before it runs. */
  public void attach(Debuggee machine) {
    debuggee = machine;
    Thread.ofPlatform().daemon().name("gdb").start(this::acceptAll);
  }

  // --- threads of the sockets
  // --------------------------------------------------------------------------------------------

  private void acceptAll() {
    while (listener.isOpen()) {
      try {
        accept(listener.accept());
      } catch (IOException closedOrRefused) {
        if (listener.isOpen()) {
          warnings.accept("gdb could not connect: " + closedOrRefused.getMessage());
        }
      }
    }
  }

  private void accept(SocketChannel channel) {
    Client next = new Client(channel);
    if (!client.compareAndSet(null, next)) {
      warnings.accept("another gdb wanted to connect and was turned away: there is one already");
      next.close();
      return;
    }
    Thread.ofPlatform()
        .daemon()
        .name("gdb client")
        .start(() -> {
          tell(new Event.Connected(next));
          next.readAll((from, arrival) -> tell(new Event.Arrived(from, arrival)));
          next.close();
          tell(new Event.Gone(next));
          client.set(null);
        });
  }

  private void tell(Event event) {
    try {
      events.put(event);
    } catch (InterruptedException exiting) {
      Thread.currentThread().interrupt();
      return;
    }
    kickIfRunning();
  }

  private void kickIfRunning() {
    Debuggee machine = debuggee;
    if (running && machine != null) {
      machine.engine().kick();
    }
  }

  /** Whether somebody is connected. Any thread. */
  public boolean hasClient() {
    return client.get() != null;
  }

  /** Ends a wait for the client: the machine is to end. Any thread. */
  public void wake() {
    woken = true;
    boolean _ = events.offer(new Event.Wake()); // a full queue wakes as well
  }

  // --- the machine's thread
  // ----------------------------------------------------------------------------------------------

  /**
   * The machine is about to run.
   *
   * @param wait whether to wait for a client that lets it go
   */
  public void begin(boolean wait) {
    if (wait) {
      boolean _ = interact();
    }
    started = true;
    run();
  }

  /**
   * The engine has stopped.
   *
   * @return true if the machine is to go on; false if this stop means what it means without a debugger
   */
  public boolean handled(ExitReason reason) {
    running = false;
    boolean goOn = stands(reason);
    run();
    return goOn;
  }

  private void run() {
    running = true;
    if (!events.isEmpty()) {
      kickIfRunning();
    }
  }

  private boolean stands(ExitReason reason) {
    if (woken) {
      return false;
    }
    if (reason == ExitReason.KICKED) {
      return drain() && interact();
    }
    DebugSession current = session;
    return current != null && current.stopped(reason) && interact();
  }

  /** Takes what arrived while the machine ran; true if it is to stand. */
  private boolean drain() {
    boolean stand = false;
    for (Event event = events.poll(); event != null; event = events.poll()) {
      if (event instanceof Event.Arrived arrived && !stand) {
        DebugSession current = session; // gdb says nothing but this while the machine runs
        if (arrived.arrival instanceof Arrival.Interrupt && current != null && current.isFrom(arrived.client)) {
          current.interrupted();
          stand = true;
        }
      } else {
        take(event);
        stand |= event instanceof Event.Connected;
      }
    }
    return stand && session != null;
  }

  /** Works on packets until one lets the machine go; true if it is to go on, false if its stop takes its course. */
  private boolean interact() {
    while (!woken) {
      try {
        take(events.take());
      } catch (InterruptedException exiting) {
        Thread.currentThread().interrupt();
        return false;
      }
      DebugSession current = session;
      if (current != null && current.takeResumption()) {
        return !current.isTerminal();
      }
      if (current == null && started) {
        return true; // the client has gone without a word
      }
    }
    return false;
  }

  private void take(Event event) {
    DebugSession current = session;
    switch (event) {
      case Event.Connected(Client from) -> {
        Debuggee machine = debuggee;
        session = machine == null ? null : new DebugSession(from, machine);
      }
      case Event.Arrived(Client from, Arrival arrival) -> {
        if (current != null && current.isFrom(from)) {
          current.take(arrival);
        }
      }
      case Event.Gone(Client from) -> {
        if (current != null && current.isFrom(from)) {
          current.leave();
          session = null;
        }
      }
      case Event.Wake() -> {}
    }
  }

  /** The machine has ended: tells the client. */
  public void ended(int status) {
    running = false;
    DebugSession current = session;
    if (current != null) {
      current.ended(status);
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
      Client current = client.get();
      if (current != null) {
        current.close();
      }
      address.remove();
    } catch (IOException leftBehind) {
      warnings.accept("cannot remove %s: %s".formatted(address, leftBehind.getMessage()));
    }
  }
}
