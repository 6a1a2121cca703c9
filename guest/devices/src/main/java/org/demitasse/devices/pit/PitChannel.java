package org.demitasse.devices.pit;

/**
 * One counter of an 8254 (Intel 8254 data sheet, 231164). Nothing counts: a count and the output are functions of the
 * tick at which counting began and the tick now.
 */
final class PitChannel {
  private static final int ACCESS_LOW = 1;
  private static final int ACCESS_HIGH = 2;
  private static final int NOT_LATCHED = -1;

  private int mode = 3;
  private int access = 3;
  private boolean bcd;
  private boolean gate;
  private boolean counting; // a count was loaded, and in modes 1 and 5 the gate has triggered it
  private boolean nullCount = true;
  private int reload = 0x10000;
  private int nextReload; // the count from the next period on (modes 2, 3) or the next trigger on (1, 5), or 0
  private long startTick;
  private long frozenTicks; // ticks counted when the gate closed; used while it is closed
  private boolean highByteNextWrite;
  private boolean highByteNextRead;
  private int lowByteWritten;
  private int latchedCount = NOT_LATCHED;
  private int latchedStatus = NOT_LATCHED;

  PitChannel(boolean gate) {
    this.gate = gate;
  }

  // Programming

  void program(int control) {
    access = control >>> 4 & 3;
    int code = control >>> 1 & 7;
    mode = code > 5 ? code - 4 : code; // 6 and 7 are 2 and 3
    bcd = (control & 1) != 0;
    counting = false;
    nullCount = true;
    nextReload = 0;
    highByteNextWrite = false;
    highByteNextRead = false;
    latchedCount = NOT_LATCHED;
    latchedStatus = NOT_LATCHED;
  }

  void write(int value, long now) {
    if (access == ACCESS_LOW) {
      load(value, now);
    } else if (access == ACCESS_HIGH) {
      load(value << 8, now);
    } else if (highByteNextWrite) {
      highByteNextWrite = false;
      load(value << 8 | lowByteWritten, now);
    } else {
      highByteNextWrite = true;
      lowByteWritten = value;
      if (mode == 0) {
        counting = false; // the first byte stops the count and lowers the output
      }
    }
  }

  private void load(int value, long now) {
    int count = bcd ? fromBcd(value) : value;
    if (count == 0) {
      count = modulus();
    }
    settle(now);
    if (counting && mode != 0 && mode != 4) {
      nextReload = count;
      nullCount = true;
      return;
    }
    reload = count;
    nullCount = false;
    if (mode != 1 && mode != 5) {
      start(now);
    }
  }

  private void start(long now) {
    if (nextReload != 0) {
      reload = nextReload;
      nextReload = 0;
      nullCount = false;
    }
    counting = true;
    startTick = now;
    frozenTicks = 0;
  }

  void setGate(boolean level, long now) {
    if (level == gate) {
      return;
    }
    settle(now);
    if (!level) {
      frozenTicks = now - startTick;
    }
    gate = level;
    if (level) {
      openGate(now);
    }
  }

  private void openGate(long now) {
    if (mode == 0 || mode == 4) {
      startTick = now - frozenTicks;
    } else if (!periodic()) {
      if (!nullCount || nextReload != 0) {
        start(now);
      }
    } else if (counting) {
      start(now);
    }
  }

  // Reading

  int read(long now) {
    if (latchedStatus != NOT_LATCHED) {
      int status = latchedStatus;
      latchedStatus = NOT_LATCHED;
      return status;
    }
    int count = latchedCount != NOT_LATCHED ? latchedCount : count(now);
    if (access == ACCESS_LOW) {
      latchedCount = NOT_LATCHED;
      return count & 0xff;
    }
    if (access == ACCESS_HIGH) {
      latchedCount = NOT_LATCHED;
      return count >>> 8;
    }
    highByteNextRead = !highByteNextRead;
    if (highByteNextRead) {
      return count & 0xff;
    }
    latchedCount = NOT_LATCHED;
    return count >>> 8;
  }

