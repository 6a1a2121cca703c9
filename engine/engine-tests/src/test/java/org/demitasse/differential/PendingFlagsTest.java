package org.demitasse.differential;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.List;
import org.demitasse.cpu.Translation;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What translated code leaves pending: every instruction that sets flags, followed by every one that sets some of them
 * or reads them, then all sixteen conditions, or a fault. And 16-byte accesses that fault in their second page.
 */
class PendingFlagsTest {
  private static final HexFormat HEX = HexFormat.of();

  /** RAX, RDX: operands; CL: a count; R8, R9: others. */
  private static final List<String> SETTERS =
      List.of(
          "4801d0", // add rax, rdx
          "01d0", // add eax, edx
          "6601d0", // add ax, dx
          "00d4", // add ah, dl
          "4829d0", // sub rax, rdx
          "39d0", // cmp eax, edx
          "21d0", // and eax, edx
          "4811d0", // adc rax, rdx
          "10d0", // adc al, dl
          "19d0", // sbb eax, edx
          "48ffc0", // inc rax
          "fec8", // dec al
          "66f7d8", // neg ax
          "48c1e003", // shl rax, 3
          "d1e8", // shr eax, 1
          "c0f807", // sar al, 7
          "48d3e0", // shl rax, cl
          "66d3f8", // sar ax, cl
          "480fafc2", // imul rax, rdx
          "6bc211", // imul eax, edx, 17
          "48f7e2", // mul rdx
          "f7e2", // mul edx
          "f7ea", // imul edx
          "48f7ea", // imul rdx
          "660f2ec8", // ucomisd xmm1, xmm0
          "0fbcc2"); // bsf eax, edx

  private static final List<String> FOLLOWERS =
      List.of(
          "90", // nop
          "49c1c80d", // ror r8, 13
          "41c1c007", // rol r8d, 7
          "41c0c008", // rol r8b, 8
          "41d3c0", // rol r8d, cl
          "49d3c8", // ror r8, cl
          "4d0fa3c8", // bt r8, r9
          "410fbae81f", // bts r8d, 31
          "41c1c0024d0fa3c8", // rol r8d, 2; bt r8, r9
          "41d3c0410fbae800", // rol r8d, cl; bts r8d, 0
          "49ffc0", // inc r8
          "66ff4d00", // dec word [rbp]
          "4d11c8", // adc r8, r9
          "4183d800", // sbb r8d, 0
          "41d3e8", // shr r8d, cl
          "41d0d8", // rcr r8b, 1
          "4d0fb1c8", // cmpxchg r8, r9
          "f0440fb14d00", // lock cmpxchg [rbp], r9d
          "f0440fc14d00", // lock xadd [rbp], r8d
          "4d0f42c1", // cmovc r8, r9
          "41f7d0", // not r8d
          "41f7f1"); // div r9d: may raise #DE

  /** SETcc [rbp + n] for all conditions; then a read that faults. */
  private static String conditions() {
    StringBuilder code = new StringBuilder();
    for (int n = 0; n < 16; n++) {
      code.append("0f9%x45%02x".formatted(n, 0x10 + n));
    }
    return code.toString();
  }

  private static final String FAULT = "498b02"; // mov rax, [r10], which is not mapped
  private static final String LOOP = "ffc975"; // dec ecx; jnz back

  private static void write(TestCase test, String code) {
    byte[] bytes = HEX.parseHex(code);
    System.arraycopy(bytes, 0, test.code, 0, bytes.length);
    test.codeBytes = bytes.length;
  }

  private static TestCase prepared(long seed) {
    TestCase test = new TestCase();
    new ProgramGenerator(seed, false).generate(seed, test); // for a state like all others
    test.mode = Mode.LONG;
    Random random = Random.of(seed, 1);
    for (int n = 0; n < 16; n++) {
      test.gpr[n] = Values.integer(random);
    }
    test.gpr[1] = List.of(0L, 1L, 32L, 0xffL, 7L).get((int) (seed % 5));
    test.gpr[4] = Arena.DATA + 0x800;
    test.gpr[5] = Arena.DATA + 0x400;
    test.gpr[10] = 0x5000_0000L;
    test.rflags = 0x202 | random.nextInt() & 0x8d5;
    test.rip = Arena.CODE + 0x400;
    return test;
  }

  private static void run(TwinSubject twins, TestCase test) {
    twins.run(new TestCase[] {test}, new Outcome[] {new Outcome()}, 1);
  }

  @ParameterizedTest
  @EnumSource(
      value = Translation.class,
      names = {"EAGER", "EAGER_QUICK"})
  void everyPairOfFlagInstructionsLeavesWhatTheInterpreterLeaves(Translation form) {
    try (TwinSubject twins = new TwinSubject(form)) {
      long seed = 1;
      for (String setter : SETTERS) {
        for (String follower : FOLLOWERS) {
          for (String end : List.of(conditions(), FAULT, "")) {
            TestCase test = prepared(seed++);
            write(test, setter + follower + end);
            run(twins, test);
          }
        }
      }
      assertThat(twins.differences()).isEmpty();
      assertThat(twins.translatedInstructions()).isGreaterThan(seed);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Translation.class,
      names = {"EAGER", "EAGER_QUICK"})
  void pendingFlagsGoOverEdgesOfBlocksAndAroundLoops(Translation form) {
    try (TwinSubject twins = new TwinSubject(form)) {
      long seed = 10_000;
      for (String setter : SETTERS) {
        for (String follower : FOLLOWERS) {
          TestCase test = prepared(seed++);
          test.gpr[1] = 3;
          String body = follower + "eb00" + setter;
          int back = -(body.length() / 2 + 4);
          write(test, "eb00" + body + LOOP + "%02x".formatted(back & 0xff) + conditions());
          run(twins, test);
        }
      }
      assertThat(twins.differences()).isEmpty();
      assertThat(twins.translatedInstructions()).isGreaterThan(10L * SETTERS.size() * FOLLOWERS.size());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Translation.class,
      names = {"EAGER", "EAGER_QUICK"})
  void sixteenBytesThatFaultInTheirSecondPageChangeNothing(Translation form) {
    List<String> accesses =
        List.of(
            "0f114500", // movups [rbp], xmm0
            "0f104500", // movups xmm0, [rbp]
            "660f7f4500", // movdqa [rbp], xmm0
            "660f6f4500", // movdqa xmm0, [rbp]
            "660fef4500", // pxor xmm0, [rbp]
            "f20f584500", // addsd xmm0, [rbp]
            "660f584500"); // addpd xmm0, [rbp]
    try (TwinSubject twins = new TwinSubject(form)) {
      long seed = 20_000;
      for (String access : accesses) {
        for (long address : new long[] {Arena.READ_ONLY, Arena.READ_ONLY + Arena.PAGE, Arena.DATA}) {
          for (int before = 0; before <= 16; before++) {
            TestCase test = prepared(seed++);
            test.gpr[5] = address - before;
            write(test, "4801d0" + access + "0f28d8");
            run(twins, test);
          }
        }
      }
      assertThat(twins.differences()).isEmpty();
      assertThat(twins.translatedInstructions()).isPositive();
    }
  }
}
