package org.demitasse.cpu.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.demitasse.core.vcpu.Segment;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.state.Flags;
import org.junit.jupiter.api.Test;

class InterruptsTest {
  private static final int INTERRUPT_GATE = 0x8e;
  private static final int TRAP_GATE = 0x8f;

  @Test
  void realModePushesThreeWordsAndGoesThroughTheVectorTable() {
    try (Scene scene = Scene.real()) {
      scene.memory.writeInt(0x21 * 4, 0xf000_1234);
      scene.cpu.setEflags(Flags.IF | Flags.TF | Flags.CF | 2);
      scene.execute("cd 21");
      assertThat(scene.cpu.rip).isEqualTo(0x1234);
      assertThat(scene.cpu.selector[Cpu.CS]).isEqualTo(0xf000);
      assertThat(scene.cpu.segmentBase[Cpu.CS]).isEqualTo(0xf0000);
      assertThat(scene.cpu.gpr[Cpu.RSP]).isEqualTo(0x6ffa);
      assertThat(scene.memory.readShort(0x6ffa)).isEqualTo(0x7c02);
      assertThat(scene.memory.readShort(0x6ffe)).isEqualTo(Flags.IF | Flags.TF | Flags.CF | 2);
      assertThat(scene.cpu.eflags()).isEqualTo(Flags.CF | 2);
      scene.execute("cf");
      assertThat(scene.cpu.rip).isEqualTo(0x7c02);
      assertThat(scene.cpu.gpr[Cpu.RSP]).isEqualTo(0x7000);
      assertThat(scene.cpu.eflags()).isEqualTo(Flags.IF | Flags.TF | Flags.CF | 2);
    }
  }

  @Test
  void realModeVectorOutsideTheTableEndsInATripleFault() {
    try (Scene scene = Scene.real()) {
      scene.cpu.idtrLimit = 3;
      assertThat(scene.deliver(GuestFault.UD, 0)).isFalse();
      assertThat(scene.cpu.gpr[Cpu.RSP]).isEqualTo(0x7000);
    }
  }

  @Test
  void sameLevelInterruptGateClearsIfAndTrapGateDoesNot() {
    try (Scene scene = Scene.protectedMode()) {
      scene.idt(6, Scene.CODE0, INTERRUPT_GATE);
      scene.idt(13, Scene.CODE0, TRAP_GATE);
      scene.cpu.setEflags(Flags.IF | Flags.NT | 2);
      long rsp = scene.cpu.gpr[Cpu.RSP];
      assertThat(scene.deliver(GuestFault.GP, 0x1238)).isTrue();
      assertThat(scene.cpu.rip).isEqualTo(Scene.handler(13));
      assertThat(scene.cpu.gpr[Cpu.RSP]).isEqualTo(rsp - 16);
      assertThat(scene.stack32(0)).isEqualTo(0x1238);
      assertThat(scene.stack32(1)).isEqualTo((int) Scene.CODE);
      assertThat(scene.stack32(2)).isEqualTo(Scene.CODE0);
      assertThat(scene.stack32(3)).isEqualTo(Flags.IF | Flags.NT | Flags.RF | 2);
      assertThat(scene.cpu.eflags()).isEqualTo(Flags.IF | 2);
      assertThat(scene.deliver(GuestFault.UD, 0)).isTrue();
      assertThat(scene.cpu.eflags()).isEqualTo(2);
      assertThat(scene.stack32(0)).isEqualTo((int) Scene.handler(13));
    }
  }

