package org.demitasse.gdb;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;
import org.demitasse.gdb.PacketReader.Arrival;

/** One connection: packets come in on a thread of its own, replies go out on the machine's. */
final class Client implements AutoCloseable {
  private final SocketChannel channel;
  private final InputStream in;
  private final OutputStream out;

  Client(SocketChannel channel) {
    this.channel = channel;
    in = Channels.newInputStream(channel);
    out = Channels.newOutputStream(channel);
  }

  /** Reads until the connection ends. */
  void readAll(BiConsumer<Client, Arrival> sink) {
    PacketReader reader = new PacketReader();
    byte[] piece = new byte[4096];
    try {
      for (int length = in.read(piece); length > 0; length = in.read(piece)) {
        for (int i = 0; i < length; i++) {
          Arrival arrival = reader.feed(piece[i] & 0xff);
          if (arrival != null) {
            sink.accept(this, arrival);
          }
        }
      }
    } catch (IOException gone) {
      // as good as its end
    }
  }

  /** Sends a packet; if the client has gone, its reader tells. */
  void send(String payload) {
    int sum = 0;
    StringBuilder packet = new StringBuilder("$");
    for (int i = 0; i < payload.length(); i++) {
      char c = payload.charAt(i);
      if (c == '#' || c == '$' || c == '}' || c == '*') {
        packet.append('}').append((char) (c ^ 0x20));
        sum += '}' + (c ^ 0x20);
      } else {
        packet.append(c);
        sum += c;
      }
    }
    sendRaw(packet.append("#%02x".formatted(sum & 0xff)).toString());
  }

  /** Sends bytes outside of packets: acknowledgements. */
  void sendRaw(String bytes) {
    try {
      out.write(bytes.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    } catch (IOException gone) {
      close();
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException alreadyGone) {
      // nothing is lost with it
    }
  }
}