  void latchCount(long now) {
    if (latchedCount == NOT_LATCHED) {
      latchedCount = count(now);
    }
  }

  void latchStatus(long now) {
    if (latchedStatus == NOT_LATCHED) {
      boolean out = output(now);
      latchedStatus = (out ? 0x80 : 0) | (nullCount ? 0x40 : 0) | access << 4 | mode << 1 | (bcd ? 1 : 0);
    }
  }

  private int count(long now) {
    settle(now);
    if (!counting) {
      return 0;
    }
    long ticks = elapsed(now);
    int count;
    if (mode == 2) {
      count = (int) (reload - ticks % reload);
    } else if (mode == 3) {
      long phase = ticks % reload;
      long high = (reload + 1L) / 2;
      count = (reload & ~1) - 2 * (int) (phase < high ? phase : phase - high); // counts by two, twice a period
    } else {
      count = (int) Math.floorMod(reload - ticks, (long) modulus());
    }
    return (bcd ? toBcd(count % 10000) : count) & 0xffff;
  }

  /** The OUT pin. */
  boolean output(long now) {
    settle(now);
    if (!counting) {
      return mode != 0;
    }
    long ticks = elapsed(now);
    return switch (mode) {
      case 0, 1 -> ticks >= reload;
      case 2 -> !gate || ticks % reload != reload - 1;
      case 3 -> !gate || ticks % reload < (reload + 1) / 2;
      default -> ticks != reload; // strobe: low for one tick
    };
  }

  /** The next tick after {@code now} at which OUT rises, or {@link Long#MAX_VALUE}. */
  long nextRise(long now) {
    settle(now);
    if (!counting || (!gate && mode != 1 && mode != 5)) {
      return Long.MAX_VALUE;
    }
    if (periodic()) {
      return startTick + ((now - startTick) / reload + 1) * reload;
    }
    long rise = startTick + reload + (mode >= 4 ? 1 : 0);
    return rise > now ? rise : Long.MAX_VALUE;
  }

  /** Takes a count that waits for the end of the period into use, once that has come. */
  private void settle(long now) {
    if (nextReload != 0 && periodic() && gate && now - startTick >= reload) {
      startTick += reload;
      reload = nextReload;
      nextReload = 0;
      nullCount = false;
    }
  }

  private long elapsed(long now) {
    return gate || mode == 1 || mode == 5 ? Math.max(0, now - startTick) : frozenTicks;
  }

  private boolean periodic() {
    return mode == 2 || mode == 3;
  }

  private int modulus() {
    return bcd ? 10000 : 0x10000;
  }

  private static int fromBcd(int value) {
    return (value >>> 12 & 15) * 1000 + (value >>> 8 & 15) * 100 + (value >>> 4 & 15) * 10 + (value & 15);
  }

  private static int toBcd(int value) {
    return (value / 1000) << 12 | value / 100 % 10 << 8 | value / 10 % 10 << 4 | value % 10;
  }

  PitChannelState save() {
    return new PitChannelState(
        mode,
        access,
        bcd,
        gate,
        counting,
        nullCount,
        reload,
        nextReload,
        startTick,
        frozenTicks,
        highByteNextWrite,
        highByteNextRead,
        lowByteWritten,
        latchedCount,
        latchedStatus);
  }

  void restore(PitChannelState state) {
    mode = state.mode();
    access = state.access();
    bcd = state.bcd();
    gate = state.gate();
    counting = state.counting();
    nullCount = state.nullCount();
    reload = Math.clamp(state.reload(), 1, 0x10000);
    nextReload = Math.clamp(state.nextReload(), 0, 0x10000);
    startTick = state.startTick();
    frozenTicks = state.frozenTicks();
    highByteNextWrite = state.highByteNextWrite();
    highByteNextRead = state.highByteNextRead();
    lowByteWritten = state.lowByteWritten();
    latchedCount = state.latchedCount();
    latchedStatus = state.latchedStatus();
  }
}
