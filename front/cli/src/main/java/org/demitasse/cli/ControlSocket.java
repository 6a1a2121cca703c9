package org.demitasse.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;

/** Where a running machine with a name answers other commands: one line asks, lines answer. Has a thread of its own. */
final class ControlSocket implements AutoCloseable {
  private static final int MAX_REQUEST = 1000;

  private final Path path;
  private final ServerSocketChannel listener;
  private final Function<String, List<String>> answers;

  private ControlSocket(Path path, ServerSocketChannel listener, Function<String, List<String>> answers) {
    this.path = path;
    this.listener = listener;
    this.answers = answers;
  }

  /**
   * Takes a name and answers from now on.
   *
   * @param answers makes an answer of a request; its thread
   * @throws IOException in one sentence if another machine has the name, or there can be no socket
   */
  static ControlSocket open(MachineRegistry registry, String name, Function<String, List<String>> answers)
      throws IOException {
    Path path = registry.socket(name);
    if (registry.ask(name, "ping") != null) { // which removes a stale one
      throw new IOException("a machine called %s is running already".formatted(name));
    }
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      listener.bind(UnixDomainSocketAddress.of(path));
    } catch (IOException refused) {
      listener.close();
      throw new IOException("cannot give the machine the name %s: %s".formatted(name, refused.getMessage()), refused);
    }
    ControlSocket socket = new ControlSocket(path, listener, answers);
    Thread.ofPlatform().daemon().name("control").start(socket::serve);
    return socket;
  }

  private void serve() {
    while (listener.isOpen()) {
      try (SocketChannel channel = listener.accept()) {
        BufferedReader lines =
            new BufferedReader(Channels.newReader(channel, StandardCharsets.UTF_8.newDecoder(), MAX_REQUEST));
        String request = lines.readLine();
        if (request != null && request.length() <= MAX_REQUEST) {
          String answer = String.join("\n", answers.apply(request)) + "\n";
          channel.write(ByteBuffer.wrap(answer.getBytes(StandardCharsets.UTF_8)));
        }
      } catch (IOException goneOrClosed) {
        // whoever asked has not waited; or this machine is ending
      }
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
    Files.deleteIfExists(path);
  }
}
