package org.demitasse.core.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class GuestMemoryTest {
  private static final long SMALL = 1 << 20;

  @Test
  void startsZeroedAndKeepsLittleEndianValues() {
    try (GuestMemory memory = new GuestMemory(SMALL)) {
      assertThat(memory.readLong(0x1234)).isZero();
      memory.writeLong(0x1001, 0x1122_3344_5566_7788L);
      assertThat(memory.readByte(0x1001)).isEqualTo(0x88);
      assertThat(memory.readShort(0x1002)).isEqualTo(0x6677);
      assertThat(memory.readInt(0x1005)).isEqualTo(0x1122_3344);
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void muchRamCanBeMappedByLargePages() {
    try (GuestMemory memory = new GuestMemory(64 << 20)) {
      assertThat(memory.hostAddress(0) % (2 << 20)).isZero();
      assertThat(memory.readLong((64 << 20) - 8)).isZero();
    }
  }

  @Property
  void everyAccessIsEitherInsideOrRefused(@ForAll long gpa, @ForAll int bytes) {
    try (GuestMemory memory = new GuestMemory(4096)) {
      boolean inside = gpa >= 0 && bytes >= 0 && gpa <= 4096 && bytes <= 4096 - gpa;
      assertThat(memory.contains(gpa, bytes)).isEqualTo(inside);
      if (!inside) {
        assertThatThrownBy(() -> memory.slice(gpa, bytes)).isInstanceOf(OutsideMemoryException.class);
      }
    }
  }

  @Test
  void ramAboveThreeGibGoesOnAtFourGib() {
    try (GuestMemory memory = new GuestMemory(GuestMemory.LOW_LIMIT + SMALL)) {
      assertThat(memory.regions()).hasSize(2);
      assertThat(memory.hostAddress(GuestMemory.LOW_LIMIT)).isZero();
      memory.writeInt(GuestMemory.HIGH_START + SMALL - 4, 42);
      assertThat(memory.readInt(GuestMemory.HIGH_START + SMALL - 4)).isEqualTo(42);
      assertThatThrownBy(() -> memory.writeInt(GuestMemory.LOW_LIMIT - 2, 1))
          .isInstanceOf(OutsideMemoryException.class);
      assertThatThrownBy(() -> memory.writeInt(GuestMemory.HIGH_START + SMALL - 2, 1))
          .isInstanceOf(OutsideMemoryException.class);
    }
  }

  @Test
  void writesMarkEveryPageTheyTouch() {
    try (GuestMemory memory = new GuestMemory(SMALL)) {
      memory.writeLong(0x2ffc, -1);
      assertThat(memory.dirty().isDirty(2)).isTrue();
      assertThat(memory.dirty().isDirty(3)).isTrue();
      assertThat(memory.dirty().count()).isEqualTo(2);
      memory.readLong(0x5000);
      assertThat(memory.dirty().count()).isEqualTo(2);
    }
  }

  @Test
  void slicesAreViewsNotCopies() {
    try (GuestMemory memory = new GuestMemory(SMALL)) {
      memory.sliceForWrite(0x100, 16).fill((byte) 7);
      assertThat(memory.readBytes(0x100, 16)).containsOnly(7);
      assertThat(memory.slice(0x100, 16).isReadOnly()).isTrue();
    }
  }
}
