package org.demitasse.differential;

import java.util.HexFormat;
import java.util.Locale;

/**
 * A case as one line of {@code key=value} words, which says only what is not zero: for reports and for regressions/.
 */
final class CaseLine {
  private static final HexFormat HEX = HexFormat.of();

  private CaseLine() {}

  static String format(TestCase test) {
    StringBuilder line = new StringBuilder();
    line.append("mode=").append(test.mode.name().toLowerCase(Locale.ROOT));
    line.append(" code=").append(HEX.formatHex(test.code, 0, test.codeBytes));
    number(line, "rip", test.rip);
    number(line, "flags", test.rflags);
    for (int i = 0; i < 16; i++) {
      number(line, Comparison.gprName(i), test.gpr[i]);
    }
    number(line, "ss", test.ss);
    number(line, "ds", test.ds);
    number(line, "es", test.es);
    number(line, "fs", test.fs);
    number(line, "gs", test.gs);
    number(line, "fsbase", test.fsBase);
    number(line, "gsbase", test.gsBase);
    number(line, "data", test.dataSeed);
    if (test.patchBytes > 0) {
      number(line, "patchat", test.patchAddress);
      line.append(" patch=").append(HEX.formatHex(test.patch, 0, test.patchBytes));
    }
    if (test.sequence) {
      number(line, "sequence", 1);
      number(line, "undefined", test.undefinedFlags);
    }
    for (int at = 0; at < 464; at += 16) {
      if (test.fx.getLong(at) != 0 || test.fx.getLong(at + 8) != 0) {
        line.append(" fx%x=".formatted(at)).append(HEX.formatHex(test.fx.array(), at, at + 16));
      }
    }
    return line.toString();
  }

  private static void number(StringBuilder line, String key, long value) {
    if (value != 0) {
      line.append(' ').append(key).append('=').append(Long.toHexString(value));
    }
  }

  /**
   * Reads a line back.
   *
   * @throws IllegalArgumentException for a word that it does not know
   */
  static TestCase parse(String line) {
    TestCase test = new TestCase();
    for (String word : line.trim().split("\\s+")) {
      int equals = word.indexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException("not key=value: " + word);
      }
      set(test, word.substring(0, equals), word.substring(equals + 1));
    }
    return test;
  }

  private static void set(TestCase test, String key, String value) {
    switch (key) {
      case "mode" -> test.mode = Mode.valueOf(value.toUpperCase(Locale.ROOT));
      case "code" -> test.codeBytes = bytes(value, test.code, 0);
      case "patch" -> test.patchBytes = bytes(value, test.patch, 0);
      case "rip" -> test.rip = number(value);
      case "flags" -> test.rflags = number(value);
      case "ss" -> test.ss = (int) number(value);
      case "ds" -> test.ds = (int) number(value);
      case "es" -> test.es = (int) number(value);
      case "fs" -> test.fs = (int) number(value);
      case "gs" -> test.gs = (int) number(value);
      case "fsbase" -> test.fsBase = number(value);
      case "gsbase" -> test.gsBase = number(value);
      case "data" -> test.dataSeed = number(value);
      case "patchat" -> test.patchAddress = number(value);
      case "sequence" -> test.sequence = true;
      case "undefined" -> test.undefinedFlags = number(value);
      default -> setRegister(test, key, value);
    }
  }

  private static void setRegister(TestCase test, String key, String value) {
    for (int i = 0; i < 16; i++) {
      if (Comparison.gprName(i).equals(key)) {
        test.gpr[i] = number(value);
        return;
      }
    }
    if (!key.startsWith("fx")) {
      throw new IllegalArgumentException("unknown word " + key);
    }
    bytes(value, test.fx.array(), Integer.parseInt(key.substring(2), 16));
  }

  private static long number(String value) {
    return Long.parseUnsignedLong(value, 16);
  }

  private static int bytes(String value, byte[] to, int at) {
    byte[] parsed = HEX.parseHex(value);
    System.arraycopy(parsed, 0, to, at, parsed.length);
    return parsed.length;
  }
}
