package org.demitasse.devices;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.demitasse.core.bus.Bus.Mapping;
import org.demitasse.devices.ioapic.IoApic;
import org.demitasse.devices.lapic.LocalApic;

/**
 * Random accesses to every register of every device: no host exception, no endless loop, and state that can be saved.
 */
class HostileGuestTest {
  private static final int[] SIZES = {1, 2, 4, 8};

  @Property(tries = 200)
  void noSequenceOfAccessesBreaksTheBoard(@ForAll long seed) {
    Random random = new Random(seed);
    Board board = new Board(2);
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    for (int i = 0; i < 2000; i++) {
      step(board, random);
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
    assertRestorable(board);
  }

  private static void step(Board board, Random random) {
    int size = SIZES[random.nextInt(4)];
    long value = random.nextBoolean() ? random.nextLong() : random.nextInt(256);
    switch (random.nextInt(6)) {
      case 0, 1 -> {
        Mapping mapping = board.ports.mappings().get(random.nextInt(board.ports.mappings().size()));
        long port = mapping.start() + random.nextLong(mapping.end() - mapping.start());
        board.ports.write(port, size, value);
        board.ports.read(port, size);
      }
      case 2 -> {
        board.mmio.write(IoApic.DEFAULT_BASE, 4, random.nextInt(0x60));
        board.mmio.write(IoApic.DEFAULT_BASE + random.nextInt(0x50), size, value);
        board.mmio.read(IoApic.DEFAULT_BASE + random.nextInt(0x1000), size);
      }
      case 3 -> touchApic(board.apics.get(random.nextInt(2)), random, value);
      case 4 -> board.input.offer(new byte[random.nextInt(40)]);
      default -> {
        // nobody can afford to advance step by step past a guest's fastest timers
        board.clock.oversleep(random.nextLong(1L << random.nextInt(40)));
        board.apics.get(random.nextInt(2)).acknowledge();
      }
    }
  }

  private static void touchApic(LocalApic apic, Random random, long value) {
    int register = random.nextInt(0x40);
    apic.write(register << 4, value);
    apic.read(register << 4);
    try {
      switch (random.nextInt(8)) {
        case 0 -> apic.setApicBase(0xfee0_0000L | (long) random.nextInt(4) << 10);
        case 1 -> apic.setTscDeadline(value);
        case 2, 3, 4 -> apic.writeMsr(0x800 + register, value);
        default -> apic.readMsr(0x800 + register);
      }
    } catch (IllegalArgumentException fault) {
      assertThat(fault).hasMessageContaining("0x"); // the vCPU raises #GP(0)
    }
  }

  private static void assertRestorable(Board board) {
    Board other = new Board(2);
    other.apicBus.restore(board.apicBus.save());
    other.pic.restore(board.pic.save());
    other.ioapic.restore(board.ioapic.save());
    other.lines.restore(board.lines.save());
    other.serial.restore(board.serial.save());
    other.keyboard.restore(board.keyboard.save());
    other.portB.restore(board.portB.save());
    other.clock.oversleep(board.clock.nanos());
    other.timer.restore(board.timer.save());
    other.rtc.restore(board.rtc.save());
    other.acpi.restore(board.acpi.save());
    assertThat(other.pic.save()).isEqualTo(board.pic.save());
    assertThat(other.ioapic.save()).usingRecursiveComparison().isEqualTo(board.ioapic.save());
    assertThat(other.keyboard.save()).isEqualTo(board.keyboard.save());
    assertThat(other.timer.save()).isEqualTo(board.timer.save());
    assertThat(other.rtc.save()).usingRecursiveComparison().isEqualTo(board.rtc.save());
    assertThat(other.acpi.save()).isEqualTo(board.acpi.save());
    assertThat(other.lines.save()).isEqualTo(board.lines.save());
    assertThat(other.serial.save()).usingRecursiveComparison().isEqualTo(board.serial.save());
  }
}
