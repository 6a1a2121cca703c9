package org.demitasse.bench;

import java.util.Random;

/**
 * A small kernel whose code is made up: functions with tests, loops, tables and calls, always the same. Compiled by
 * this computer's gcc together with small-kernel.c, which says what it does.
 */
final class SmallKernel {
  /** What it prints last. */
  static final String READY = "small kernel is ready";

  /** How much it executes, as counted by demi; a little more or less with another compiler. */
  static final int MILLION_INSTRUCTIONS = 90;

  private static final int FUNCTIONS = 1600;
  private static final int LEAVES = 100;
  private static final int ROUNDS = 240;
  private static final String[] OPTIONS = {
    "-std=gnu11",
    "-O1",
    "-ffreestanding",
    "-nostdlib",
    "-fno-pic",
    "-no-pie",
    "-fno-stack-protector",
    "-fno-asynchronous-unwind-tables",
    "-fcf-protection=none",
    "-fno-tree-loop-distribute-patterns",
    "-fno-if-conversion",
    "-fno-if-conversion2",
    "-mgeneral-regs-only",
    "-mno-red-zone",
    "-DROUNDS=" + ROUNDS,
    "-Wl,-e,pvh_entry",
    "-Wl,-Ttext-segment=0x200000",
    "-Wl,-z,max-page-size=4096",
    "-Wl,-z,noexecstack",
    "-Wl,--build-id=none"
  };

  private final Random random = new Random(2026);
  private final StringBuilder code = new StringBuilder();

  private SmallKernel() {}

  /** What gcc is to be told. */
  static String[] options() {
    return OPTIONS.clone();
  }

  /** The functions, in C. */
  static String functions() {
    SmallKernel kernel = new SmallKernel();
    for (int n = 0; n < FUNCTIONS; n++) {
      kernel.function(n);
    }
    kernel.code.append("function *const FUNCTIONS[] = {");
    for (int n = 0; n < FUNCTIONS; n++) {
      kernel.code.append("f%d,".formatted(n));
    }
    kernel.code.append("};\nconst unsigned FUNCTION_COUNT = %d;\n".formatted(FUNCTIONS));
    return kernel.code.toString();
  }

  private void function(int n) {
    code.append("__attribute__((noinline)) static uint64_t f%d(uint64_t a, uint64_t *t) {\n".formatted(n));
    code.append("  uint64_t b = a * %dull + t[a & 1023];\n".formatted(random.nextInt(1 << 20) | 1));
    int parts = 2 + random.nextInt(2);
    for (int part = 0; part < parts; part++) {
      part(n);
    }
    code.append("  return b;\n}\n");
  }

  private void part(int n) {
    int mask = random.nextInt(1024);
    switch (random.nextInt(n < LEAVES ? 3 : 4)) {
      case 0 ->
          code.append(
              "  if (b & %d) { t[(b >> 3) & 1023] += a; b ^= %dull; } else b += t[%d];\n"
                  .formatted(1 << random.nextInt(8), random.nextInt(), mask));
      case 1 ->
          code.append(
              "  for (unsigned i = 0; i < %d; i++) { b += t[(i + %d) & 1023]; if (b & 4) a ^= b >> 3; }\n"
                  .formatted(2 + random.nextInt(6), mask));
      case 2 ->
          code.append(
              "  switch (b & 3) { case 0: a += 7; break; case 1: b ^= t[%d]; break; case 2: t[%d] = b; break; }\n"
                  .formatted(mask, random.nextInt(1024)));
      default -> code.append("  b += f%d(b >> 2, t);\n".formatted(random.nextInt(LEAVES)));
    }
  }
}
