package org.demitasse.cpu.system;

import static org.assertj.core.api.Assertions.assertThat;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.SystemRegisters;
import org.junit.jupiter.api.Test;

class ModelSpecificTest {
  private static long read(Scene scene, int number) {
    scene.cpu.gpr[Cpu.RCX] = number & 0xffff_ffffL;
    scene.execute("0f 32");
    return scene.cpu.gpr[Cpu.RDX] << 32 | scene.cpu.gpr[Cpu.RAX];
  }

  private static void write(Scene scene, int number, long value) {
    prepare(scene, number, value);
    scene.execute("0f 30");
  }

  private static void refused(Scene scene, int number, long value) {
    prepare(scene, number, value);
    scene.faults("0f 30", "13:0");
  }

  private static void prepare(Scene scene, int number, long value) {
    scene.cpu.gpr[Cpu.RCX] = number & 0xffff_ffffL;
    scene.cpu.gpr[Cpu.RAX] = value & 0xffff_ffffL;
    scene.cpu.gpr[Cpu.RDX] = value >>> 32;
  }

  @Test
  void unknownRegistersAndUsersAreRefused() {
    try (Scene scene = Scene.longMode()) {
      scene.cpu.gpr[Cpu.RCX] = 0xc001_001f;
      scene.faults("0f 32", "13:0");
      refused(scene, 0x1234, 0);
      assertThat(scene.cpu.msr.unknownReads).isEqualTo(1);
      assertThat(scene.cpu.msr.unknownWrites).isEqualTo(1);
      scene.atLevel64(3);
      scene.cpu.gpr[Cpu.RCX] = ModelSpecific.TSC;
      scene.faults("0f 32", "13:0");
    }
  }

  @Test
  void addressesMustBeCanonical() {
    try (Scene scene = Scene.longMode()) {
      for (int number : new int[] {0xc000_0082, 0xc000_0083, 0xc000_0100, 0xc000_0101, 0xc000_0102, 0x175, 0x176}) {
        refused(scene, number, 0x8000_0000_0000L);
        write(scene, number, 0xffff_8000_0000_0000L);
        assertThat(read(scene, number)).isEqualTo(0xffff_8000_0000_0000L);
      }
      assertThat(scene.cpu.segmentBase[Cpu.GS]).isEqualTo(0xffff_8000_0000_0000L);
    }
  }

  @Test
  void eferChecksReservedBitsAndKeepsLma() {
    try (Scene scene = Scene.longMode()) {
      refused(scene, ModelSpecific.EFER, 0x1501);
      refused(scene, ModelSpecific.EFER, 0x001);
      write(scene, ModelSpecific.EFER, 0x901);
      assertThat(read(scene, ModelSpecific.EFER)).isEqualTo(0xd01);
    }
    try (Scene scene = Scene.protectedMode()) {
      write(scene, ModelSpecific.EFER, SystemRegisters.EFER_LME | SystemRegisters.EFER_LMA);
      assertThat(read(scene, ModelSpecific.EFER)).isEqualTo(SystemRegisters.EFER_LME);
    }
  }

  @Test
  void memoryTypesAreChecked() {
    try (Scene scene = Scene.longMode()) {
      write(scene, ModelSpecific.PAT, 0x0007_0406_0107_0406L);
      refused(scene, ModelSpecific.PAT, 0x02);
      write(scene, ModelSpecific.MTRR_DEF_TYPE, 0xc06);
      assertThat(read(scene, ModelSpecific.MTRR_DEF_TYPE)).isEqualTo(0xc06);
      refused(scene, ModelSpecific.MTRR_DEF_TYPE, 0x7);
      write(scene, 0x200, 0xc000_0000L);
      write(scene, 0x201, 0xff_c000_0800L);
      refused(scene, 0x201, 0x1ff_c000_0800L);
      refused(scene, 0x20f, 0x400);
      write(scene, 0x26f, 0x0505_0505_0505_0505L & 0x0404_0404_0404_0404L);
      refused(scene, 0x250, 0x03);
      refused(scene, ModelSpecific.MTRR_CAP, 0);
    }
  }

