package org.demitasse.gdb;

import java.io.ByteArrayOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * Takes the bytes of a client apart into packets (Debugging with GDB, appendix E.1): {@code $data#checksum} with
 * escapes, and the interrupt byte between packets. Everything else between packets is dropped.
 */
final class PacketReader {
  /** Longest payload that is taken, in bytes. */
  static final int MAX_PAYLOAD = 0x8000;

  /** What has arrived. */
  sealed interface Arrival {
    /** A whole packet; each byte of the payload is one char. */
    record Packet(byte[] payload) implements Arrival {}

    /** A packet with a wrong checksum, or one that is too long. */
    record Damaged() implements Arrival {}

    /** The client wants the machine to stop. */
    record Interrupt() implements Arrival {}
  }

  private enum Place {
    BETWEEN,
    PAYLOAD,
    ESCAPED,
    CHECKSUM_HIGH,
    CHECKSUM_LOW
  }

  private static final int INTERRUPT = 3;

  private final ByteArrayOutputStream payload = new ByteArrayOutputStream();
  private Place place = Place.BETWEEN;
  private int sum;
  private int wantedSum;
  private boolean tooLong;

  /** Takes the next byte, 0-255; gives what it completes, or null. */
  @Nullable Arrival feed(int value) {
    switch (place) {
      case BETWEEN -> {
        if (value == INTERRUPT) {
          return new Arrival.Interrupt();
        }
        if (value == '$') {
          begin();
        }
      }
      case PAYLOAD -> {
        if (value == '#') {
          place = Place.CHECKSUM_HIGH;
        } else if (value == '$') {
          begin(); // the rest of the last one never came
        } else if (value == '}') {
          sum += value;
          place = Place.ESCAPED;
        } else {
          sum += value;
          add(value);
        }
      }
      case ESCAPED -> {
        sum += value;
        add(value ^ 0x20);
        place = Place.PAYLOAD;
      }
      case CHECKSUM_HIGH -> {
        wantedSum = Character.digit(value, 16);
        place = Place.CHECKSUM_LOW;
      }
      case CHECKSUM_LOW -> {
        place = Place.BETWEEN;
        wantedSum = wantedSum << 4 | Character.digit(value, 16);
        return tooLong || wantedSum != (sum & 0xff) ? new Arrival.Damaged() : new Arrival.Packet(payload.toByteArray());
      }
    }
    return null;
  }

  private void begin() {
    payload.reset();
    sum = 0;
    tooLong = false;
    place = Place.PAYLOAD;
  }

  private void add(int value) {
    if (payload.size() < MAX_PAYLOAD) {
      payload.write(value);
    } else {
      tooLong = true;
    }
  }
}
