package org.demitasse.cpu.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.SystemRegisters;
import org.junit.jupiter.api.Test;

class ProcessorOpsTest {
  @Test
  void stiCastsAShadowOnlyWhenInterruptsWereOff() {
    try (Scene scene = Scene.longMode()) {
      scene.execute("fb");
      assertThat(scene.cpu.interruptShadow).isTrue();
      scene.cpu.interruptShadow = false;
      scene.execute("fb");
      assertThat(scene.cpu.interruptShadow).isFalse();
      scene.execute("fa");
      assertThat(scene.cpu.sys.eflags & Flags.IF).isZero();
    }
  }

  @Test
  void privilegedInstructionsAreRefusedToUsers() {
    try (Scene scene = Scene.longMode().atLevel64(3)) {
      String[] privileged = {
        "f4",
        "fa",
        "fb",
        "0f 06",
        "0f 08",
        "0f 09",
        "0f 01 38",
        "0f 01 10",
        "0f 01 18",
        "0f 00 d0",
        "0f 00 d8",
        "0f 20 c0",
        "0f 22 c0",
        "0f 21 c0",
        "0f 23 c0",
        "0f 30",
        "0f 32",
        "0f 01 f0",
        "48 0f 07",
        "0f 33"
      };
      scene.cpu.gpr[Cpu.RAX] = 0x9100;
      for (String hex : privileged) {
        scene.faults(hex, "13:0");
      }
    }
  }

  @Test
  void whatIsNotOfferedIsUndefined() {
    try (Scene scene = Scene.longMode()) {
      for (String hex : new String[] {"0f 01 d9", "0f 01 c8", "0f 01 c9", "0f 01 d8", "0f aa"}) {
        scene.faults(hex, "6:0");
      }
    }
  }

  @Test
  void hypercallsAreAnsweredThatThereAreNone() {
    try (Scene scene = Scene.longMode()) {
      scene.execute("0f 01 c1");
      assertThat(scene.cpu.gpr[Cpu.RAX]).isEqualTo(-1000);
      scene.atLevel64(3).execute("0f 01 c1");
      assertThat(scene.cpu.gpr[Cpu.RAX]).isEqualTo(-1);
    }
    try (Scene scene = Scene.protectedMode()) {
      scene.execute("0f 01 c1");
      assertThat(scene.cpu.gpr[Cpu.RAX]).isEqualTo(0xffff_fc18L);
    }
  }

  @Test
  void interruptsAreSentByHypercallToThoseThatAreThere() {
    try (Scene scene = Scene.longMode()) {
      Cpu cpu = scene.cpu;
      cpu.gpr[Cpu.RAX] = 10;
      cpu.gpr[Cpu.RDX] = 0;
      cpu.gpr[Cpu.RBX] = 3; // APIC IDs 0 and 1, of which there is one
      cpu.gpr[Cpu.RSI] = 0x41;
      scene.execute("0f 01 c1");
      assertThat(cpu.gpr[Cpu.RAX]).isEqualTo(1);
      assertThat(scene.apic.sent).containsExactly("0 41");
      cpu.gpr[Cpu.RAX] = 10;
      cpu.gpr[Cpu.RDX] = 0xffff_ffffL;
      scene.execute("0f 01 c1");
      assertThat(cpu.gpr[Cpu.RAX]).isZero();
      cpu.gpr[Cpu.RAX] = 10;
      cpu.gpr[Cpu.RSI] = 0x4_0041; // to itself, by shorthand
      scene.execute("0f 01 c1");
      assertThat(cpu.gpr[Cpu.RAX]).isEqualTo(-22);
    }
  }

  @Test
  void hltStopsTheCpuAfterTheInstruction() {
    try (Scene scene = Scene.longMode()) {
      scene.execute("f4");
      assertThat(scene.cpu.halted).isTrue();
      assertThat(scene.cpu.rip).isEqualTo(Scene.CODE + 1);
      scene.idt64(0x20, Scene.CODE64, 0x8e, 0);
      assertThat(Interrupts.deliverExternal(scene.cpu, 0x20)).isTrue();
      assertThat(scene.cpu.halted).isFalse();
    }
  }

