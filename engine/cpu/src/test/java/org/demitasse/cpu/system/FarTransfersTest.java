package org.demitasse.cpu.system;

import static org.assertj.core.api.Assertions.assertThat;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.Flags;
import org.junit.jupiter.api.Test;

class FarTransfersTest {
  @Test
  void realModeFarCallAndReturn() {
    try (Scene scene = Scene.real()) {
      scene.execute("9a 34 12 00 20");
      assertThat(scene.cpu.segmentBase[Cpu.CS]).isEqualTo(0x20000);
      assertThat(scene.cpu.rip).isEqualTo(0x1234);
      assertThat(scene.memory.readShort(0x6ffc)).isEqualTo(0x7c05);
      scene.execute("ca 02 00");
      assertThat(scene.cpu.rip).isEqualTo(0x7c05);
      assertThat(scene.cpu.gpr[Cpu.RSP]).isEqualTo(0x7002);
    }
  }

  @Test
  void jumpFromProtectedModeWithLongModeOnEntersSixtyFourBitCode() {
    try (Scene scene = Scene.longMode().atLevel(0)) {
      assertThat(scene.cpu.codeSize).isEqualTo(4);
      scene.execute("ea 00 00 10 00 28 00");
      assertThat(scene.cpu.codeSize).isEqualTo(8);
      assertThat(scene.cpu.rip).isEqualTo(0x100000);
      scene.memory.writeInt(0x9100, 0x0010_2000);
      scene.memory.writeShort(0x9104, Scene.CODE0);
      scene.execute("ff 2c 25 00 91 00 00");
      assertThat(scene.cpu.codeSize).isEqualTo(4);
      assertThat(scene.cpu.rip).isEqualTo(0x102000);
    }
  }

  @Test
  void farCallAndReturnInSixtyFourBitModeWithRexW() {
    try (Scene scene = Scene.longMode()) {
      scene.memory.writeLong(0x9100, 0x12_0000);
      scene.memory.writeShort(0x9108, Scene.CODE64);
      long rsp = scene.cpu.gpr[Cpu.RSP];
      scene.execute("48 ff 1c 25 00 91 00 00");
      assertThat(scene.cpu.rip).isEqualTo(0x12_0000);
      assertThat(scene.cpu.gpr[Cpu.RSP]).isEqualTo(rsp - 16);
      assertThat(scene.stack64(0)).isEqualTo(Scene.CODE + 8);
      scene.execute("48 cb");
      assertThat(scene.cpu.rip).isEqualTo(Scene.CODE + 8);
      assertThat(scene.cpu.gpr[Cpu.RSP]).isEqualTo(rsp);
    }
  }

  @Test
  void nullOutsideAndDataSelectorsAreProtectionFaults() {
    try (Scene scene = Scene.protectedMode()) {
      scene.faults("ea 00 00 10 00 00 00", "13:0");
      scene.faults("ea 00 00 10 00 80 00", "13:128");
      scene.faults("ea 00 00 10 00 10 00", "13:16");
      scene.faults("ea 00 00 10 00 1b 00", "13:24");
      scene.descriptor(Scene.CODE0, 0, 0xffff, 0x49b);
      scene.faults("ea 00 00 10 00 08 00", "13:0");
      scene.descriptor(Scene.CODE0, 0, 0xfffff, 0xc1b);
      scene.faults("ea 00 00 10 00 08 00", "11:8");
    }
  }

  @Test
  void conformingCodeKeepsThePrivilegeOfTheCaller() {
    try (Scene scene = Scene.protectedMode().atLevel(3)) {
      scene.execute("ea 00 00 10 00 50 00");
      assertThat(scene.cpu.sys.cpl).isEqualTo(3);
      assertThat(scene.cpu.selector[Cpu.CS]).isEqualTo(Scene.CONFORMING | 3);
      scene.faults("ea 00 00 10 00 08 00", "13:8");
    }
  }

