package org.demitasse.cpu.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.fault.GuestFault;
import org.demitasse.cpu.mmu.LinearMemory;
import org.demitasse.cpu.state.Flags;
import org.demitasse.cpu.state.SystemRegisters;
import org.junit.jupiter.api.Test;

/** What linear accesses raise beyond a missing page, and when page tables are walked again. */
class MemoryAccessTest {
  private static final long ACCESSED = 0x20;

  private static void raises(int vector, int errorCode, ThrowingCallable access) {
    assertThatThrownBy(access)
        .isInstanceOfSatisfying(
            GuestFault.class,
            fault -> {
              assertThat(fault.vector()).isEqualTo(vector);
              assertThat(fault.errorCode()).isEqualTo(errorCode);
            });
  }

  private static Scene checksAlignment(int cpl) {
    Scene scene = Scene.longMode().atLevel64(cpl);
    scene.cpu.sys.cr0 |= SystemRegisters.CR0_AM;
    scene.cpu.setEflags(Flags.AC | 2);
    return scene;
  }

  @Test
  void usersWithTheAlignmentCheckOnMustAlign() {
    try (Scene scene = checksAlignment(3)) {
      LinearMemory memory = scene.cpu.memory;
      memory.write64(0x6000, 1);
      assertThat(memory.read32(0x6004)).isZero();
      raises(GuestFault.AC, 0, () -> memory.read16(0x6001));
      raises(GuestFault.AC, 0, () -> memory.read32(0x6002));
      raises(GuestFault.AC, 0, () -> memory.write64(0x6004, 0));
      raises(GuestFault.AC, 0, () -> memory.readForWrite(0x6ffe, 4));
      assertThat(memory.read8(0x6001)).isZero();
    }
  }

  @Test
  void alignmentIsCheckedBeforePagesAndAfterCanonicalAddresses() {
    try (Scene scene = checksAlignment(3)) {
      scene.unmap(0x6000);
      LinearMemory memory = scene.cpu.memory;
      raises(GuestFault.AC, 0, () -> memory.read64(0x6004));
      raises(GuestFault.GP, 0, () -> memory.read64(0x7fff_ffff_fffcL));
      raises(GuestFault.PF, 4, () -> memory.read64(0x6008));
    }
  }

  @Test
  void supervisorsAndClearedFlagsNeedNotAlign() {
    try (Scene scene = checksAlignment(0)) {
      scene.cpu.memory.write32(0x6001, 0x1234_5678);
      assertThat(scene.cpu.memory.read32(0x6001)).isEqualTo(0x1234_5678);
    }
    try (Scene scene = checksAlignment(3)) {
      scene.cpu.setEflags(2);
      assertThat(scene.cpu.memory.read32(0x6001)).isZero();
      scene.cpu.setEflags(Flags.AC | 2);
      scene.cpu.sys.cr0 &= ~SystemRegisters.CR0_AM;
      scene.cpu.modeChanged();
      assertThat(scene.cpu.memory.read32(0x6001)).isZero();
    }
  }

  @Test
  void tablesThatTheProcessorReadsItselfNeedNotBeAligned() {
    try (Scene scene = checksAlignment(3)) {
      assertThat(scene.cpu.memory.systemRead(0x6001, 8)).isZero();
      raises(GuestFault.AC, 0, () -> scene.cpu.memory.read64(0x6001));
    }
  }

  @Test
  void reservedBitsOfEveryPaeEntryFault() {
    try (Scene scene = Scene.protectedMode()) {
      long directory = Scene.PML4 + 0x2000;
      long table = Scene.PML4 + 0x3000;
      scene.memory.writeLong(directory, table | 7);
      scene.memory.writeLong(table + 8 * 6, 0x6000 | 7);
      scene.memory.writeLong(table + 8 * 7, 1L << 52 | 0x7000 | 7);
      scene.memory.writeLong(directory + 8, 1L << 61 | 0x20_0000 | 0x87);
      Cpu cpu = scene.cpu;
      cpu.sys.cr4 = SystemRegisters.CR4_PAE;
      cpu.sys.pdpte[0] = directory | 1;
      cpu.sys.cr0 |= SystemRegisters.CR0_PG;
      cpu.modeChanged();
      assertThat(cpu.memory.read32(0x6000)).isZero();
      raises(GuestFault.PF, 9, () -> cpu.memory.read32(0x7000));
      raises(GuestFault.PF, 9, () -> cpu.memory.read32(0x20_0000));
    }
  }

  @Test
  void invlpgForgetsAllOfAGigabytePage() {
    try (Scene scene = Scene.longMode()) {
      long entry = Scene.PML4 + 0x1000 + 8;
      scene.memory.writeLong(entry, 0x87);
      LinearMemory memory = scene.cpu.memory;
      scene.memory.writeLong(0x6000, 77);
      assertThat(memory.read64(0x4000_6000L)).isEqualTo(77);
      scene.memory.writeLong(entry, 0);
      memory.flushPage(0x4020_0000L);
      raises(GuestFault.PF, 0, () -> memory.read64(0x4000_6000L));
    }
  }

  @Test
  void aPageIsWalkedForOnceToFetchFromItHoweverManyOthersAreUsed() {
    try (Scene scene = Scene.longMode()) {
      LinearMemory memory = scene.cpu.memory;
      long entry = Scene.PML4 + 0x3000 + 8 * 6;
      memory.fetch(0x6000);
      scene.memory.writeLong(entry, scene.memory.readLong(entry) & ~ACCESSED);
      for (long page = 0; page < 512; page++) {
        memory.fetch(page << 12);
        memory.fetch(page << 12 | 0x20_0000);
      }
      assertThat(memory.fetch(0x6123)).isEqualTo(0x6123);
      assertThat(scene.memory.readLong(entry) & ACCESSED).as("accessed bit").isZero();
      memory.flushPage(0x7000);
      memory.fetch(0x6123);
      assertThat(scene.memory.readLong(entry) & ACCESSED).isZero();
      memory.flushPage(0x6000);
      memory.fetch(0x6123);
      assertThat(scene.memory.readLong(entry) & ACCESSED).isNotZero();
    }
  }

  @Test
  void fetchesOfUsersAndSupervisorsAreKeptApart() {
    try (Scene scene = Scene.longMode()) {
      long entry = Scene.PML4 + 0x3000 + 8 * 6;
      scene.memory.writeLong(entry, 0x6000 | 3); // for supervisors
      scene.cpu.memory.fetch(0x6000);
      scene.atLevel64(3);
      raises(GuestFault.PF, 5, () -> scene.cpu.memory.fetch(0x6000));
    }
  }
}
