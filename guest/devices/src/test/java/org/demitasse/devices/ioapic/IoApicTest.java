package org.demitasse.devices.ioapic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.demitasse.core.bus.IrqLine;
import org.demitasse.devices.Board;
import org.demitasse.devices.lapic.ApicBus;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class IoApicTest {
  private static final int LEVEL_LOW = 0xa000;

  private final Board board = new Board(2);

  @BeforeEach
  void enable() {
    board.enableApic(0);
    board.enableApic(1);
  }

  private void end() {
    board.apic().write(0xb0, 0);
  }

  @Test
  void versionTellsThePinsAndTheEndOfInterruptRegister() {
    assertThat(board.readIoApic(1)).isEqualTo(0x1f0020);
    assertThat(board.readIoApic(0x10)).isEqualTo(0x10000);
    board.writeIoApic(0, 0x0500_0000);
    assertThat(board.readIoApic(0)).isEqualTo(0x0500_0000);
    assertThat(board.readIoApic(2)).isEqualTo(0x0500_0000);
    assertThat(board.readIoApic(0x10 + 2 * 32)).isZero();
  }

  @Test
  void anOpenPinThatSendsNmisOrInitsReachesProcessorsWithInterruptsOff() {
    board.route(2, 0x31, 0);
    assertThat(board.apic().mayInterruptUnmasked()).isFalse();
    board.route(2, 0x400, 0);
    assertThat(board.apic().mayInterruptUnmasked()).isTrue();
    board.route(2, 0x1_0400, 0);
    assertThat(board.apic().mayInterruptUnmasked()).as("masked").isFalse();
    board.route(2, 0x500, 0);
    assertThat(board.apic().mayInterruptUnmasked()).isTrue();
  }

  @Test
  void the8259sMayComeAsNmis() {
    board.apic().write(0x350, 0x400);
    assertThat(board.apic().mayInterruptUnmasked()).isTrue();
    board.apic().write(0x350, 0x700);
    assertThat(board.apic().mayInterruptUnmasked()).as("as interrupts").isFalse();
    board.apic().write(0x350, 0x1_0400);
    assertThat(board.apic().mayInterruptUnmasked()).as("masked").isFalse();
  }

  @Test
  void readOnlyBitsStay() {
    board.writeIoApic(0x12, 0xffff_ffffL);
    assertThat(board.readIoApic(0x12)).isEqualTo(0x1_afffL);
    board.writeIoApic(0x13, 0xffff_ffffL);
    assertThat(board.readIoApic(0x13)).isEqualTo(0xff00_0000L);
  }

  @Test
  void virtioInterruptRepeatsUntilTheDriverHasAcknowledgedIt() {
    IrqLine line = board.lines.connect(17);
    board.route(17, LEVEL_LOW | 0x61, 0);
    line.raise();
    assertThat(board.apic().acknowledge()).isEqualTo(0x61);
    assertThat(board.readIoApic(0x10 + 34) & 0x4000).as("remote IRR").isEqualTo(0x4000);
    assertThat(board.apic().interruptPending()).isFalse();
    end();
    assertThat(board.apic().acknowledge()).as("not acknowledged at the device").isEqualTo(0x61);
    line.lower();
    end();
    assertThat(board.apic().interruptPending()).isFalse();
    assertThat(board.readIoApic(0x10 + 34) & 0x4000).isZero();
    line.raise();
    assertThat(board.apic().acknowledge()).isEqualTo(0x61);
  }

  @Test
  void levelThatNoLocalApicTookComesWhenOneTakesInterrupts() {
    IrqLine line = board.lines.connect(20);
    board.apic().write(0xf0, 0xff); // off by software
    board.route(20, LEVEL_LOW | 0x62, 0);
    line.raise();
    assertThat(board.apic().interruptPending()).isFalse();
    board.apic().write(0xf0, 0x1ff);
    assertThat(board.apic().acknowledge()).isEqualTo(0x62);
  }

  @Test
  void levelOnAMaskedPinInterruptsWhenItIsUnmasked() {
    IrqLine line = board.lines.connect(20);
    board.route(20, 0x1_0000 | LEVEL_LOW | 0x62, 0);
    line.raise();
    assertThat(board.apic().interruptPending()).isFalse();
    board.route(20, LEVEL_LOW | 0x62, 0);
    assertThat(board.apic().acknowledge()).isEqualTo(0x62);
  }

  @Test
  void maskingDuringServiceHoldsTheNextInterruptBack() {
    IrqLine line = board.lines.connect(20);
    board.route(20, LEVEL_LOW | 0x62, 0);
    line.raise();
    assertThat(board.apic().acknowledge()).isEqualTo(0x62);
    board.writeIoApic(0x10 + 40, 0x1_0000 | LEVEL_LOW | 0x62);
    end();
    assertThat(board.apic().interruptPending()).isFalse();
    board.writeIoApic(0x10 + 40, LEVEL_LOW | 0x62);
    assertThat(board.apic().acknowledge()).isEqualTo(0x62);
  }

  @Test
  void edgeOnAMaskedPinIsLostAndOnAnOpenOneIsOneInterrupt() {
    IrqLine line = board.lines.connect(4);
    line.raise();
    board.route(4, 0x54, 0);
    assertThat(board.apic().interruptPending()).isFalse();
    line.lower();
    line.raise();
    assertThat(board.apic().acknowledge()).isEqualTo(0x54);
    end();
    assertThat(board.apic().interruptPending()).isFalse();
  }

  @Test
  void edgeDuringServiceIsKept() {
    IrqLine line = board.lines.connect(4);
    board.route(4, 0x54, 0);
    line.pulse();
    assertThat(board.apic().acknowledge()).isEqualTo(0x54);
    line.pulse();
    assertThat(board.apic().interruptPending()).isFalse();
    end();
    assertThat(board.apic().acknowledge()).isEqualTo(0x54);
  }

  @Test
  void endOfInterruptRegisterEndsWithoutTheProcessor() {
    IrqLine line = board.lines.connect(18);
    board.route(18, LEVEL_LOW | 0x63, 0);
    line.raise();
    board.apic().acknowledge();
    line.lower();
    board.mmio.write(IoApic.DEFAULT_BASE + 0x40, 4, 0x63);
    assertThat(board.readIoApic(0x10 + 36) & 0x4000).isZero();
  }

  @Test
  void switchingToEdgeAndBackClearsTheRemoteIrr() {
    IrqLine line = board.lines.connect(18);
    board.route(18, LEVEL_LOW | 0x63, 0);
    line.raise();
    board.apic().acknowledge();
    line.lower();
    board.writeIoApic(0x10 + 36, 0x1_0063);
    board.writeIoApic(0x10 + 36, LEVEL_LOW | 0x63);
    assertThat(board.readIoApic(0x10 + 36) & 0x4000).isZero();
  }

  @Test
  void timerIsOnPinTwoAndSharedLinesAreAssertedByAny() {
    board.route(2, 0x30, 1);
    board.ports.write(0x43, 1, 0x30);
    board.ports.write(0x40, 1, 10);
    board.ports.write(0x40, 1, 0);
    board.clock.advance(20_000);
    assertThat(board.apics.get(1).acknowledge()).isEqualTo(0x30);
    IrqLine one = board.lines.connect(21);
    IrqLine two = board.lines.connect(21);
    board.route(21, LEVEL_LOW | 0x64, 0);
    one.raise();
    two.raise();
    one.lower();
    assertThat(board.apic().acknowledge()).isEqualTo(0x64);
    end();
    assertThat(board.apic().acknowledge()).isEqualTo(0x64);
    two.lower();
    end();
    assertThat(board.apic().interruptPending()).isFalse();
  }

  @Test
  void lowestPriorityGoesToTheLessBusyProcessor() {
    for (int cpu = 0; cpu < 2; cpu++) {
      board.apics.get(cpu).write(0xd0, 1L << (24 + cpu));
    }
    board.apics.get(0).write(0x80, 0x40);
    board.route(19, 0x0800 | 0x0100 | LEVEL_LOW | 0x71, 0xff);
    board.lines.connect(19).raise();
    assertThat(board.apics.get(0).interruptPending()).isFalse();
    assertThat(board.apics.get(1).acknowledge()).isEqualTo(0x71);
  }

  @Test
  void levelIsSentAgainWhenNobodyTookIt() {
    board.apic().write(0xf0, 0xff);
    board.route(18, LEVEL_LOW | 0x63, 0);
    board.lines.connect(18).raise();
    assertThat(board.readIoApic(0x10 + 36) & 0x4000).isZero();
    board.enableApic(0);
    board.writeIoApic(0x10 + 36, LEVEL_LOW | 0x63);
    assertThat(board.apic().acknowledge()).isEqualTo(0x63);
  }

  @Test
  void linesThatCannotBeAreRefused() {
    assertThatIllegalArgumentException().isThrownBy(() -> board.lines.connect(32)).withMessageContaining("GSI 32");
    assertThatIllegalArgumentException().isThrownBy(() -> board.lines.connect(2));
    assertThatIllegalArgumentException().isThrownBy(() -> new IoApic(0, 241, new ApicBus()));
  }

  @Test
  void restoredControllersGoOnWhereTheyWere() {
    IrqLine line = board.lines.connect(17);
    board.route(17, LEVEL_LOW | 0x61, 0);
    line.raise();
    board.apic().acknowledge();
    Board other = new Board(2);
    IrqLine otherLine = other.lines.connect(17);
    other.apicBus.restore(board.apicBus.save());
    other.ioapic.restore(board.ioapic.save());
    other.lines.restore(board.lines.save());
    for (int cpu = 0; cpu < 2; cpu++) {
      other.apics.get(cpu).restore(board.apics.get(cpu).save());
    }
    assertThat(other.ioapic.save()).usingRecursiveComparison().isEqualTo(board.ioapic.save());
    other.apic().write(0xb0, 0);
    assertThat(other.apic().acknowledge()).isEqualTo(0x61);
    otherLine.lower();
    other.apic().write(0xb0, 0);
    assertThat(other.apic().interruptPending()).isFalse();
  }
}
