package org.demitasse.boot.loader;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.demitasse.elf.Symbol;
import org.demitasse.elf.Symbols;

/**
 * The symbols that a stripped 64-bit Linux kernel carries for itself (scripts/kallsyms.c, kernel/kallsyms.c), found by
 * the shape of the tables: 256 tokens as strings with an index of their offsets behind them, before that (and, in some,
 * a list in the order of names) a marker for every 256th name, before that the names as token numbers, before that how
 * many there are. The offsets of the addresses are before it all, or in kernels from 6.4 on behind it.
 */
final class Kallsyms {
  private static final int TOKENS = 256;
  private static final int NAMES_PER_MARKER = 256;
  private static final int MIN_SYMBOLS = NAMES_PER_MARKER;
  private static final int MAX_SYMBOLS = 1 << 20;
  private static final int REACH = 32 << 20; // of all the tables together
  private static final long MAX_STEPS = 20_000_000; // that a hostile file can cost
  private static final int MAX_NAME = 512;
  private static final long KERNEL_HALF = 0xffff_8000_0000_0000L;

  private final ByteBuffer data;
  private int tokenTable;
  private int tokenIndex;
  private int names;
  private int count;
  private long steps;

  private Kallsyms(ByteBuffer data) {
    this.data = data;
  }

  /**
   * Looks for the tables in a piece of a kernel.
   *
   * @param segment the bytes of the segment that holds read-only data
   */
  static Optional<Symbols> find(ByteBuffer segment) {
    Kallsyms kallsyms = new Kallsyms(segment.duplicate().order(ByteOrder.LITTLE_ENDIAN));
    return kallsyms.findTokens() && kallsyms.findNames() ? kallsyms.read() : Optional.empty();
  }

  /** Finds the token table by the digits, which are tokens of themselves, and checks it against its index. */
  private boolean findTokens() {
    byte[] digits = "0\0001\0002\0003\0004\0005\0006\0007\0008\0009\000".getBytes(StandardCharsets.US_ASCII);
    for (int at = 0; at + digits.length < data.limit(); at++) {
      if (data.get(at) == '0' && matches(at, digits) && isTokenTable(startOfToken('0', at))) {
        return true;
      }
    }
    return false;
  }

  private boolean matches(int at, byte[] wanted) {
    for (int i = 0; i < wanted.length; i++) {
      if (data.get(at + i) != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  /** Where the table starts if token {@code number} is at {@code at}, or -1. */
  private int startOfToken(int number, int at) {
    int start = at;
    for (int i = 0; i < number; i++) {
      start--; // the NUL of the token before
      while (start > 0 && data.get(start - 1) != 0) {
        start--;
      }
      if (start <= 0 || at - start > TOKENS * 64) {
        return -1;
      }
    }
    return start;
  }

  private boolean isTokenTable(int start) {
    if (start < 0) {
      return false;
    }
    int[] offsets = new int[TOKENS];
    int at = start;
    for (int token = 0; token < TOKENS; token++) {
      offsets[token] = at - start;
      while (at < data.limit() && data.get(at) != 0) {
        at++;
      }
      at++;
    }
    int index = at + 7 & -8;
    for (int token = 0; token < TOKENS; token++) {
      if (index + 2 * token + 2 > data.limit() || (data.getShort(index + 2 * token) & 0xffff) != offsets[token]) {
        return false;
      }
    }
    tokenTable = start;
    tokenIndex = index;
    return true;
  }

  /** Looks in front of the tokens for a count whose names end where markers that fit them begin. */
  private boolean findNames() {
    int lowest = Math.max(8, tokenTable - REACH);
    for (int at = tokenTable & -8; at >= lowest && steps < MAX_STEPS; at -= 8) {
      long candidate = data.getLong(at - 8);
      if (candidate >= MIN_SYMBOLS && candidate <= MAX_SYMBOLS && areNames(at, (int) candidate)) {
        names = at;
        count = (int) candidate;
        return true;
      }
    }
    return false;
  }

  /** Checks that every 256th of the names from {@code start} is where the markers behind the names say. */
  private boolean areNames(int start, int number) {
    int[] offsets = new int[(number + NAMES_PER_MARKER - 1) / NAMES_PER_MARKER];
    int at = start;
    for (int i = 0; i < number; i++) {
      if (i % NAMES_PER_MARKER == 0) {
        offsets[i / NAMES_PER_MARKER] = at - start;
      }
      if (at + 1 >= tokenTable || data.get(at) == 0) {
        return false;
      }
      steps++;
      at = nextName(at);
    }
    int markers = at + 7 & -8;
    for (int i = 0; i < offsets.length; i++) {
      if (markers + 4 * i + 4 > tokenTable || data.getInt(markers + 4 * i) != offsets[i]) {
        return false;
      }
    }
    return true;
  }

  private int nextName(int at) {
    int length = data.get(at) & 0xff;
    return length < 128 ? at + 1 + length : at + 2 + (length & 127 | (data.get(at + 1) & 0xff) << 7);
  }

  private Optional<Symbols> read() {
    int after = tokenIndex + 2 * TOKENS;
    int table = count * 4 + 7 & -8;
    int before = names - 16 - table;
    boolean old = before >= 0 && isBase(names - 16);
    if (!old && !(after + table + 8 <= data.limit() && isBase(after + table))) {
      return Optional.empty();
    }
    long base = data.getLong(old ? names - 16 : after + table);
    return Optional.of(symbols(old ? before : after, base));
  }

  private boolean isBase(int at) {
    return Long.compareUnsigned(data.getLong(at), KERNEL_HALF) >= 0;
  }

  private Symbols symbols(int offsets, long base) {
    boolean negative = false; // then offsets of per-CPU symbols are addresses, and others count down from the base
    for (int i = 0; i < count; i++) {
      negative |= data.getInt(offsets + 4 * i) < 0;
    }
    List<Symbol> symbols = new ArrayList<>(count);
    int at = names;
    for (int i = 0; i < count; i++) {
      int offset = data.getInt(offsets + 4 * i);
      String name = expand(at);
      boolean absolute = negative && offset >= 0;
      if (name.length() > 1 && !absolute) { // the first letter is the type
        symbols.add(new Symbol(name.substring(1), negative ? base - 1 - offset : base + offset, 0));
      }
      at = nextName(at);
    }
    return new Symbols(symbols);
  }

  /** A name as its type letter and text; cut at 512 characters. */
  private String expand(int at) {
    int end = nextName(at);
    int token = at + (data.get(at) < 0 ? 2 : 1);
    StringBuilder name = new StringBuilder();
    for (; token < end && name.length() < MAX_NAME; token++) {
      int character = tokenTable + (data.getShort(tokenIndex + 2 * (data.get(token) & 0xff)) & 0xffff);
      for (; data.get(character) != 0 && name.length() < MAX_NAME; character++) {
        name.append((char) (data.get(character) & 0xff));
      }
    }
    return name.toString();
  }
}