  @Test
  void innerLevelSwitchesToTheStackOfTheTaskAndIretComesBack() {
    try (Scene scene = Scene.protectedMode().atLevel(3)) {
      scene.idt(0x80, Scene.CODE0, INTERRUPT_GATE | 0x60);
      scene.cpu.setEflags(Flags.IF | 2);
      scene.execute("cd 80");
      Cpu cpu = scene.cpu;
      assertThat(cpu.sys.cpl).isZero();
      assertThat(cpu.selector[Cpu.CS]).isEqualTo(Scene.CODE0);
      assertThat(cpu.selector[Cpu.SS]).isEqualTo(Scene.DATA0);
      assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(Scene.STACK0 - 20);
      assertThat(scene.stack32(0)).isEqualTo((int) Scene.CODE + 2);
      assertThat(scene.stack32(3)).isEqualTo((int) Scene.STACK3);
      assertThat(scene.stack32(4)).isEqualTo(Scene.DATA3);
      cpu.setSegment(Cpu.ES, SegmentLoads.flatData(Scene.DATA0, 0));
      scene.execute("cf");
      assertThat(cpu.sys.cpl).isEqualTo(3);
      assertThat(cpu.rip).isEqualTo(Scene.CODE + 2);
      assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(Scene.STACK3);
      assertThat(cpu.eflags()).isEqualTo(Flags.IF | 2);
      assertThat(cpu.segmentAttributes[Cpu.ES] & Segment.UNUSABLE).as("kernel ES is dropped").isNotZero();
      assertThat(cpu.selector[Cpu.DS]).isEqualTo(Scene.DATA3);
    }
  }

  @Test
  void softwareInterruptNeedsTheGatesPrivilegeAndHardwareDoesNot() {
    try (Scene scene = Scene.protectedMode().atLevel(3)) {
      scene.idt(0x30, Scene.CODE0, INTERRUPT_GATE);
      scene.faults("cd 30", "13:" + (0x30 * 8 + 2));
      assertThat(Interrupts.deliverExternal(scene.cpu, 0x30)).isTrue();
      assertThat(scene.cpu.rip).isEqualTo(Scene.handler(0x30));
    }
  }

  @Test
  void absentGateRaisesNotPresentWithExtForHardwareOnly() {
    try (Scene scene = Scene.protectedMode()) {
      scene.idt(0x30, Scene.CODE0, 0x0e);
      scene.idt(11, Scene.CODE0, INTERRUPT_GATE);
      scene.faults("cd 30", "11:" + (0x30 * 8 + 2));
      assertThat(Interrupts.deliverExternal(scene.cpu, 0x30)).isTrue();
      assertThat(scene.cpu.rip).isEqualTo(Scene.handler(11));
      assertThat(scene.stack32(0)).isEqualTo(0x30 * 8 + 3);
    }
  }

  @Test
  void sixteenBitGatePushesWords() {
    try (Scene scene = Scene.protectedMode()) {
      scene.gate(Scene.IDT + 8 * 5, Scene.CODE0_16, 0x4321, 0x86, 0);
      long rsp = scene.cpu.gpr[Cpu.RSP];
      assertThat(scene.deliver(GuestFault.BR, 0)).isTrue();
      assertThat(scene.cpu.rip).isEqualTo(0x4321);
      assertThat(scene.cpu.codeSize).isEqualTo(2);
      assertThat(scene.cpu.gpr[Cpu.RSP]).isEqualTo(rsp - 6);
    }
  }

  @Test
  void contributoryAfterContributoryIsADoubleFaultAndThenATripleFault() {
    try (Scene scene = Scene.protectedMode()) {
      scene.idt(8, Scene.CODE0, INTERRUPT_GATE);
      assertThat(scene.deliver(GuestFault.GP, 0)).isTrue();
      assertThat(scene.cpu.rip).isEqualTo(Scene.handler(8));
      assertThat(scene.stack32(0)).isZero();
      scene.idt(8, Scene.CODE0, 0x0e);
      assertThat(scene.deliver(GuestFault.GP, 0)).isFalse();
    }
  }

  @Test
  void benignThenContributoryIsTheSecondAlone() {
    try (Scene scene = Scene.protectedMode()) {
      scene.idt(13, Scene.CODE0, INTERRUPT_GATE);
      assertThat(scene.deliver(GuestFault.UD, 0)).isTrue();
      assertThat(scene.cpu.rip).isEqualTo(Scene.handler(13));
      assertThat(scene.stack32(0)).isEqualTo(GuestFault.UD * 8 + 3);
    }
  }