  @Test
  void popfChangesWhatThePrivilegeAllows() {
    try (Scene scene = Scene.longMode()) {
      scene.push64(-1);
      scene.execute("9d");
      assertThat(scene.cpu.eflags())
          .isEqualTo(
              Flags.ARITHMETIC | Flags.TF | Flags.IF | Flags.DF | Flags.IOPL | Flags.NT | Flags.AC | Flags.ID | 2);
      scene.push64(2);
      scene.execute("9d");
      scene.atLevel64(3);
      scene.push64(-1);
      scene.execute("9d");
      assertThat(scene.cpu.eflags() & (Flags.IF | Flags.IOPL)).isZero();
      scene.execute("9c");
      assertThat(scene.stack64(0)).isEqualTo(scene.cpu.eflags());
    }
  }

  @Test
  void invlpgForgetsOnePageAndMovCr3All() {
    try (Scene scene = Scene.longMode()) {
      Cpu cpu = scene.cpu;
      scene.memory.writeLong(0x9000, 1);
      scene.memory.writeLong(0xa000, 2);
      assertThat(cpu.memory.read64(0x9000)).isEqualTo(1);
      scene.memory.writeLong(Scene.PML4 + 0x3000 + 8 * 9, 0xa007);
      cpu.gpr[Cpu.RAX] = 0x9123;
      scene.execute("0f 01 38");
      assertThat(cpu.memory.read64(0x9000)).isEqualTo(2);
    }
  }

  @Test
  void invpcidChecksItsDescriptor() {
    try (Scene scene = Scene.longMode()) {
      scene.memory.writeLong(0x9100, 0);
      scene.memory.writeLong(0x9108, 0x8000_0000_0000L);
      scene.cpu.gpr[Cpu.RAX] = 0;
      scene.faults("66 0f 38 82 04 25 00 91 00 00", "13:0");
      scene.cpu.gpr[Cpu.RAX] = 2;
      scene.execute("66 0f 38 82 04 25 00 91 00 00");
      scene.cpu.gpr[Cpu.RAX] = 4;
      scene.faults("66 0f 38 82 04 25 00 91 00 00", "13:0");
      scene.memory.writeLong(0x9100, 1);
      scene.cpu.gpr[Cpu.RAX] = 1;
      scene.faults("66 0f 38 82 04 25 00 91 00 00", "13:0");
      scene.cpu.sys.cr4 |= SystemRegisters.CR4_PCIDE;
      scene.execute("66 0f 38 82 04 25 00 91 00 00");
    }
  }

  @Test
  void smapIsLiftedByStacAndRestoredByClac() {
    try (Scene scene = Scene.longMode()) {
      scene.cpu.sys.cr4 |= SystemRegisters.CR4_SMAP;
      scene.cpu.modeChanged();
      scene.execute("0f 01 cb");
      assertThat(scene.cpu.memory.read64(0x9000)).isZero();
      scene.execute("0f 01 ca");
      assertThatThrownBy(() -> scene.cpu.memory.read64(0x9000)).hasMessageContaining("exception 14");
    }
  }

  @Test
  void invpcidLooksAtReservedBitsOfEveryType() {
    try (Scene scene = Scene.longMode()) {
      scene.cpu.gpr[Cpu.RBX] = 0x6000;
      for (int type = 0; type <= 3; type++) {
        scene.cpu.gpr[Cpu.RAX] = type;
        scene.memory.writeLong(0x6000, 0x1000);
        scene.faults("66 0f 38 82 03", "13:0");
        scene.memory.writeLong(0x6000, 0);
        scene.execute("66 0f 38 82 03");
      }
      scene.cpu.gpr[Cpu.RAX] = 4;
      scene.faults("66 0f 38 82 03", "13:0");
    }
  }

  @Test
  void tablesWithANonCanonicalBaseAreRefused() {
    try (Scene scene = Scene.longMode()) {
      scene.memory.writeLong(Scene.GDT + Scene.GATE + 8, 0x8000);
      scene.descriptor(Scene.GATE, 0, 0x67, 0x89);
      scene.cpu.gpr[Cpu.RAX] = Scene.GATE;
      scene.faults("0f 00 d8", "13:" + Scene.GATE); // ltr
      scene.descriptor(Scene.GATE, 0, 0x67, 0x82);
      scene.faults("0f 00 d0", "13:" + Scene.GATE); // lldt
    }
  }

  @Test
  void initTellsTheProcessorsSignature() {
    try (Scene scene = Scene.longMode()) {
      Reset.init(scene.cpu);
      assertThat(scene.cpu.gpr[Cpu.RDX]).isEqualTo(CpuModel.DEFAULT.signature());
    }
  }
}
