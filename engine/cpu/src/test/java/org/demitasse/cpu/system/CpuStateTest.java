package org.demitasse.cpu.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.TreeMap;
import org.demitasse.core.vcpu.VcpuState;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.Flags;
import org.junit.jupiter.api.Test;

class CpuStateTest {
  private static Scene busy() {
    Scene scene = Scene.longMode().atLevel64(3);
    Cpu cpu = scene.cpu;
    for (int i = 0; i < 16; i++) {
      cpu.gpr[i] = 0x1111_1111_1111_1111L * i;
    }
    cpu.setEflags(Flags.IF | Flags.ZF | Flags.CF | 2);
    cpu.segmentBase[Cpu.FS] = 0x7fff_0000_1000L;
    cpu.msr.lstar = 0xffff_ffff_8100_0000L;
    cpu.msr.tscAdjust = -5;
    cpu.msr.kvmSystemTime = 0xa001;
    cpu.msr.mtrrVariable[3] = 0xff_c000_0800L;
    cpu.dr[7] = 0x401;
    cpu.xmm[5] = 99;
    cpu.x87.control = 0x27f;
    cpu.x87.top = 3;
    cpu.x87.empty = 0xf7;
    cpu.x87.significand[3] = 1L << 63;
    cpu.x87.signExponent[3] = 0x3fff;
    cpu.mxcsr = 0x1fa0;
    cpu.nmiMasked = true;
    scene.apic.priority = 5;
    scene.apic.deadline = 77;
    return scene;
  }

  @Test
  void restoringWhatWasSavedGivesTheSameState() {
    try (Scene from = busy();
        Scene to = new Scene()) {
      VcpuState saved = CpuState.save(from.cpu);
      CpuState.restore(to.cpu, saved);
      assertThat(CpuState.save(to.cpu)).usingRecursiveComparison().isEqualTo(saved);
      assertThat(to.cpu.sys.cpl).isEqualTo(3);
      assertThat(to.cpu.codeSize).isEqualTo(8);
      assertThat(to.apic.priority).isEqualTo(5);
      assertThat(to.cpu.x87.significand[3]).isEqualTo(1L << 63);
    }
  }

  @Test
  void statesOfOtherCpusAreRefusedInOneSentence() {
    try (Scene scene = busy()) {
      VcpuState s = CpuState.save(scene.cpu);
      VcpuState avx =
          new VcpuState(
              s.gpr(),
              s.rip(),
              s.rflags(),
              s.segments(),
              s.ldtr(),
              s.tr(),
              s.gdtr(),
              s.idtr(),
              s.cr0(),
              s.cr2(),
              s.cr3(),
              s.cr4(),
              s.cr8(),
              7,
              s.dr(),
              s.xsave(),
              s.msrs(),
              s.activity(),
              false,
              false);
      assertThatThrownBy(() -> CpuState.restore(scene.cpu, avx))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("xcr0 0x7");
      TreeMap<Integer, Long> msrs = new TreeMap<>(s.msrs());
      msrs.put(0x1234, 1L);
      VcpuState unknown =
          new VcpuState(
              s.gpr(),
              s.rip(),
              s.rflags(),
              s.segments(),
              s.ldtr(),
              s.tr(),
              s.gdtr(),
              s.idtr(),
              s.cr0(),
              s.cr2(),
              s.cr3(),
              s.cr4(),
              s.cr8(),
              3,
              s.dr(),
              s.xsave(),
              msrs,
              s.activity(),
              false,
              false);
      assertThatThrownBy(() -> CpuState.restore(scene.cpu, unknown)).hasMessageContaining("MSR 0x1234");
    }
  }

  @Test
  void powerUpIsTheStateOfTheManual() {
    try (Scene scene = busy()) {
      Reset.powerUp(scene.cpu);
      Cpu cpu = scene.cpu;
      assertThat(cpu.segmentBase[Cpu.CS] + cpu.rip).isEqualTo(0xffff_fff0L);
      assertThat(cpu.sys.cr0).isEqualTo(0x6000_0010);
      assertThat(cpu.eflags()).isEqualTo(2);
      assertThat(cpu.x87.control).isEqualTo(0x40);
      assertThat(cpu.msr.lstar).isZero();
      assertThat(cpu.codeSize).isEqualTo(2);
      assertThat(cpu.sys.cpl).isZero();
    }
  }

  @Test
  void initKeepsTheFpuAndStartupRunsAtItsVector() {
    try (Scene scene = busy()) {
      Reset.init(scene.cpu);
      assertThat(scene.cpu.x87.control).isEqualTo(0x27f);
      assertThat(scene.cpu.xmm[5]).isEqualTo(99);
      assertThat(scene.cpu.sys.efer).isZero();
      scene.cpu.waitingForStartup = true;
      Reset.startup(scene.cpu, 0x9a);
      assertThat(scene.cpu.segmentBase[Cpu.CS]).isEqualTo(0x9a000);
      assertThat(scene.cpu.rip).isZero();
      assertThat(scene.cpu.waitingForStartup).isFalse();
    }
  }
}