  @Test
  void classesOfExceptionsCombineAsTheTableSays() {
    assertThat(Interrupts.doubles(GuestFault.PF, GuestFault.PF)).isTrue();
    assertThat(Interrupts.doubles(GuestFault.PF, GuestFault.GP)).isTrue();
    assertThat(Interrupts.doubles(GuestFault.GP, GuestFault.PF)).isFalse();
    assertThat(Interrupts.doubles(GuestFault.DE, GuestFault.NP)).isTrue();
    assertThat(Interrupts.doubles(GuestFault.UD, GuestFault.GP)).isFalse();
    assertThat(Interrupts.doubles(GuestFault.PF, GuestFault.UD)).isFalse();
  }

  @Test
  void virtual8086GoesToLevelZeroWithItsSegmentsOnTheStackAndBack() {
    try (Scene scene = Scene.protectedMode()) {
      scene.idt(0x21, Scene.CODE0, INTERRUPT_GATE | 0x60);
      Cpu cpu = scene.atVirtual8086(3).cpu;
      scene.execute("cd 21");
      assertThat(cpu.sys.cpl).isZero();
      assertThat(cpu.sys.eflags & Flags.VM).isZero();
      assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(Scene.STACK0 - 36);
      assertThat(scene.stack32(0)).isEqualTo(0x102);
      assertThat(scene.stack32(1)).isEqualTo(0x1000);
      assertThat(scene.stack32(4)).isEqualTo(0x800);
      assertThat(scene.stack32(5)).isEqualTo(0x2000);
      assertThat(scene.stack32(8)).isEqualTo(0x5000);
      assertThat(cpu.segmentAttributes[Cpu.DS] & Segment.UNUSABLE).isNotZero();
      scene.execute("cf");
      assertThat(Privilege.isVirtual8086(cpu)).isTrue();
      assertThat(cpu.sys.cpl).isEqualTo(3);
      assertThat(cpu.rip).isEqualTo(0x102);
      assertThat(cpu.segmentBase[Cpu.CS]).isEqualTo(0x10000);
      assertThat(cpu.segmentBase[Cpu.GS]).isEqualTo(0x50000);
      assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(0x100);
    }
  }

  @Test
  void virtual8086WithoutIoplMayNotUseIntIretPushfOrPopf() {
    try (Scene scene = Scene.protectedMode().atVirtual8086(0)) {
      scene.faults("cd 21", "13:0");
      scene.faults("cf", "13:0");
      scene.faults("9c", "13:0");
      scene.faults("9d", "13:0");
      scene.faults("fa", "13:0");
    }
  }

  @Test
  void longModePushesFiveWordsOnAnAlignedStack() {
    try (Scene scene = Scene.longMode()) {
      scene.idt64(14, Scene.CODE64, INTERRUPT_GATE, 0);
      Cpu cpu = scene.cpu;
      cpu.gpr[Cpu.RSP] = 0x7f0b;
      assertThat(scene.deliver(GuestFault.PF, 2)).isTrue();
      assertThat(cpu.rip).isEqualTo(Scene.handler(14));
      assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(0x7f00 - 48);
      assertThat(scene.stack64(0)).isEqualTo(2);
      assertThat(scene.stack64(1)).isEqualTo(Scene.CODE);
      assertThat(scene.stack64(2)).isEqualTo(Scene.CODE64);
      assertThat(scene.stack64(4)).isEqualTo(0x7f0b);
      assertThat(scene.stack64(5)).isEqualTo(Scene.DATA0);
      cpu.gpr[Cpu.RSP] += 8;
      scene.execute("48 cf");
      assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(0x7f0b);
      assertThat(cpu.rip).isEqualTo(Scene.CODE);
    }
  }

