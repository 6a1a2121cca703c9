package org.demitasse.cpu.system;

import static org.assertj.core.api.Assertions.assertThat;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.SystemRegisters;
import org.junit.jupiter.api.Test;

class TaskSwitchTest {
  private static final long ENTRY = 0x13_0000;

  private static Scene scene() {
    Scene scene = Scene.protectedMode();
    scene.memory.writeInt(Scene.TSS2 + 0x20, (int) ENTRY);
    scene.memory.writeInt(Scene.TSS2 + 0x24, 2);
    scene.memory.writeInt(Scene.TSS2 + 0x28, 0x1111);
    scene.memory.writeInt(Scene.TSS2 + 0x38, 0x6000);
    int[] selectors = {Scene.DATA0, Scene.CODE0, Scene.DATA0, Scene.DATA0, 0, 0};
    for (int i = 0; i < 6; i++) {
      scene.memory.writeInt(Scene.TSS2 + 0x48 + 4 * i, selectors[i]);
    }
    return scene;
  }

  private static int type(Scene scene, int selector) {
    return scene.memory.readByte(Scene.GDT + selector + 5) & 15;
  }

  @Test
  void callNestsAndIretReturns() {
    try (Scene scene = scene()) {
      Cpu cpu = scene.cpu;
      cpu.gpr[Cpu.RAX] = 0x2222;
      long rsp = cpu.gpr[Cpu.RSP];
      scene.execute("9a 00 00 00 00 58 00");
      assertThat(cpu.rip).isEqualTo(ENTRY);
      assertThat(cpu.gpr[Cpu.RAX]).isEqualTo(0x1111);
      assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(0x6000);
      assertThat(cpu.tr.selector()).isEqualTo(Scene.TASK2);
      assertThat(cpu.eflags() & Flags.NT).isNotZero();
      assertThat(cpu.sys.cr0 & SystemRegisters.CR0_TS).isNotZero();
      assertThat(scene.memory.readShort(Scene.TSS2)).isEqualTo(Scene.TASK);
      assertThat(type(scene, Scene.TASK2)).isEqualTo(11);
      assertThat(type(scene, Scene.TASK)).isEqualTo(11);
      scene.execute("cf");
      assertThat(cpu.rip).isEqualTo(Scene.CODE + 7);
      assertThat(cpu.gpr[Cpu.RAX]).isEqualTo(0x2222);
      assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(rsp);
      assertThat(cpu.eflags() & Flags.NT).isZero();
      assertThat(type(scene, Scene.TASK2)).isEqualTo(9);
      assertThat(scene.memory.readInt(Scene.TSS2 + 0x20))
          .as("where the second task goes on")
          .isEqualTo((int) ENTRY + 1);
    }
  }

  @Test
  void jumpLeavesTheOldTaskAvailable() {
    try (Scene scene = scene()) {
      scene.execute("ea 00 00 00 00 58 00");
      assertThat(scene.cpu.eflags() & Flags.NT).isZero();
      assertThat(type(scene, Scene.TASK)).isEqualTo(9);
      assertThat(type(scene, Scene.TASK2)).isEqualTo(11);
      scene.faults("ea 00 00 00 00 58 00", "13:" + Scene.TASK2);
    }
  }

  @Test
  void taskGateInTheIdtSwitchesAndPushesTheErrorCode() {
    try (Scene scene = scene()) {
      scene.gate(Scene.IDT + 8 * 8, Scene.TASK2, 0, 0x85, 0);
      assertThat(scene.deliver(GuestFault.DF, 0)).isTrue();
      assertThat(scene.cpu.rip).isEqualTo(ENTRY);
      assertThat(scene.cpu.gpr[Cpu.RSP]).isEqualTo(0x6000 - 4);
      assertThat(scene.memory.readInt(Scene.TSS + 0x20)).isEqualTo((int) Scene.CODE);
    }
  }

  @Test
  void shortTssAndAbsentTssAreRefusedInTheOldTask() {
    try (Scene scene = scene()) {
      scene.descriptor(Scene.TASK2, Scene.TSS2, 0x66, 0x089);
      scene.faults("9a 00 00 00 00 58 00", "10:" + Scene.TASK2);
      scene.descriptor(Scene.TASK2, Scene.TSS2, 0x67, 0x009);
      scene.faults("9a 00 00 00 00 58 00", "11:" + Scene.TASK2);
      assertThat(scene.cpu.tr.selector()).isEqualTo(Scene.TASK);
    }
  }

  @Test
  void badSegmentOfTheNewTaskFaultsInTheNewTask() {
    try (Scene scene = scene()) {
      scene.memory.writeInt(Scene.TSS2 + 0x54, Scene.ABSENT); // DS
      scene.idt(11, Scene.CODE0, 0x8e);
      scene.execute("9a 00 00 00 00 58 00");
      assertThat(scene.cpu.rip).isEqualTo(Scene.handler(11));
      assertThat(scene.cpu.tr.selector()).isEqualTo(Scene.TASK2);
      assertThat(scene.stack32(0)).isEqualTo(Scene.ABSENT);
      assertThat(scene.stack32(1)).isEqualTo((int) ENTRY);
    }
  }

  @Test
  void sixteenBitTask() {
    try (Scene scene = scene()) {
      scene.descriptor(Scene.TASK2, Scene.TSS2, 0x2b, 0x081);
      scene.memory.writeShort(Scene.TSS2 + 0x0e, 0x4000);
      scene.memory.writeShort(Scene.TSS2 + 0x10, 2);
      scene.memory.writeShort(Scene.TSS2 + 0x1a, 0x5000);
      int[] selectors = {Scene.DATA0, Scene.CODE0_16, Scene.DATA0, Scene.DATA0, 0};
      for (int i = 0; i < 5; i++) {
        scene.memory.writeShort(Scene.TSS2 + 0x22 + 2 * i, selectors[i]);
      }
      scene.execute("9a 00 00 00 00 58 00");
      assertThat(scene.cpu.rip).isEqualTo(0x4000);
      assertThat(scene.cpu.codeSize).isEqualTo(2);
      assertThat(scene.cpu.gpr[Cpu.RSP] & 0xffff).isEqualTo(0x5000);
      scene.execute("cf");
      assertThat(scene.cpu.rip).isEqualTo(Scene.CODE + 7);
    }
  }

  @Test
  void taskGatesDoNotExistInLongMode() {
    try (Scene scene = Scene.longMode()) {
      scene.memory.writeLong(0x9100, 0);
      scene.memory.writeShort(0x9104, Scene.TASK2);
      scene.faults("ff 2c 25 00 91 00 00", "13:" + Scene.TASK2);
    }
  }

  @Test
  void localBreakpointsEndWithTheTask() {
    try (Scene scene = scene()) {
      scene.cpu.dr[7] = 0x7ff;
      scene.execute("ea 00 00 00 00 58 00");
      assertThat(scene.cpu.dr[7]).isEqualTo(0x6aa);
    }
  }
}
