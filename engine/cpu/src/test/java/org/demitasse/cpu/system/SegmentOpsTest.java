package org.demitasse.cpu.system;

import static org.assertj.core.api.Assertions.assertThat;

import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.Flags;
import org.junit.jupiter.api.Test;

class SegmentOpsTest {
  @Test
  void realModeLoadKeepsTheLimitOfUnrealMode() {
    try (Scene scene = Scene.real()) {
      scene.cpu.setSegment(Cpu.DS, new Segment(0, 0, 0xffff_ffffL, 0x93));
      scene.cpu.gpr[Cpu.RAX] = 0x1234;
      scene.execute("8e d8");
      assertThat(scene.cpu.segmentBase[Cpu.DS]).isEqualTo(0x12340);
      assertThat(scene.cpu.segmentLimit[Cpu.DS]).isEqualTo(0xffff_ffffL);
    }
  }

  @Test
  void stackSegmentLoadsAreCheckedAndCastAShadow() {
    try (Scene scene = Scene.protectedMode()) {
      Cpu cpu = scene.cpu;
      cpu.gpr[Cpu.RAX] = 0;
      scene.faults("8e d0", "13:0");
      cpu.gpr[Cpu.RAX] = Scene.DATA3;
      scene.faults("8e d0", "13:32");
      cpu.gpr[Cpu.RAX] = Scene.ABSENT;
      scene.faults("8e d0", "12:112");
      cpu.gpr[Cpu.RAX] = Scene.DATA0;
      scene.execute("8e d0");
      assertThat(cpu.interruptShadow).isTrue();
      scene.faults("8e c8", "6:0");
    }
  }

  @Test
  void nullDataSegmentsLoadButDoNotWork() {
    try (Scene scene = Scene.protectedMode()) {
      scene.cpu.gpr[Cpu.RAX] = 3;
      scene.execute("8e d8");
      assertThat(scene.cpu.selector[Cpu.DS]).isEqualTo(3);
      scene.faults("8e 05 00 91 00 00", "13:0");
    }
  }

  @Test
  void nullStackSegmentIsAllowedInSixtyFourBitKernels() {
    try (Scene scene = Scene.longMode()) {
      scene.cpu.gpr[Cpu.RAX] = 0;
      scene.execute("8e d0");
      assertThat(scene.cpu.selector[Cpu.SS]).isZero();
      scene.atLevel64(3);
      scene.cpu.gpr[Cpu.RAX] = 3;
      scene.faults("8e d0", "13:0");
    }
  }

  @Test
  void loadSetsTheAccessedBit() {
    try (Scene scene = Scene.protectedMode()) {
      scene.descriptor(Scene.DATA0, 0, 0xfffff, 0xc92);
      scene.cpu.gpr[Cpu.RAX] = Scene.DATA0;
      scene.execute("8e c0");
      assertThat(scene.memory.readByte(Scene.GDT + Scene.DATA0 + 5)).isEqualTo(0x93);
      assertThat(scene.cpu.segmentAttributes[Cpu.ES]).isEqualTo(0xc93);
    }
  }

  @Test
  void pushAndPopOfSegments() {
    try (Scene scene = Scene.protectedMode()) {
      scene.push32(-1);
      scene.cpu.gpr[Cpu.RSP] += 4;
      scene.execute("1e");
      assertThat(scene.stack32(0)).as("zero-extended, as AMD's processors do").isEqualTo(0x10);
      scene.execute("07");
      assertThat(scene.cpu.selector[Cpu.ES]).isEqualTo(Scene.DATA0);
      assertThat(scene.cpu.gpr[Cpu.RSP]).isEqualTo(Scene.STACK0 - 0x100);
    }
    try (Scene scene = Scene.longMode()) {
      scene.execute("0f a8");
      scene.execute("0f a1");
      assertThat(scene.cpu.selector[Cpu.FS]).isEqualTo(Scene.DATA0);
      scene.faults("1e", "6:0");
    }
  }

  @Test
  void farPointersLoadBothHalvesOrNeither() {
    try (Scene scene = Scene.protectedMode()) {
      scene.memory.writeInt(0x9100, 0x1234_5678);
      scene.memory.writeShort(0x9104, Scene.DATA3);
      scene.cpu.gpr[Cpu.RAX] = 1;
      scene.execute("0f b4 05 00 91 00 00");
      assertThat(scene.cpu.gpr[Cpu.RAX]).isEqualTo(0x1234_5678);
      assertThat(scene.cpu.selector[Cpu.FS]).isEqualTo(Scene.DATA3);
      scene.memory.writeShort(0x9104, Scene.ABSENT);
      scene.faults("c5 1d 00 91 00 00", "11:112");
      assertThat(scene.cpu.gpr[Cpu.RBX]).isZero();
    }
  }