  @Test
  void longModeInnerLevelUsesRsp0ANullStackSegmentAndIretqReturns() {
    try (Scene scene = Scene.longMode().atLevel64(3)) {
      scene.idt64(0x20, Scene.CODE64, INTERRUPT_GATE, 0);
      Cpu cpu = scene.cpu;
      cpu.setEflags(Flags.IF | Flags.AC | 2);
      assertThat(Interrupts.deliverExternal(cpu, 0x20)).isTrue();
      assertThat(cpu.sys.cpl).isZero();
      assertThat(cpu.selector[Cpu.SS]).isZero();
      assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(Scene.STACK0 - 40);
      assertThat(cpu.eflags()).isEqualTo(Flags.AC | 2);
      scene.execute("48 cf");
      assertThat(cpu.sys.cpl).isEqualTo(3);
      assertThat(cpu.selector[Cpu.SS]).isEqualTo(Scene.DATA3);
      assertThat(cpu.gpr[Cpu.RSP]).isEqualTo(Scene.STACK3);
      assertThat(cpu.eflags()).isEqualTo(Flags.IF | Flags.AC | 2);
    }
  }

  @Test
  void interruptStackTableWinsOverTheCurrentStack() {
    try (Scene scene = Scene.longMode()) {
      scene.idt64(2, Scene.CODE64, INTERRUPT_GATE, 1);
      assertThat(Interrupts.deliverNmi(scene.cpu)).isTrue();
      assertThat(scene.cpu.gpr[Cpu.RSP]).isEqualTo(0x7000 - 40);
      assertThat(scene.cpu.nmiMasked).isTrue();
      scene.execute("48 cf");
      assertThat(scene.cpu.nmiMasked).isFalse();
    }
  }

  @Test
  void stackThatIsNotMappedMakesADoubleFaultOnItsOwnStackAndNothingElseChanges() {
    try (Scene scene = Scene.longMode()) {
      scene.idt64(14, Scene.CODE64, INTERRUPT_GATE, 0);
      scene.idt64(8, Scene.CODE64, INTERRUPT_GATE, 1);
      Cpu cpu = scene.cpu;
      cpu.gpr[Cpu.RSP] = 0xa010;
      scene.unmap(0x9000);
      assertThat(scene.deliver(GuestFault.PF, 2)).isTrue();
      assertThat(cpu.rip).isEqualTo(Scene.handler(8));
      assertThat(scene.stack64(4)).isEqualTo(0xa010);
      assertThat(cpu.sys.cr2).isBetween(0x9000L, 0x9fffL);
      assertThat(scene.memory.readLong(0xa008)).as("no part of the frame was written").isZero();
    }
  }

  @Test
  void nonCanonicalStackIsAStackFault() {
    try (Scene scene = Scene.longMode()) {
      scene.idt64(6, Scene.CODE64, INTERRUPT_GATE, 0);
      scene.idt64(12, Scene.CODE64, INTERRUPT_GATE, 1);
      scene.cpu.gpr[Cpu.RSP] = 0x8000_0000_0000_0100L;
      assertThat(scene.deliver(GuestFault.UD, 0)).isTrue();
      assertThat(scene.cpu.rip).isEqualTo(Scene.handler(12));
    }
  }

  @Test
  void compatibilityCodeIsNoHandlerInLongMode() {
    try (Scene scene = Scene.longMode()) {
      scene.idt64(0x40, Scene.CODE0, INTERRUPT_GATE, 0);
      scene.faults("cd 40", "13:" + Scene.CODE0);
    }
  }

  @Test
  void debugTrapSetsDr6AndClearsGeneralDetect() {
    try (Scene scene = Scene.longMode()) {
      scene.idt64(1, Scene.CODE64, INTERRUPT_GATE, 0);
      scene.cpu.dr[7] |= 1 << 13;
      scene.cpu.dr[6] |= 3;
      assertThat(Interrupts.deliverDebugTrap(scene.cpu, Debugging.DR6_BS)).isTrue();
      assertThat(scene.cpu.dr[6]).isEqualTo(0xffff_4ff0L);
      assertThat(scene.cpu.dr[7] & 1 << 13).isZero();
    }
  }