  @Test
  void tscFollowsGuestTimeAndItsAdjustment() {
    try (Scene scene = Scene.longMode()) {
      scene.clock.skipTo(1_000_000);
      assertThat(read(scene, ModelSpecific.TSC)).isEqualTo(1_000_000);
      write(scene, ModelSpecific.TSC_DEADLINE, 1_500_000);
      write(scene, ModelSpecific.TSC, 5_000_000);
      assertThat(read(scene, ModelSpecific.TSC_ADJUST)).isEqualTo(4_000_000);
      assertThat(scene.apic.deadline).as("in the past, in guest time").isEqualTo(1);
      write(scene, ModelSpecific.TSC_DEADLINE, 6_000_000);
      assertThat(scene.apic.deadline).isEqualTo(2_000_000);
      write(scene, ModelSpecific.TSC_DEADLINE, -1);
      assertThat(scene.apic.deadline).isEqualTo(Long.MAX_VALUE);
      scene.execute("0f 31");
      assertThat(scene.cpu.gpr[Cpu.RAX]).isEqualTo(5_000_000);
      write(scene, ModelSpecific.TSC_AUX, 77);
      scene.execute("0f 01 f9");
      assertThat(scene.cpu.gpr[Cpu.RCX]).isEqualTo(77);
      scene.cpu.sys.cr4 |= SystemRegisters.CR4_TSD;
      scene.atLevel64(3);
      scene.faults("0f 31", "13:0");
    }
  }

  @Test
  void xtprMessagesMayBeDisabledThoughNobodySendsThem() {
    try (Scene scene = Scene.longMode()) {
      write(scene, ModelSpecific.MISC_ENABLE, 1 << 23 | 1);
      assertThat(read(scene, ModelSpecific.MISC_ENABLE)).isEqualTo(1 << 23 | 1 << 12 | 1 << 11 | 1);
      refused(scene, ModelSpecific.MISC_ENABLE, 1 << 24);
    }
  }

  @Test
  void refusalsOfTheApicAreProtectionFaults() {
    try (Scene scene = Scene.longMode()) {
      assertThat(read(scene, 0x802)).isEqualTo(7);
      write(scene, 0x80b, 0);
      refused(scene, 0x802, 0);
      refused(scene, ModelSpecific.APIC_BASE, 0x01);
      refused(scene, ModelSpecific.APIC_BASE, 0xfee0_0900L | 1L << Cpuid.PHYSICAL_ADDRESS_BITS);
      write(scene, ModelSpecific.APIC_BASE, 0xfee0_0d00L);
      assertThat(scene.apic.base).isEqualTo(0xfee0_0d00L);
    }
  }

  @Test
  void paravirtualClockTellsOneNanosecondATick() {
    try (Scene scene = Scene.longMode()) {
      scene.clock.skipTo(123_456);
      write(scene, ModelSpecific.KVM_SYSTEM_TIME_NEW, 0xa001);
      assertThat(scene.memory.readInt(0xa000) & 1).isZero();
      assertThat(scene.memory.readLong(0xa008)).isEqualTo(123_456);
      assertThat(scene.memory.readLong(0xa010)).isEqualTo(123_456);
      long multiplier = scene.memory.readInt(0xa018) & 0xffff_ffffL;
      int shift = scene.memory.readByte(0xa01c);
      assertThat((1000L << shift) * multiplier >>> 32).isEqualTo(1000);
      assertThat(scene.memory.readByte(0xa01d)).as("TSC stable").isEqualTo(1);
      write(scene, ModelSpecific.KVM_WALL_CLOCK_NEW, 0xb000);
      assertThat(scene.memory.readInt(0xb004)).isEqualTo(1_700_000_000);
      assertThat(scene.memory.readInt(0xb008)).isEqualTo(123_456_789);
      write(scene, ModelSpecific.KVM_SYSTEM_TIME, 0x7fff_ffff_f001L);
      assertThat(read(scene, ModelSpecific.KVM_SYSTEM_TIME)).isEqualTo(0x7fff_ffff_f001L);
    }
  }
}