  @Test
  void callGateCopiesParametersToTheInnerStackAndReturnReleasesBoth() {
    try (Scene scene = Scene.protectedMode().atLevel(3)) {
      scene.gate(Scene.GDT + Scene.GATE, Scene.CODE0, 0x12_3456, 0xec, 2);
      scene.push32(111, 222);
      scene.execute("9a 00 00 00 00 60 00");
      Cpu cpu = scene.cpu;
      assertThat(cpu.rip).isEqualTo(0x12_3456);
      assertThat(cpu.sys.cpl).isZero();
      assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(Scene.STACK0 - 24);
      assertThat(scene.stack32(0)).isEqualTo((int) Scene.CODE + 7);
      assertThat(scene.stack32(1)).isEqualTo(Scene.CODE3);
      assertThat(scene.stack32(2)).isEqualTo(111);
      assertThat(scene.stack32(3)).isEqualTo(222);
      assertThat(scene.stack32(4)).isEqualTo((int) Scene.STACK3 - 8);
      assertThat(scene.stack32(5)).isEqualTo(Scene.DATA3);
      scene.execute("ca 08 00");
      assertThat(cpu.sys.cpl).isEqualTo(3);
      assertThat(cpu.rip).isEqualTo(Scene.CODE + 7);
      assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(Scene.STACK3);
    }
  }

  @Test
  void callGateOfLessPrivilegeThanTheCallerIsRefused() {
    try (Scene scene = Scene.protectedMode().atLevel(3)) {
      scene.gate(Scene.GDT + Scene.GATE, Scene.CODE0, 0x12_3456, 0x8c, 0);
      scene.faults("9a 00 00 00 00 60 00", "13:96");
      scene.gate(Scene.GDT + Scene.GATE, Scene.CODE0, 0x12_3456, 0x6c, 0);
      scene.faults("9a 00 00 00 00 60 00", "11:96");
      scene.gate(Scene.GDT + Scene.GATE, Scene.CODE0, 0x12_3456, 0xec, 0);
      scene.faults("ea 00 00 00 00 60 00", "13:8");
      scene.stack32(Scene.TSS, 0, Scene.DATA3, Scene.STACK0);
      scene.faults("9a 00 00 00 00 60 00", "10:" + (Scene.DATA3 & ~3));
      scene.stack32(Scene.TSS, 0, 0, Scene.STACK0);
      scene.faults("9a 00 00 00 00 60 00", "10:0");
    }
  }

  @Test
  void callGateInLongModeIsSixteenBytes() {
    try (Scene scene = Scene.longMode().atLevel64(3)) {
      scene.gate(Scene.GDT + Scene.GATE, Scene.CODE64, 0x12_3456, 0xec, 0);
      scene.memory.writeLong(Scene.GDT + Scene.GATE + 8, 0);
      scene.memory.writeLong(0x9100, 0);
      scene.memory.writeShort(0x9104, Scene.GATE | 3);
      scene.execute("ff 1c 25 00 91 00 00");
      Cpu cpu = scene.cpu;
      assertThat(cpu.sys.cpl).isZero();
      assertThat(cpu.rip).isEqualTo(0x12_3456);
      assertThat(cpu.selector[Cpu.SS]).isZero();
      assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(Scene.STACK0 - 32);
      assertThat(scene.stack64(2)).isEqualTo(Scene.STACK3);
      scene.execute("48 cb");
      assertThat(cpu.sys.cpl).isEqualTo(3);
      assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(Scene.STACK3);
    }
  }

  @Test
  void iretToSixtyFourBitUserNeedsAStackSegment() {
    try (Scene scene = Scene.longMode()) {
      scene.push64(Scene.CODE, Scene.CODE64_3, 2, Scene.STACK3, 0);
      scene.faults("48 cf", "13:0");
      scene.cpu.setEflags(Flags.NT | 2);
      scene.faults("48 cf", "13:0");
    }
  }

  @Test
  void iretToANonCanonicalAddressFaultsBeforeItChangesAnything() {
    try (Scene scene = Scene.longMode()) {
      scene.push64(0x8000_0000_0000L, Scene.CODE64_3, 2, Scene.STACK3, Scene.DATA3);
      scene.faults("48 cf", "13:0");
      assertThat(scene.cpu.sys.cpl).isZero();
    }
  }

  @Test
  void iretMayNotRaiseIoplOrIfOutsideLevelZero() {
    try (Scene scene = Scene.protectedMode().atLevel(3)) {
      scene.push32((int) Scene.CODE, Scene.CODE3, Flags.IF | Flags.IOPL | Flags.AC | Flags.CF | 2);
      scene.execute("cf");
      assertThat(scene.cpu.eflags()).isEqualTo(Flags.AC | Flags.CF | 2);
    }
  }
}
