package org.demitasse.cpu.interpret;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.Objects;
import org.demitasse.core.bus.Bus;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.decode.Decoder;
import org.demitasse.cpu.mmu.CodeWatcher;
import org.demitasse.cpu.state.SystemRegisters;
import org.demitasse.cpu.system.CpuModel;
import org.demitasse.cpu.system.Cpuid;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What CPUID offers decodes, and what it does not offer raises #UD. */
class OfferedInstructionsTest {
  private static final CodeWatcher NO_CODE =
      new CodeWatcher() {
        @Override
        public boolean isCode(long gpa) {
          return false;
        }

        @Override
        public void beforeWrite(long gpa, int bytes) {}
      };

  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "FPU, 1, 3, 0, d9e8",
    "TSC, 1, 3, 4, 0f31",
    "MSR, 1, 3, 5, 0f30",
    "CX8, 1, 3, 8, 0fc70b",
    "SEP, 1, 3, 11, 0f34",
    "CMOV, 1, 3, 15, 0f44c1",
    "CLFSH, 1, 3, 19, 0fae3b",
    "MMX, 1, 3, 23, 0ffcc1",
    "FXSR, 1, 3, 24, 0fae03",
    "SSE, 1, 3, 25, 0f58c1",
    "SSE2, 1, 3, 26, 660f58c1",
    "SSE3, 1, 2, 0, f20f7cc1",
    "PCLMUL, 1, 2, 1, 660f3a44c100",
    "MONITOR, 1, 2, 3, 0f01c8",
    "VMX, 1, 2, 5, 0f01c2",
    "SSSE3, 1, 2, 9, 660f3800c1",
    "FMA, 1, 2, 12, c4e2f198c2",
    "CX16, 1, 2, 13, 480fc70b",
    "SSE4.1, 1, 2, 19, 660f3a0fc100",
    "SSE4.1 round, 1, 2, 19, 660f3a0bc100",
    "SSE4.2, 1, 2, 20, f20f38f1c1",
    "SSE4.2 strings, 1, 2, 20, 660f3a63c100",
    "MOVBE, 1, 2, 22, 0f38f003",
    "POPCNT, 1, 2, 23, f30fb8c1",
    "AES, 1, 2, 25, 660f38dcc1",
    "XSAVE, 1, 2, 26, 0fae23",
    "AVX, 1, 2, 28, c5f058c2",
    "F16C, 1, 2, 29, c4e27913c1",
    "RDRAND, 1, 2, 30, 0fc7f0",
    "FSGSBASE, 7, 1, 0, f30faec0",
    "BMI1, 7, 1, 3, c4e270f2c2",
    "AVX2, 7, 1, 5, c5f5fcc2",
    "BMI2, 7, 1, 8, c4e273f7c2",
    "INVPCID, 7, 1, 10, 660f388203",
    "RDSEED, 7, 1, 18, 0fc7f8",
    "ADX, 7, 1, 19, 660f38f6c1",
    "SMAP, 7, 1, 20, 0f01ca",
    "CLFLUSHOPT, 7, 1, 23, 660fae3b",
    "CLWB, 7, 1, 24, 660fae33",
    "SHA, 7, 1, 29, 0f38c8c1",
    "PKU, 7, 2, 3, 0f01ee",
    "RDPID, 7, 2, 22, f30fc7f8",
    "GFNI, 7, 2, 8, 660f38cfc1",
    "LZCNT, 80000001, 2, 5, f30fbdc1",
    "PREFETCHW, 80000001, 2, 8, 0f0d0b",
    "SYSCALL, 80000001, 3, 11, 0f05",
    "RDTSCP, 80000001, 3, 27, 0f01f9",
    "SVM, 80000001, 2, 2, 0f01d8",
    "SSE4A, 80000001, 2, 6, f20f2bc1",
    "LAHF, 80000001, 2, 0, 9f"
  })
  void offeredMeansDecoded(String feature, String leaf, int register, int bit, String hex) {
    int word = new Cpuid(CpuModel.DEFAULT, 1).leaf((int) Long.parseLong(leaf, 16), 0, 0)[register];
    boolean offered = (word >>> bit & 1) != 0;
    assertThat(isDefined(hex))
        .as("%s is %s", feature, offered ? "offered" : "not offered")
        .isEqualTo(offered || isHint(feature));
  }

  /** Encodings that mean something else, and not #UD, without the feature. */
  private static boolean isHint(String feature) {
    return feature.equals("PREFETCHW");
  }

  @ParameterizedTest
  @CsvSource({"0f2005, 3", "0f2245, 3", "0f2185, 3", "0f2304, 3", "0f2805, 7"})
  void movesToAndFromControlRegistersHaveNoMemoryOperandWhateverModSays(String hex, int length) {
    assertThat(decode(hex).length()).isEqualTo(length);
  }

  private static boolean isDefined(String hex) {
    return !decode(hex).getClass().getSimpleName().equals("Undefined");
  }

  private static Op decode(String hex) {
    try (GuestMemory memory = new GuestMemory(1 << 20)) {
      Cpu cpu = new Cpu(memory, new Bus("memory"), new Bus("port"), NO_CODE);
      cpu.sys.efer = SystemRegisters.EFER_LMA;
      cpu.setSegment(Cpu.CS, new Segment(8, 0, 0xffff_ffffL, 0xa9b));
      cpu.modeChanged();
      byte[] bytes = HexFormat.of().parseHex(hex);
      byte[] padded = Arrays.copyOf(bytes, bytes.length + 16);
      Op op = new Decoder(Instructions.TABLE).decode(padded, 0, padded.length, 0, cpu);
      cpu.memory.close();
      return Objects.requireNonNull(op);
    }
  }
}
