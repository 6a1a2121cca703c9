package org.demitasse.cpu.mmu;

import java.util.ArrayList;
import java.util.List;
import org.demitasse.core.memory.HostMemory;

/** What RAM held before each write of a CPU, so that the writes can be taken back. For checks: slow. */
public final class WriteJournal {
  private record Piece(long host, byte[] bytes) {}

  private final List<Piece> before = new ArrayList<>();
  private final List<Piece> after = new ArrayList<>();

  /** Makes an empty one. */
  public WriteJournal() {}

  /** Begins again with no writes. */
  public void clear() {
    before.clear();
    after.clear();
  }

  /** Bytes at a host address are about to be written. */
  void writing(long host, int bytes) {
    before.add(new Piece(host, read(host, bytes)));
  }

  /** Remembers what all these places hold now, and brings back what they held at first. */
  public void takeBack() {
    for (Piece piece : before) {
      after.add(new Piece(piece.host, read(piece.host, piece.bytes.length)));
    }
    for (int n = before.size() - 1; n >= 0; n--) {
      write(before.get(n));
    }
  }

  /** Makes all writes again that {@link #takeBack} took back. */
  public void repeat() {
    after.forEach(WriteJournal::write);
  }

  /** Says where RAM is not what it was before {@link #takeBack}: host addresses with both values; empty if nowhere. */
  public String difference() {
    StringBuilder text = new StringBuilder();
    for (Piece piece : after) {
      for (int n = 0; n < piece.bytes.length; n++) {
        byte now = HostMemory.getByte(piece.host + n);
        if (now != piece.bytes[n] && text.length() < 1000) {
          text.append(
              "  RAM at host address 0x%x: %02x there, %02x here%n".formatted(piece.host + n, piece.bytes[n], now));
        }
      }
    }
    return text.toString();
  }

  private static byte[] read(long host, int bytes) {
    byte[] found = new byte[bytes];
    for (int n = 0; n < bytes; n++) {
      found[n] = HostMemory.getByte(host + n);
    }
    return found;
  }

  private static void write(Piece piece) {
    for (int n = 0; n < piece.bytes.length; n++) {
      HostMemory.putByte(piece.host + n, piece.bytes[n]);
    }
  }
}
