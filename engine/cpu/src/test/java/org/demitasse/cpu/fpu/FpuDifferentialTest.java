package org.demitasse.cpu.fpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every x87 encoding against the host's own FPU: result bits, status, flags, memory, pointers. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FpuDifferentialTest {
  private static final long SEED = Long.getLong("fpu.seed", 20261122);
  private static final int CASES = Integer.getInteger("fpu.cases", 200);
  private static final List<Integer> TRANSCENDENTAL = List.of(0xF0, 0xF1, 0xF2, 0xF3, 0xF9, 0xFB, 0xFE, 0xFF);

  private static final List<String> FXSAVE = List.of("0fae02", "480fae02");

  private HostFpu host;
  private SoftFpu soft;

  @BeforeAll
  void start() throws Exception {
    String reason = HostFpu.reasonNotToRun();
    assumeTrue(reason.isEmpty(), reason);
    assumeTrue(HostFpu.isAmd(), "the exact comparison is with AMD's processors, which differ from others in corners");
    host = new HostFpu();
    soft = new SoftFpu();
  }

  @AfterAll
  void stop() throws Exception {
    if (host != null) {
      host.close();
    }
    if (soft != null) {
      soft.close();
    }
  }

  static Stream<String> opcodes() {
    return IntStream.rangeClosed(0xD8, 0xDF).mapToObj(opcode -> HexFormat.of().toHexDigits((byte) opcode));
  }

  @ParameterizedTest
  @MethodSource("opcodes")
  void givesTheHostsResultForEveryEncoding(String hex) {
    int opcode = HexFormat.fromHexDigits(hex);
    List<String> differences = new ArrayList<>();
    for (int modrm = 0xC0; modrm < 0x100; modrm++) {
      if (opcode != 0xD9 || !TRANSCENDENTAL.contains(modrm)) {
        compare(new byte[] {(byte) opcode, (byte) modrm}, 0, 0, differences);
      }
    }
    for (int extension = 0; extension < 8; extension++) {
      byte modrm = (byte) (extension << 3 | 2);
      compare(new byte[] {(byte) opcode, modrm}, 0, 0, differences);
      compare(new byte[] {0x66, (byte) opcode, modrm}, 0, 0, differences);
    }
    assertThat(differences).isEmpty();
  }

  static Stream<String> transcendentals() {
    // The host itself is off by some units near multiples of pi for the others.
    return Stream.of("d9f0", "d9f1", "d9f3", "d9f9");
  }

  @ParameterizedTest
  @MethodSource("transcendentals")
  void isWithinOneUnitOfTheHostsTranscendentals(String hex) {
    List<String> differences = new ArrayList<>();
    compare(HexFormat.of().parseHex(hex), X87.C1, 1, differences);
    assertThat(differences).isEmpty();
  }

  static Stream<String> trigonometrics() {
    return Stream.of("d9f2", "d9fb", "d9fe", "d9ff");
  }

  @ParameterizedTest
  @MethodSource("trigonometrics")
  void isCloseToTheHostsTrigonometricFunctions(String hex) {
    List<String> differences = new ArrayList<>();
    compare(HexFormat.of().parseHex(hex), X87.C1, 64, differences);
    assertThat(differences).isEmpty();
  }

  static Stream<String> others() {
    return Stream.of("9b", "0fae02", "480fae02", "0fae0a", "480fae0a", "0fae12", "0fae1a");
  }

  @ParameterizedTest
  @MethodSource("others")
  void waitsAndKeepsStateAsTheHostDoes(String hex) {
    List<String> differences = new ArrayList<>();
    compare(HexFormat.of().parseHex(hex), 0, 0, differences);
    assertThat(differences).isEmpty();
  }

  private void compare(byte[] instruction, int ignoredStatus, int ulps, List<String> differences) {
    FpuCases generator = new FpuCases(SEED * 1_000_003 + Arrays.hashCode(instruction));
    List<FpuCase> cases = new ArrayList<>();
    for (int i = 0; i < CASES; i++) {
      cases.add(generator.next(instruction));
    }
    List<FpuOutcome> expected = host.run(cases);
    for (int i = 0; i < CASES; i++) {
      FpuOutcome actual = soft.run(cases.get(i));
      if (FXSAVE.contains(HexFormat.of().formatHex(instruction))) {
        // We do not offer misaligned SSE, so bit 17 of MXCSR does not exist.
        expected.get(i).memory[30] &= ~2;
      }
      String difference = expected.get(i).difference(actual, ignoredStatus, ulps);
      if (!difference.isEmpty() && differences.size() < 20) {
        differences.add(cases.get(i) + " -> " + difference);
      }
    }
  }
}
