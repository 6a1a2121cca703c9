package org.demitasse.cpu.system;

import static org.assertj.core.api.Assertions.assertThat;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.SystemRegisters;
import org.junit.jupiter.api.Test;

class FastSystemCallsTest {
  private static final long LSTAR = 0xffff_ffff_8000_1000L;

  private static Scene user() {
    Scene scene = Scene.longMode().atLevel64(3);
    scene.cpu.msr.star = 0x0023_0010L << 32;
    scene.cpu.msr.lstar = LSTAR;
    scene.cpu.msr.sfmask = Flags.IF | Flags.TF | Flags.AC;
    return scene;
  }

  @Test
  void syscallAndSysret() {
    try (Scene scene = user()) {
      Cpu cpu = scene.cpu;
      cpu.setEflags(Flags.IF | Flags.CF | 2);
      scene.execute("0f 05");
      assertThat(cpu.rip).isEqualTo(LSTAR);
      assertThat(cpu.gpr[Cpu.RCX]).isEqualTo(Scene.CODE + 2);
      assertThat(cpu.gpr[11]).isEqualTo(Flags.IF | Flags.CF | 2);
      assertThat(cpu.eflags()).isEqualTo(Flags.CF | 2);
      assertThat(cpu.sys.cpl).isZero();
      assertThat(cpu.selector[Cpu.CS]).isEqualTo(0x10);
      assertThat(cpu.selector[Cpu.SS]).isEqualTo(0x18);
      scene.execute("48 0f 07");
      assertThat(cpu.rip).isEqualTo(Scene.CODE + 2);
      assertThat(cpu.sys.cpl).isEqualTo(3);
      assertThat(cpu.selector[Cpu.CS]).isEqualTo(0x33);
      assertThat(cpu.selector[Cpu.SS]).isEqualTo(0x2b);
      assertThat(cpu.eflags()).isEqualTo(Flags.IF | Flags.CF | 2);
    }
  }

  @Test
  void sysretWithoutRexGoesToCompatibilityMode() {
    try (Scene scene = user().atLevel64(0)) {
      scene.cpu.gpr[Cpu.RCX] = 0xffff_ffff_0010_0000L;
      scene.cpu.gpr[11] = 2;
      scene.execute("0f 07");
      assertThat(scene.cpu.codeSize).isEqualTo(4);
      assertThat(scene.cpu.rip).isEqualTo(0x10_0000);
      assertThat(scene.cpu.selector[Cpu.CS]).isEqualTo(0x23);
    }
  }

  @Test
  void sysretToANonCanonicalAddressFaultsInTheKernel() {
    try (Scene scene = user().atLevel64(0)) {
      scene.cpu.gpr[Cpu.RCX] = 0x8000_0000_0000L;
      scene.faults("48 0f 07", "13:0");
      assertThat(scene.cpu.sys.cpl).isZero();
      scene.atLevel64(3);
      scene.faults("48 0f 07", "13:0");
    }
  }

  @Test
  void syscallIsUndefinedWithoutSceAndOutsideSixtyFourBitMode() {
    try (Scene scene = user()) {
      scene.cpu.sys.efer &= ~SystemRegisters.EFER_SCE;
      scene.faults("0f 05", "6:0");
      scene.cpu.sys.efer |= SystemRegisters.EFER_SCE;
      scene.atLevel(3);
      scene.faults("0f 05", "6:0");
    }
  }

  @Test
  void sysenterAndSysexitInProtectedMode() {
    try (Scene scene = Scene.protectedMode().atLevel(3)) {
      Cpu cpu = scene.cpu;
      scene.faults("0f 34", "13:0");
      cpu.msr.sysenterCs = 0x08;
      cpu.msr.sysenterEsp = 0x5000;
      cpu.msr.sysenterEip = 0x12_0000;
      cpu.setEflags(Flags.IF | 2);
      scene.execute("0f 34");
      assertThat(cpu.rip).isEqualTo(0x12_0000);
      assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(0x5000);
      assertThat(cpu.sys.cpl).isZero();
      assertThat(cpu.eflags()).isEqualTo(2);
      cpu.gpr[Cpu.RCX] = 0x9000;
      cpu.gpr[Cpu.RDX] = 0x10_0000;
      scene.execute("0f 35");
      assertThat(cpu.rip).isEqualTo(0x10_0000);
      assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(0x9000);
      assertThat(cpu.selector[Cpu.CS]).isEqualTo(0x1b);
      assertThat(cpu.selector[Cpu.SS]).isEqualTo(0x23);
    }
  }

  @Test
  void swapgsExchangesBases() {
    try (Scene scene = Scene.longMode()) {
      scene.cpu.segmentBase[Cpu.GS] = 1;
      scene.cpu.msr.kernelGsBase = 2;
      scene.execute("0f 01 f8");
      assertThat(scene.cpu.segmentBase[Cpu.GS]).isEqualTo(2);
      assertThat(scene.cpu.msr.kernelGsBase).isEqualTo(1);
      scene.atLevel64(3);
      scene.faults("0f 01 f8", "13:0");
      scene.atLevel(3);
      scene.faults("0f 01 f8", "6:0");
    }
  }

  @Test
  void segmentBaseInstructionsNeedTheirBitInCr4() {
    try (Scene scene = Scene.longMode().atLevel64(3)) {
      scene.faults("f3 48 0f ae d0", "6:0");
      scene.cpu.sys.cr4 |= SystemRegisters.CR4_FSGSBASE;
      scene.cpu.gpr[Cpu.RAX] = 0x7fff_1234_5678L;
      scene.execute("f3 48 0f ae d0");
      assertThat(scene.cpu.segmentBase[Cpu.FS]).isEqualTo(0x7fff_1234_5678L);
      scene.execute("f3 0f ae c1");
      assertThat(scene.cpu.gpr[Cpu.RCX]).isEqualTo(0x1234_5678);
      scene.cpu.gpr[Cpu.RAX] = 1L << 63;
      scene.faults("f3 48 0f ae d8", "13:0");
    }
  }
}
