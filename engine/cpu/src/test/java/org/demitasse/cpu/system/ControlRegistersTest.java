package org.demitasse.cpu.system;

import static org.assertj.core.api.Assertions.assertThat;

import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.state.SystemRegisters;
import org.junit.jupiter.api.Test;

class ControlRegistersTest {
  private static final String MOV_CR0_EAX = "0f 22 c0";
  private static final String MOV_CR3_EAX = "0f 22 d8";
  private static final String MOV_CR4_EAX = "0f 22 e0";

  private static void set(Scene scene, String move, long value) {
    scene.cpu.gpr[Cpu.RAX] = value;
    scene.execute(move);
  }

  private static void refused(Scene scene, String move, long value) {
    scene.cpu.gpr[Cpu.RAX] = value;
    scene.faults(move, "13:0");
  }

  @Test
  void impossibleCr0ValuesAreRefused() {
    try (Scene scene = Scene.protectedMode()) {
      refused(scene, MOV_CR0_EAX, 0x8000_0010L); // PG without PE
      refused(scene, MOV_CR0_EAX, 0x2000_0011L); // NW without CD
    }
    try (Scene scene = Scene.longMode()) {
      refused(scene, MOV_CR0_EAX, 0x1_8005_0033L);
      refused(scene, MOV_CR0_EAX, 0x33); // paging off in 64-bit code
      scene.atLevel64(3);
      refused(scene, MOV_CR0_EAX, 0x8005_0033L);
    }
  }

  @Test
  void longModeIsEnteredStepByStep() {
    try (Scene scene = Scene.longMode().atLevel(0)) {
      Cpu cpu = scene.cpu;
      set(scene, MOV_CR0_EAX, 0x33);
      assertThat(cpu.sys.efer & SystemRegisters.EFER_LMA).isZero();
      set(scene, MOV_CR4_EAX, 0);
      refused(scene, MOV_CR0_EAX, 0x8000_0033L); // LME without PAE
      set(scene, MOV_CR4_EAX, 0x20);
      cpu.tr = new Segment(0x38, 0, 0x2b, 0x83);
      refused(scene, MOV_CR0_EAX, 0x8000_0033L); // a 16-bit TSS
      cpu.tr = Segment.NULL;
      set(scene, MOV_CR0_EAX, 0x8000_0033L);
      assertThat(cpu.sys.efer & SystemRegisters.EFER_LMA).isNotZero();
      assertThat(cpu.codeSize).as("compatibility mode until the far jump").isEqualTo(4);
      scene.execute("ea 00 00 10 00 28 00");
      assertThat(cpu.codeSize).isEqualTo(8);
      refused(scene, MOV_CR4_EAX, 0); // PAE must stay
    }
  }

  @Test
  void pcidNeedsLongModeAndAnEmptyLowCr3() {
    try (Scene scene = Scene.longMode()) {
      scene.cpu.sys.cr3 |= 8;
      refused(scene, MOV_CR4_EAX, 0x20020);
      scene.cpu.sys.cr3 &= ~8L;
      set(scene, MOV_CR4_EAX, 0x20020);
      set(scene, MOV_CR3_EAX, 1L << 63 | Scene.PML4 | 5);
      assertThat(scene.cpu.sys.cr3).isEqualTo(Scene.PML4 | 5);
      refused(scene, MOV_CR3_EAX, 1L << 45 | Scene.PML4);
      set(scene, MOV_CR4_EAX, 0x20);
      refused(scene, MOV_CR3_EAX, 1L << 63 | Scene.PML4);
    }
    try (Scene scene = Scene.protectedMode()) {
      refused(scene, MOV_CR4_EAX, 0x20020);
    }
  }

  @Test
  void featuresThatCpuidDoesNotOfferAreReservedInCr4() {
    try (Scene scene = Scene.protectedMode()) {
      for (int bit : new int[] {0, 1, 12, 13, 14, 19, 22, 23, 24}) {
        refused(scene, MOV_CR4_EAX, 1L << bit);
      }
      set(scene, MOV_CR4_EAX, ControlRegisters.CR4_ALL & ~SystemRegisters.CR4_PCIDE);
    }
  }

