package org.demitasse.cpu.fpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.SystemRegisters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** XSAVE, XRSTOR, snapshots, and what no user program can show: CR0, CR4 and real mode. */
class ExtendedStateTest {
  private static final long AREA = SoftFpu.DATA;

  private final SoftFpu fpu = new SoftFpu();
  private final Cpu cpu = fpu.cpu;

  @AfterEach
  void free() {
    fpu.close();
  }

  private void run(String hex) {
    byte[] code = Arrays.copyOf(HexFormat.of().parseHex(hex), 16);
    cpu.gpr[Cpu.RBX] = AREA;
    Op op = fpu.decoder.decode(code, 0, 16, 0, cpu);
    assertThat(op).isNotNull();
    op.execute(cpu);
  }

  private void fails(String hex, int vector) {
    assertThatThrownBy(() -> run(hex))
        .isInstanceOfSatisfying(GuestFault.class, fault -> assertThat(fault.vector()).isEqualTo(vector));
  }

  private void requestAll() {
    cpu.gpr[Cpu.RAX] = 0xffff_ffffL;
    cpu.gpr[Cpu.RDX] = 0xffff_ffffL;
  }

  @Test
  void xsaveAndXrstorCarryBothComponents() {
    run("d9eb"); // FLDPI
    cpu.xmm[5] = 0x1234;
    requestAll();
    run("480fae23"); // XSAVE64
    assertThat(fpu.memory.readLong(AREA + 512)).isEqualTo(3);
    run("dbe3");
    cpu.xmm[5] = 0;
    cpu.x87.significand[7] = 0;
    run("480fae2b"); // XRSTOR64
    assertThat(cpu.xmm[5]).isEqualTo(0x1234);
    assertThat(cpu.x87.top).isEqualTo(7);
    assertThat(cpu.x87.significand[7]).isEqualTo(0xc90f_daa2_2168_c235L);
  }

  @Test
  void xrstorInitializesWhatTheHeaderLeavesOut() {
    run("d9eb");
    cpu.xmm[5] = 0x1234;
    requestAll();
    fpu.memory.writeInt(AREA + 24, 0x1f80);
    run("0fae2b");
    assertThat(cpu.xmm[5]).isZero();
    assertThat(cpu.x87.empty).isEqualTo(0xff);
    assertThat(cpu.x87.control).isEqualTo(0x37f);
  }

  @Test
  void xsaveoptLeavesInitialComponentsAlone() {
    fpu.memory.writeLong(AREA, -1);
    fpu.memory.writeLong(AREA + 512, 7);
    cpu.xmm[5] = 0x1234;
    requestAll();
    run("0fae33");
    assertThat(fpu.memory.readLong(AREA)).isEqualTo(-1);
    assertThat(fpu.memory.readLong(AREA + 512)).isEqualTo(6);
  }

  @Test
  void xrstorRefusesBadHeaders() {
    requestAll();
    fpu.memory.writeLong(AREA + 512, 4);
    fails("0fae2b", GuestFault.GP);
    fpu.memory.writeLong(AREA + 512, 3);
    fpu.memory.writeLong(AREA + 520, 1);
    fails("0fae2b", GuestFault.GP);
    fpu.memory.writeLong(AREA + 520, 0);
    fpu.memory.writeInt(AREA + 24, 0x1_0000);
    fails("0fae2b", GuestFault.GP);
  }

  @Test
  void misalignedAreasAreRefused() {
    requestAll();
    fails("0fae4308", GuestFault.GP); // FXSAVE [rbx+8]
    fails("0fae6310", GuestFault.GP); // XSAVE [rbx+16]
  }

  @Test
  void controlRegistersKeepInstructionsAway() {
    cpu.sys.cr0 |= SystemRegisters.CR0_TS;
    fails("d9eb", GuestFault.NM);
    fails("9b", GuestFault.NM);
    fails("0fae03", GuestFault.NM);
    fails("0fae23", GuestFault.NM);
    cpu.sys.cr4 &= ~SystemRegisters.CR4_OSXSAVE;
    fails("0fae23", GuestFault.UD);
    cpu.sys.cr0 &= ~SystemRegisters.CR0_MP;
    run("9b");
  }

  @Test
  void unmaskedExceptionWaitsForTheNextInstruction() {
    fpu.memory.writeShort(AREA, 0x37b);
    run("d92b"); // FLDCW: zero divide unmasked
    run("d9e8");
    run("d9ee");
    run("def9"); // FDIVP
    assertThat(X87.statusWord(cpu.x87) & 0x80ff).isEqualTo(0x8084);
    fails("d9e8", GuestFault.MF);
    fails("9b", GuestFault.MF);
    run("dfe0"); // FNSTSW AX does not wait
    cpu.sys.cr0 &= ~SystemRegisters.CR0_NE;
    run("9b"); // no FERR# is wired
  }

  @Test
  void realModeEnvironmentHasLinearAddresses() {
    cpu.sys.cr0 &= ~SystemRegisters.CR0_PE;
    cpu.sys.efer = 0;
    cpu.setSegment(Cpu.CS, new Segment(0xf123, 0xf1230, 0xffff, 0x9b));
    cpu.setSegment(Cpu.DS, new Segment((int) (AREA >> 8), AREA >> 4 << 4, 0xffff_ffffL, 0x93));
    cpu.modeChanged();
    cpu.gpr[Cpu.BLOCK_RIP] = 0x4567;
    run("d9e8"); // FLD1
    byte[] store = {0x67, (byte) 0xd9, 0x35, 0, 0, 0, 0}; // FNSTENV [disp32], 14 bytes
    Op op = fpu.decoder.decode(Arrays.copyOf(store, 16), 0, 16, 0, cpu);
    assertThat(op).isNotNull();
    op.execute(cpu);
    int linear = 0xf1230 + 0x4567;
    assertThat(fpu.memory.readShort(AREA + 6)).isEqualTo(linear & 0xffff);
    assertThat(fpu.memory.readShort(AREA + 8)).isEqualTo(linear >> 16 << 12 | 0x1e8);
  }

  @Test
  void snapshotKeepsThePointersOfTheLastInstruction() {
    cpu.gpr[Cpu.BLOCK_RIP] = 0x4000_1234L;
    run("d9eb");
    byte[] saved = ExtendedState.save(cpu);
    run("dbe3");
    ExtendedState.restore(cpu, saved);
    assertThat(cpu.x87.instructionPointer).isEqualTo(0x4000_1234L);
    assertThat(cpu.x87.opcode).isEqualTo(0x1eb);
    assertThat(ExtendedState.save(cpu)).isEqualTo(saved);
  }
}