  @Test
  void int3AndIntoCheckThePrivilegeOfTheirGates() {
    try (Scene scene = Scene.protectedMode().atLevel(3)) {
      scene.idt(3, Scene.CODE0, INTERRUPT_GATE);
      scene.idt(4, Scene.CODE0, TRAP_GATE | 0x60);
      scene.faults("cc", "13:" + (3 * 8 + 2));
      scene.execute("ce");
      assertThat(scene.cpu.rip).as("no overflow").isEqualTo(Scene.CODE + 1);
      scene.cpu.setEflags(Flags.OF | 2);
      scene.execute("ce");
      assertThat(scene.cpu.rip).isEqualTo(Scene.handler(4));
    }
  }

  @Test
  void instructionBreakpointStrikesOnceAndResumesWithRf() {
    try (Scene scene = Scene.longMode()) {
      Cpu cpu = scene.cpu;
      cpu.dr[2] = Scene.CODE;
      cpu.dr[7] |= 1 << 4;
      assertThatThrownBy(() -> Debugging.beforeInstruction(cpu, Scene.CODE)).hasMessageContaining("exception 1,");
      assertThat(cpu.dr[6] & 15).isEqualTo(4);
      cpu.sys.eflags |= Flags.RF;
      Debugging.beforeInstruction(cpu, Scene.CODE);
      assertThat(cpu.sys.eflags & Flags.RF).isZero();
      assertThatThrownBy(() -> Debugging.beforeInstruction(cpu, Scene.CODE)).hasMessageContaining("exception 1,");
    }
  }

  @Test
  void iretLeavesNoResumeFlagBehindWhenThereIsNoBreakpoint() {
    try (Scene scene = Scene.longMode()) {
      scene.push64(Scene.CODE, Scene.CODE64, Flags.RF | 2, Scene.STACK0, Scene.DATA0);
      scene.execute("48 cf");
      assertThat(scene.cpu.sys.eflags & Flags.RF).isZero();
      scene.cpu.dr[7] |= 1;
      scene.push64(Scene.CODE, Scene.CODE64, Flags.RF | 2, Scene.STACK0, Scene.DATA0);
      scene.execute("48 cf");
      assertThat(scene.cpu.sys.eflags & Flags.RF).isNotZero();
    }
  }

  @Test
  void dataBreakpointsWatchTheirBytes() {
    try (Scene scene = Scene.longMode()) {
      Cpu cpu = scene.cpu;
      cpu.dr[1] = 0x9004;
      cpu.dr[7] |= 1 << 2 | 0xdL << 20; // 4 bytes, writes
      assertThat(Debugging.dataHits(cpu, 0x9007, 1, true)).isEqualTo(2);
      assertThat(Debugging.dataHits(cpu, 0x9000, 8, true)).isEqualTo(2);
      assertThat(Debugging.dataHits(cpu, 0x9000, 4, true)).isZero();
      assertThat(Debugging.dataHits(cpu, 0x9004, 4, false)).isZero();
    }
  }

  @Test
  void enteringAHandlerHoldsOffTheTrapOfTheInstructionThatDidIt() {
    try (Scene scene = Scene.longMode()) {
      scene.idt64(0x40, Scene.CODE64, INTERRUPT_GATE, 0);
      scene.cpu.sys.eflags |= Flags.TF;
      scene.execute("cd 40");
      assertThat(scene.cpu.trapHeldOff).isTrue();
      assertThat(scene.cpu.sys.eflags & Flags.TF).isZero();
      assertThat(scene.stack64(2) & Flags.TF).isNotZero();
    }
  }

  @Test
  void iretToVirtual8086ModeNeedsAPointerOfSixteenBits() {
    try (Scene scene = Scene.protectedMode()) {
      scene.push32(0x1_0000, 0x1000, Flags.VM | 2, 0x100, 0x800, 0, 0, 0, 0);
      scene.faults("cf", "13:0");
      scene.push32(0xffff, 0x1000, Flags.VM | 2, 0x100, 0x800, 0, 0, 0, 0);
      scene.execute("cf");
      assertThat(scene.cpu.rip).isEqualTo(0xffff);
    }
  }
}
