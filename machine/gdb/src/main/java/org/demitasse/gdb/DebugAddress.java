package org.demitasse.gdb;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** Where a gdb server listens: a TCP port, on this computer only unless an address says otherwise, or a Unix socket. */
public sealed interface DebugAddress {
  /** The port that gdb stubs of machines usually have. */
  int DEFAULT_PORT = 1234;

  /** A TCP port; 0 for any free one. */
  record Tcp(String host, int port) implements DebugAddress {}

  /** A Unix socket at a path. */
  record Unix(Path path) implements DebugAddress {}

  /**
   * Reads {@code ADDR:PORT}, {@code :PORT} or {@code unix:PATH}.
   *
   * @throws IllegalArgumentException in one sentence for the user
   */
  static DebugAddress parse(String text) {
    if (text.startsWith("unix:")) {
      try {
        Path path = Path.of(text.substring(5));
        if (path.toString().isEmpty()) {
          throw new IllegalArgumentException("'%s' names no socket".formatted(text));
        }
        return new Unix(path);
      } catch (InvalidPathException impossible) {
        throw new IllegalArgumentException("'%s' is no file name here".formatted(text), impossible);
      }
    }
    int colon = text.lastIndexOf(':');
    String host = colon < 0 ? "" : text.substring(0, colon);
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      if (colon >= 0 && port >= 0 && port <= 65535) {
        return new Tcp(host.isEmpty() ? "localhost" : host, port);
      }
    } catch (NumberFormatException notANumber) {
      // told below
    }
    throw new IllegalArgumentException(
        "'%s' is no place for gdb to connect to: give ADDR:PORT, :PORT or unix:PATH".formatted(text));
  }

  /**
   * Starts listening.
   *
   * @throws IOException in one sentence for the user if that place cannot be used
   */
  default ServerSocketChannel listen() throws IOException {
    try {
      return switch (this) {
        case Tcp(String host, int port) ->
            ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getByName(host), port), 2);
        case Unix(Path path) -> listenUnix(path);
      };
    } catch (UnknownHostException unknown) {
      throw new IOException("cannot wait for gdb at %s: there is no such host".formatted(this), unknown);
    } catch (IOException refused) {
      throw new IOException("cannot wait for gdb at %s: %s".formatted(this, refused.getMessage()), refused);
    }
  }

  private static ServerSocketChannel listenUnix(Path path) throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      return channel.bind(UnixDomainSocketAddress.of(path), 2);
    } catch (IOException refused) {
      channel.close();
      throw refused;
    }
  }

  /** What to tell gdb's {@code target remote} to come here. */
  static String target(SocketAddress bound) {
    return switch (bound) {
      case UnixDomainSocketAddress unix -> unix.getPath().toAbsolutePath().toString();
      case InetSocketAddress inet ->
          (inet.getAddress().isLoopbackAddress() ? "localhost" : inet.getAddress().getHostAddress())
              + ":"
              + inet.getPort();
      default -> bound.toString();
    };
  }

  /** Removes what listening leaves behind. */
  default void remove() throws IOException {
    if (this instanceof Unix(Path path)) {
      Files.deleteIfExists(path);
    }
  }
}
