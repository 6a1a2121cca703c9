package org.demitasse.cpu.simd;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.demitasse.cpu.simd.SimdInstructions.Form;

/** Makes random and special inputs for instructions and compares our answers with the oracle's. */
final class SimdDifference {
  private static final long[] SPECIAL_DOUBLES = {
    0,
    0x8000_0000_0000_0000L,
    1,
    0x8000_0000_0000_0001L,
    0x000f_ffff_ffff_ffffL,
    0x0010_0000_0000_0000L,
    0x0010_0000_0000_0001L,
    0x3ff0_0000_0000_0000L,
    0xbff0_0000_0000_0000L,
    0x3fef_ffff_ffff_ffffL,
    0x3fe0_0000_0000_0000L,
    0x4330_0000_0000_0001L,
    0x41df_ffff_ffc0_0000L,
    0x41e0_0000_0000_0000L,
    0xc1e0_0000_0010_0000L,
    0x43e0_0000_0000_0000L,
    0xc3e0_0000_0000_0000L,
    0x7fef_ffff_ffff_ffffL,
    0xffef_ffff_ffff_ffffL,
    0x7ff0_0000_0000_0000L,
    0xfff0_0000_0000_0000L,
    0x7ff8_0000_0000_0001L,
    0xfff8_0000_0000_0000L,
    0x7ff0_0000_0000_0001L,
    0xfff4_0000_1234_5678L,
    0x47ef_ffff_f000_0000L,
    0x3810_0000_0000_0000L,
    0x380f_ffff_ffff_ffffL,
    0x36a0_0000_0000_0000L,
    0x3690_0000_0000_0000L
  };
  private static final int[] SPECIAL_SINGLES = {
    0,
    0x8000_0000,
    1,
    0x8000_0001,
    0x007f_ffff,
    0x0080_0000,
    0x0080_0001,
    0x3f80_0000,
    0xbf80_0000,
    0x3f7f_ffff,
    0x3f00_0000,
    0x4b00_0001,
    0x4eff_ffff,
    0x4f00_0000,
    0xcf00_0001,
    0x5f00_0000,
    0xdf00_0000,
    0x7f7f_ffff,
    0xff7f_ffff,
    0x7f80_0000,
    0xff80_0000,
    0x7fc0_0001,
    0xffc0_0000,
    0x7f80_0001,
    0xffa0_1234
  };

  private final SplittableRandom random;
  private final boolean floats;
  private final List<byte[]> codes = new ArrayList<>();
  private final List<ByteBuffer> states = new ArrayList<>();
  private final List<Form> origins = new ArrayList<>();

  SimdDifference(long seed, boolean floats) {
    random = new SplittableRandom(seed);
    this.floats = floats;
  }

  /** Adds {@code count} trials of an instruction. */
  void add(Form form, int count) {
    for (int n = 0; n < count; n++) {
      origins.add(form);
      codes.add(code(form, n));
      states.add(state());
    }
  }

  private byte[] code(Form form, int n) {
    byte[] start = form.bytes();
    boolean inMemory = form.memory() && (!form.registers() || n % 3 == 0);
    int reg = form.extension() >= 0 ? form.extension() : random.nextInt(4);
    int modrm = (inMemory ? 6 : 0xC0 | random.nextInt(4)) | reg << 3;
    byte[] code = Arrays.copyOf(start, start.length + (form.immediate() ? 2 : 1));
    code[start.length] = (byte) modrm;
    if (form.immediate()) {
      code[start.length + 1] = (byte) (form.extension() >= 0 ? random.nextInt(40) : random.nextInt(256));
    }
    return code;
  }

  private ByteBuffer state() {
    ByteBuffer state = ByteBuffer.allocate(SimdOracle.STATE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int n = 0; n < SimdOracle.MXCSR; n += 8) {
      state.putLong(n, n < SimdOracle.GPR ? quantity() : integer());
    }
    int mxcsr = 0x1f80;
    if (floats) {
      mxcsr = random.nextInt(4) == 0 ? random.nextInt(0x1_0000) : 0x1f80 | random.nextInt(0x1_0000) & 0xe07f;
      if (random.nextInt(3) == 0) {
        mxcsr = mxcsr & 0x3f | 0x1f80;
      }
      if (random.nextInt(2) == 0) {
        mxcsr &= ~0x3f;
      }
    }
    state.putInt(SimdOracle.MXCSR, mxcsr);
    state.putInt(SimdOracle.FLAGS, 0x202 | random.nextInt(0x1000) & 0x8d5);
    return state;
  }

