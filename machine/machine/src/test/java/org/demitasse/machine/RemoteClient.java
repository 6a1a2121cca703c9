package org.demitasse.machine;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.demitasse.gdb.GdbServer;

/** Speaks gdb's remote protocol by hand. */
record RemoteClient(Socket socket) implements AutoCloseable {
  /** Connects to a server on a port of this computer. */
  static RemoteClient to(GdbServer server) throws IOException {
    Socket socket = new Socket("localhost", Integer.parseInt(server.target().split(":")[1]));
    socket.setSoTimeout(20_000);
    return new RemoteClient(socket);
  }

  /** Sends a packet and gives the answer. */
  String ask(String payload) throws IOException {
    send(payload);
    return receive();
  }

  void send(String payload) throws IOException {
    int sum = payload.chars().sum() & 0xff;
    OutputStream out = socket.getOutputStream();
    out.write("$%s#%02x".formatted(payload, sum).getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  /** The next packet. */
  String receive() throws IOException {
    InputStream in = socket.getInputStream();
    for (int value = in.read(); value != '$'; value = in.read()) {
      requireByte(value);
    }
    StringBuilder payload = new StringBuilder();
    for (int value = in.read(); value != '#'; value = in.read()) {
      requireByte(value);
      payload.append((char) value);
    }
    in.readNBytes(2);
    return payload.toString();
  }

  private static void requireByte(int value) throws IOException {
    if (value < 0) {
      throw new IOException("the server has gone");
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
