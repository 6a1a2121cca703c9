package org.demitasse.cpu.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.RunAlone;
import org.demitasse.cpu.state.Flags;
import org.junit.jupiter.api.Test;

class PortIoTest {
  @Test
  void inAndOutOfEverySize() {
    try (Scene scene = Scene.longMode()) {
      Cpu cpu = scene.cpu;
      cpu.gpr[Cpu.RAX] = -1;
      scene.execute("e4 20");
      assertThat(cpu.gpr[Cpu.RAX]).isEqualTo(0xffff_ffff_ffff_ff44L);
      scene.execute("66 e5 20");
      assertThat(cpu.gpr[Cpu.RAX]).isEqualTo(0xffff_ffff_ffff_3344L);
      cpu.gpr[Cpu.RDX] = 0x21;
      scene.execute("ed");
      assertThat(cpu.gpr[Cpu.RAX]).isEqualTo(0x1122_3344);
      scene.execute("ee");
      scene.execute("66 ef");
      scene.execute("e7 ff");
      assertThat(scene.portWrites).containsExactly("21/1=44", "21/2=3344", "ff/4=11223344");
    }
  }

  @Test
  void runsOnlyAsABlockOfItsOwn() {
    try (Scene scene = Scene.longMode()) {
      scene.cpu.memory.alone = false;
      assertThatThrownBy(() -> scene.execute("e6 20")).isInstanceOf(RunAlone.class);
      assertThat(scene.portWrites).isEmpty();
    }
  }

  @Test
  void usersNeedIoplOrTheBitmap() {
    try (Scene scene = Scene.longMode().atLevel64(3)) {
      scene.faults("e4 20", "13:0");
      scene.cpu.tr = new Segment(Scene.TASK, Scene.TSS, 0x77, 0x8b);
      scene.execute("e4 20");
      scene.memory.writeByte(Scene.TSS + 0x68 + 4, 0x06);
      scene.execute("e4 20");
      scene.faults("e4 21", "13:0");
      scene.faults("66 e5 20", "13:0");
      scene.execute("66 e5 23");
      scene.faults("e4 80", "13:0");
      scene.cpu.sys.eflags |= Flags.IOPL;
      scene.execute("e4 21");
    }
  }

  @Test
  void repeatedStringsMoveTheirPointersAndTheirCount() {
    try (Scene scene = Scene.longMode()) {
      Cpu cpu = scene.cpu;
      cpu.gpr[Cpu.RDX] = 0x30;
      cpu.gpr[Cpu.RCX] = 3;
      cpu.gpr[Cpu.RDI] = 0x9100;
      scene.execute("f3 66 6d");
      assertThat(cpu.gpr[Cpu.RCX]).isZero();
      assertThat(cpu.gpr[Cpu.RDI]).isEqualTo(0x9106);
      assertThat(scene.memory.readLong(0x9100)).isEqualTo(0x3344_3344_3344L);
      cpu.sys.eflags |= Flags.DF;
      cpu.gpr[Cpu.RCX] = 2;
      cpu.gpr[Cpu.RSI] = 0x9101;
      scene.execute("f3 6e");
      assertThat(scene.portWrites).containsExactly("30/1=33", "30/1=44");
      assertThat(cpu.gpr[Cpu.RSI]).isEqualTo(0x90ff);
    }
  }

  @Test
  void aLongRepetitionStopsToLetInterruptsIn() {
    try (Scene scene = Scene.longMode()) {
      Cpu cpu = scene.cpu;
      cpu.gpr[Cpu.RCX] = -1;
      cpu.gpr[Cpu.RSI] = 0x9000;
      cpu.gpr[Cpu.RDX] = 0x30;
      scene.execute("f3 6e");
      assertThat(cpu.rip).isEqualTo(Scene.CODE);
      assertThat(cpu.gpr[Cpu.RCX]).isEqualTo(-1 - 4096);
    }
  }

  @Test
  void aFaultInTheMiddleKeepsWhatWasDone() {
    try (Scene scene = Scene.longMode()) {
      Cpu cpu = scene.cpu;
      scene.unmap(0xa000);
      cpu.gpr[Cpu.RCX] = 4;
      cpu.gpr[Cpu.RDI] = 0x9ffe;
      cpu.gpr[Cpu.RDX] = 0x30;
      scene.faults("f3 6c", "14:2");
      assertThat(cpu.gpr[Cpu.RCX]).isEqualTo(2);
      assertThat(cpu.gpr[Cpu.RDI]).isEqualTo(0xa000);
    }
  }
}