  @Test
  void larAndLslAndVerify() {
    try (Scene scene = Scene.protectedMode().atLevel(3)) {
      Cpu cpu = scene.cpu;
      cpu.gpr[Cpu.RCX] = Scene.CODE3;
      scene.execute("0f 02 c1");
      assertThat(cpu.gpr[Cpu.RAX]).isEqualTo(0xcffb00);
      assertThat(cpu.eflags() & Flags.ZF).isNotZero();
      scene.execute("0f 03 c1");
      assertThat(cpu.gpr[Cpu.RAX]).isEqualTo(0xffff_ffffL);
      scene.execute("0f 00 e9");
      assertThat(cpu.eflags() & Flags.ZF).as("code is not writable").isZero();
      scene.execute("0f 00 e1");
      assertThat(cpu.eflags() & Flags.ZF).isNotZero();
      cpu.gpr[Cpu.RCX] = Scene.DATA0;
      scene.execute("0f 02 c1");
      assertThat(cpu.eflags() & Flags.ZF).as("kernel data is invisible").isZero();
      assertThat(cpu.gpr[Cpu.RAX]).isEqualTo(0xffff_ffffL);
    }
    try (Scene scene = Scene.real()) {
      scene.faults("0f 02 c1", "6:0");
      scene.faults("0f 00 d8", "6:0");
    }
  }

  @Test
  void arplRaisesTheRequestedLevel() {
    try (Scene scene = Scene.protectedMode()) {
      scene.cpu.gpr[Cpu.RAX] = 0x10;
      scene.cpu.gpr[Cpu.RCX] = 3;
      scene.execute("63 c8");
      assertThat(scene.cpu.gpr[Cpu.RAX]).isEqualTo(0x13);
      assertThat(scene.cpu.eflags() & Flags.ZF).isNotZero();
      scene.execute("63 c8");
      assertThat(scene.cpu.eflags() & Flags.ZF).isZero();
    }
  }

  @Test
  void tableRegistersLoadFromTheGdtOnly() {
    try (Scene scene = Scene.protectedMode()) {
      Cpu cpu = scene.cpu;
      cpu.gpr[Cpu.RAX] = Scene.TASK2;
      scene.execute("0f 00 d8");
      assertThat(cpu.tr.base()).isEqualTo(Scene.TSS2);
      scene.faults("0f 00 d8", "13:" + Scene.TASK2);
      cpu.gpr[Cpu.RAX] = Scene.LDT;
      scene.execute("0f 00 d0");
      assertThat(cpu.ldtr.base()).isEqualTo(0x4000);
      cpu.gpr[Cpu.RAX] = Scene.LDT | 4;
      scene.faults("0f 00 d0", "13:" + (Scene.LDT | 4));
      cpu.gpr[Cpu.RAX] = 0;
      scene.faults("0f 00 d8", "13:0");
      scene.execute("0f 00 d0");
      assertThat(cpu.ldtr.attributes() & Segment.UNUSABLE).isNotZero();
    }
  }

  @Test
  void lgdtWithOperandPrefixTakesTwentyFourBits() {
    try (Scene scene = Scene.protectedMode()) {
      scene.memory.writeShort(0x9100, 0x27);
      scene.memory.writeInt(0x9102, 0x8123_4567);
      scene.execute("66 0f 01 15 00 91 00 00");
      assertThat(scene.cpu.gdtrBase).isEqualTo(0x23_4567);
      scene.execute("0f 01 1d 00 91 00 00");
      assertThat(scene.cpu.idtrBase).isEqualTo(0x8123_4567L);
      assertThat(scene.cpu.idtrLimit).isEqualTo(0x27);
    }
  }

  @Test
  void boundRaisesItsFaultOutsideTheBounds() {
    try (Scene scene = Scene.protectedMode()) {
      scene.memory.writeInt(0x9100, -5);
      scene.memory.writeInt(0x9104, 5);
      scene.cpu.gpr[Cpu.RAX] = 0xffff_fffbL;
      scene.execute("62 05 00 91 00 00");
      scene.cpu.gpr[Cpu.RAX] = 6;
      scene.faults("62 05 00 91 00 00", "5:0");
    }
  }
}
