package org.demitasse.differential;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What CPUID does not offer raises #UD, also where the host could do it, so that {@link OpcodeSpace} leaves it out. */
class NotOfferedTest {
  private static final int UNDEFINED_OPCODE = 6;

  @ParameterizedTest
  @CsvSource({
    "c5f828c1, VMOVAPS xmm",
    "c5fc28c1, VMOVAPS ymm",
    "c5e9efd3, VPXOR",
    "c4e27113c1, VCVTPH2PS",
    "c4e27998c2, VFMADD132PS",
    "c4e271dcc2, VAESENC",
    "62f17c4828c1, VMOVAPS zmm",
    "8fe87801c1, XOP",
    "660f38f6c1, ADCX",
    "f30f38f6c1, ADOX",
    "660f79c1, EXTRQ",
    "f20f79c1, INSERTQ",
    "f30f2b06, MOVNTSS",
    "f20f2b06, MOVNTSD",
    "0fc726, XSAVEC",
    "0fc72e, XSAVES",
    "0fc71e, XRSTORS",
    "f30fc7f8, RDPID",
    "0f01fc, CLZERO",
    "0f01fa, MONITORX",
    "0f01d9, VMMCALL",
    "0f01ee, RDPKRU",
    "0f01e8, SERIALIZE",
    "660f38cfc1, GF2P8MULB",
    "660f38f806, MOVDIR64B",
    "660faef0, TPAUSE",
    "0f0fc19e, PFADD"
  })
  void raisesUndefinedOpcode(String code, String name) {
    TestCase test =
        CaseLine.parse(
            "mode=long code=%s rip=10000400 flags=302 rsi=20000400 rsp=20000800 ss=2b fx0=7f03 fx10=0000000000000000801f0000ffff0000"
                .formatted(code));
    Outcome outcome = new Outcome();
    try (Subject subject = new CpuSubject(InstructionSet.table())) {
      subject.run(new TestCase[] {test}, new Outcome[] {outcome}, 1);
    }
    assertThat(outcome.vector).as(name).isEqualTo(UNDEFINED_OPCODE);
    assertThat(outcome.rip).isEqualTo(test.rip);
  }
}
