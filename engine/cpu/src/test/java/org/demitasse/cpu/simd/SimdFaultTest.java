package org.demitasse.cpu.simd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.HexFormat;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.SystemRegisters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SimdFaultTest {
  private static final String MOVAPS_LOAD = "0F2806";
  private static final String MOVUPS_STORE = "0F1106";
  private static final String PADDB_MMX = "0FFCC1";
  private static final String EMMS = "0F77";
  private static final long PRESENT_WRITABLE = 3;

  private final SimdMachine machine = new SimdMachine();
  private final Cpu cpu = machine.cpu;

  @AfterEach
  void close() {
    machine.close();
  }

  private void execute(String code) {
    machine.decode(HexFormat.of().parseHex(code)).execute(cpu);
  }

  private int faultOf(String code) {
    Op op = machine.decode(HexFormat.of().parseHex(code));
    return catchThrowableOfType(GuestFault.class, () -> op.execute(cpu)).vector();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"0F2806", "0F2906", "660F6F06", "660F7F06", "0F2B06", "660FE706", "660F382A06", "660FEF06", "0F5806"})
  void misalignedOperandOfAnAlignedFormIsAGeneralProtectionFault(String code) {
    cpu.gpr[Cpu.RSI] = SimdMachine.MEMORY + 8;
    assertThat(faultOf(code)).isEqualTo(GuestFault.GP);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0F1006", "0F1106", "F30F6F06", "F30F7F06", "F20FF006", "660F3A620600"})
  void unalignedFormsTakeAnyAddress(String code) {
    cpu.gpr[Cpu.RSI] = SimdMachine.MEMORY + 5;
    execute(code);
    assertThat(cpu.sseExceptions).isZero();
  }

  @Test
  void sseIsUndefinedWithoutOsfxsrAndUnavailableWithTs() {
    cpu.sys.cr4 = 0;
    assertThat(faultOf(MOVAPS_LOAD)).isEqualTo(GuestFault.UD);
    cpu.sys.cr4 = SystemRegisters.CR4_OSFXSR;
    cpu.sys.cr0 |= SystemRegisters.CR0_TS;
    assertThat(faultOf(MOVAPS_LOAD)).isEqualTo(GuestFault.NM);
  }

  @Test
  void mmxNeedsNoOsfxsrButAnEmptyErrorSummary() {
    cpu.sys.cr4 = 0;
    execute(PADDB_MMX);
    cpu.x87.status = 0x81;
    assertThat(faultOf(PADDB_MMX)).isEqualTo(GuestFault.MF);
    cpu.sys.cr0 |= SystemRegisters.CR0_TS;
    assertThat(faultOf(PADDB_MMX)).isEqualTo(GuestFault.NM);
    cpu.sys.cr0 |= SystemRegisters.CR0_EM;
    assertThat(faultOf(PADDB_MMX)).isEqualTo(GuestFault.UD);
  }

  @Test
  void mmxFillsTheTagsAndEmmsEmptiesThem() {
    cpu.x87.top = 5;
    cpu.x87.empty = 0xff;
    execute(PADDB_MMX);
    assertThat(cpu.x87.top).isZero();
    assertThat(cpu.x87.empty).isZero();
    assertThat(cpu.x87.signExponent[0]).isEqualTo(0xffff);
    cpu.x87.top = 3;
    execute(EMMS);
    assertThat(cpu.x87.top).isZero();
    assertThat(cpu.x87.empty).isEqualTo(0xff);
  }

  @Test
  void faultingMmxLoadLeavesTheX87StateAlone() {
    cpu.x87.top = 5;
    cpu.x87.empty = 0xff;
    cpu.gpr[Cpu.RSI] = 1L << 60;
    assertThat(faultOf("0F6F06")).isEqualTo(GuestFault.GP);
    assertThat(cpu.x87.top).isEqualTo(5);
    assertThat(cpu.x87.empty).isEqualTo(0xff);
  }

  @Test
  void storeAcrossAPageThatFaultsWritesNothing() {
    mapOnePage();
    cpu.gpr[Cpu.RSI] = 0xff8;
    cpu.xmm[0] = 0x1111_1111_1111_1111L;
    assertThat(faultOf(MOVUPS_STORE)).isEqualTo(GuestFault.PF);
    assertThat(cpu.sys.cr2).isEqualTo(0x1000);
    assertThat(cpu.memory.read64(0xff8)).isZero();
  }

  @Test
  void maskedStoreTouchesOnlySelectedBytes() {
    mapOnePage();
    cpu.gpr[Cpu.RDI] = 0xff8;
    cpu.xmm[0] = 0x8877_6655_4433_2211L;
    cpu.xmm[2] = 0x8000_0000_0000_0080L;
    cpu.xmm[3] = 0;
    execute("660FF7C1");
    assertThat(cpu.memory.read64(0xff8)).isEqualTo(0x8800_0000_0000_0011L);
    cpu.xmm[3] = 0x80;
    assertThat(faultOf("660FF7C1")).isEqualTo(GuestFault.PF);
  }

  /** Linear page 0 is at 0x8000; nothing else is mapped. */
  private void mapOnePage() {
    var memory = cpu.memory.guestMemory();
    memory.writeLong(0x1_0000, 0x1_1000 | PRESENT_WRITABLE);
    memory.writeLong(0x1_1000, 0x1_2000 | PRESENT_WRITABLE);
    memory.writeLong(0x1_2000, 0x1_3000 | PRESENT_WRITABLE);
    memory.writeLong(0x1_3000, 0x8000 | PRESENT_WRITABLE);
    cpu.sys.cr3 = 0x1_0000;
    cpu.sys.cr4 |= SystemRegisters.CR4_PAE;
    cpu.sys.cr0 |= SystemRegisters.CR0_PG | SystemRegisters.CR0_PE;
    cpu.memory.flush();
  }

  @Test
  void unmaskedExceptionIsXmWithOsxmmexcptElseUndefinedAndLeavesTheRegister() {
    cpu.mxcsr = 0x1f80 & ~(Mxcsr.ZE << 7);
    cpu.xmm[0] = Double.doubleToRawLongBits(1);
    cpu.xmm[2] = 0;
    assertThat(faultOf("F20F5EC1")).isEqualTo(GuestFault.XM);
    assertThat(cpu.mxcsr & 0x3f).isEqualTo(Mxcsr.ZE);
    cpu.sys.cr4 &= ~SystemRegisters.CR4_OSXMMEXCPT;
    assertThat(faultOf("F20F5EC1")).isEqualTo(GuestFault.UD);
    assertThat(cpu.xmm[0]).isEqualTo(Double.doubleToRawLongBits(1));
  }
}