  private long quantity() {
    if (!floats) {
      return integer();
    }
    return switch (random.nextInt(6)) {
      case 0 -> SPECIAL_DOUBLES[random.nextInt(SPECIAL_DOUBLES.length)];
      case 1 -> Integer.toUnsignedLong(special()) | (long) special() << 32;
      case 2 -> random.nextLong();
      case 3 -> Double.doubleToRawLongBits(random.nextInt(-1000, 1000) * 0.25);
      case 4 -> {
        double wide = Math.scalb(random.nextDouble() - 0.5, random.nextInt(-70, 70));
        yield Double.doubleToRawLongBits(wide);
      }
      default -> {
        float first = Math.scalb((float) random.nextDouble() - 0.5f, random.nextInt(-35, 35));
        float other = random.nextInt(-1000, 1000) * 0.5f;
        yield Integer.toUnsignedLong(Float.floatToRawIntBits(first)) | (long) Float.floatToRawIntBits(other) << 32;
      }
    };
  }

  private int special() {
    return SPECIAL_SINGLES[random.nextInt(SPECIAL_SINGLES.length)];
  }

  private long integer() {
    return switch (random.nextInt(5)) {
      case 0 -> random.nextLong() & 0x0f0f_0f0f_0f0f_0f0fL;
      case 1 -> random.nextInt(0, 70);
      case 2 -> {
        long bytes = 0;
        for (int n = 0; n < 8; n++) {
          bytes = bytes << 8 | new int[] {0, 1, 0x7f, 0x80, 0x81, 0xff, 'a', 'b'}[random.nextInt(8)];
        }
        yield bytes;
      }
      case 3 -> {
        int[] values = {0, 1, 0x7fff_ffff, 0x8000_0000, -1, 0x7fff_8000, 0x8000_7fff, 0x0001_ffff};
        yield Integer.toUnsignedLong(values[random.nextInt(8)]) | (long) values[random.nextInt(8)] << 32;
      }
      default -> random.nextLong();
    };
  }

  /** Runs all and tells the differences: at most three an instruction. */
  List<String> differences(SimdOracle oracle) throws IOException, InterruptedException {
    List<ByteBuffer> expected = oracle.run(codes, states);
    List<String> found = new ArrayList<>();
    java.util.Map<String, Integer> counts = new java.util.TreeMap<>();
    try (SimdMachine machine = new SimdMachine()) {
      for (int n = 0; n < codes.size(); n++) {
        ByteBuffer actual = machine.run(codes.get(n), states.get(n));
        String difference = compare(states.get(n), expected.get(n), actual);
        if (!difference.isEmpty() && counts.merge(origins.get(n).name(), 1, Integer::sum) <= 3) {
          String code = HexFormat.of().formatHex(codes.get(n));
          found.add("%s as %s: %s".formatted(origins.get(n).name(), code, difference));
        }
      }
    }
    return found;
  }

  private static String compare(ByteBuffer before, ByteBuffer expected, ByteBuffer actual) {
    StringBuilder text = new StringBuilder();
    for (int at = 0; at < SimdOracle.STATE_BYTES - 8; at += 8) {
      boolean mmxUnknown = expected.getInt(SimdOracle.SIGNAL) != 0 && at >= SimdOracle.MM && at < SimdOracle.MEMORY;
      long want = expected.getLong(at);
      long got = actual.getLong(at);
      if (at == SimdOracle.MXCSR && (expected.getInt(SimdOracle.SIGNAL) != 0)) {
        want &= 0xffff_ffffL;
        got &= 0xffff_ffffL;
      }
      if (want != got && !mmxUnknown) {
        text.append(" [%d] %016x expected %016x".formatted(at, got, want));
      }
    }
    if (expected.getInt(SimdOracle.SIGNAL) != actual.getInt(SimdOracle.SIGNAL)) {
      text.append(
          " signal %d expected %d".formatted(actual.getInt(SimdOracle.SIGNAL), expected.getInt(SimdOracle.SIGNAL)));
    }
    if (!text.isEmpty()) {
      text.append(" from");
      for (int at = 0; at < SimdOracle.STATE_BYTES - 8; at += 8) {
        if (at < 64 || at >= SimdOracle.MEMORY) {
          text.append(" %016x".formatted(before.getLong(at)));
        }
      }
    }
    return text.toString();
  }
}