  @Test
  void paePointersAreCheckedWhenCr3IsLoaded() {
    try (Scene scene = Scene.protectedMode()) {
      long table = 0x30_0000;
      scene.memory.writeLong(table, 0x30_1000 | 1);
      scene.memory.writeLong(0x30_1000, 0x83);
      set(scene, MOV_CR3_EAX, table);
      set(scene, MOV_CR4_EAX, 0x20);
      set(scene, MOV_CR0_EAX, 0x8000_0011L);
      assertThat(scene.cpu.sys.pdpte[0]).isEqualTo(0x30_1001);
      scene.memory.writeLong(table, 0x30_1000 | 3);
      refused(scene, MOV_CR3_EAX, table);
      assertThat(scene.cpu.sys.pdpte[0]).isEqualTo(0x30_1001);
    }
  }

  @Test
  void unknownControlRegistersAreUndefined() {
    try (Scene scene = Scene.protectedMode()) {
      scene.faults("0f 20 c8", "6:0");
      scene.faults("0f 22 e8", "6:0");
    }
  }

  @Test
  void cr8IsTheTaskPriority() {
    try (Scene scene = Scene.longMode()) {
      scene.cpu.gpr[Cpu.RAX] = 9;
      scene.execute("44 0f 22 c0");
      assertThat(scene.apic.priority).isEqualTo(9);
      scene.execute("44 0f 20 c3");
      assertThat(scene.cpu.gpr[Cpu.RBX]).isEqualTo(9);
      scene.cpu.gpr[Cpu.RAX] = 16;
      scene.faults("44 0f 22 c0", "13:0");
    }
  }

  @Test
  void lmswSetsPeAndNeverClearsIt() {
    try (Scene scene = Scene.real()) {
      scene.cpu.gpr[Cpu.RAX] = 1;
      scene.execute("0f 01 f0");
      assertThat(scene.cpu.sys.cr0 & 1).isEqualTo(1);
      scene.cpu.gpr[Cpu.RAX] = 0;
      scene.execute("0f 01 f0");
      assertThat(scene.cpu.sys.cr0 & 1).isEqualTo(1);
    }
  }

  @Test
  void xsetbvTakesX87AloneOrWithSse() {
    try (Scene scene = Scene.longMode()) {
      scene.faults("0f 01 d1", "6:0");
      scene.cpu.sys.cr4 |= SystemRegisters.CR4_OSXSAVE;
      scene.cpu.gpr[Cpu.RAX] = 3;
      scene.cpu.gpr[Cpu.RDX] = 0;
      scene.execute("0f 01 d1");
      assertThat(scene.cpu.sys.xcr0).isEqualTo(3);
      scene.cpu.gpr[Cpu.RAX] = 7;
      scene.faults("0f 01 d1", "13:0");
      scene.execute("0f 01 d0");
      assertThat(scene.cpu.gpr[Cpu.RAX]).isEqualTo(3);
    }
  }

  @Test
  void debugRegistersHonourGeneralDetectAndDebugExtensions() {
    try (Scene scene = Scene.longMode()) {
      Cpu cpu = scene.cpu;
      cpu.gpr[Cpu.RAX] = 0x1234;
      scene.execute("0f 23 c0");
      assertThat(cpu.dr[0]).isEqualTo(0x1234);
      cpu.gpr[Cpu.RAX] = 0x2401;
      scene.execute("0f 23 e8"); // DR5 is DR7 while CR4.DE is off
      assertThat(cpu.dr[7]).isEqualTo(0x2401);
      scene.faults("0f 21 c0", "1:0");
      assertThat(cpu.dr[6] & Debugging.DR6_BD).isNotZero();
      cpu.dr[7] = 0x400;
      cpu.sys.cr4 |= SystemRegisters.CR4_DE;
      scene.faults("0f 23 e8", "6:0");
      cpu.gpr[Cpu.RAX] = 1L << 32;
      scene.faults("0f 23 f8", "13:0");
    }
  }

  @Test
  void umipKeepsTableRegistersFromUsers() {
    try (Scene scene = Scene.longMode().atLevel64(3)) {
      scene.execute("0f 01 04 25 00 91 00 00");
      assertThat(scene.memory.readLong(0x9102)).isEqualTo(Scene.GDT);
      scene.cpu.sys.cr4 |= SystemRegisters.CR4_UMIP;
      scene.faults("0f 01 04 25 00 91 00 00", "13:0");
      scene.faults("0f 01 e0", "13:0");
      scene.faults("0f 00 c8", "13:0");
    }
  }
}
