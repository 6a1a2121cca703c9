package org.demitasse.elf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class LinkageTest {
  private static final long HIGH = 0xffff_ffff_8100_0000L;

  private final Linkage linkage =
      new Linkage(
          List.of(
              new Linkage.Piece(0x100_0000, HIGH, 0x2000), new Linkage.Piece(0x300_0000, HIGH + 0x10_0000, 0x1000)));

  @Test
  void anAddressInASegmentHasItsOther() {
    assertThat(linkage.linear(0x100_0000)).hasValue(HIGH);
    assertThat(linkage.linear(0x100_1fff)).hasValue(HIGH + 0x1fff);
    assertThat(linkage.linear(0x300_0010)).hasValue(HIGH + 0x10_0010);
    assertThat(linkage.physical(HIGH + 0x10_0010)).hasValue(0x300_0010);
  }

  @Test
  void anAddressInNoneHasNone() {
    assertThat(linkage.linear(0xff_ffff)).isEmpty();
    assertThat(linkage.linear(0x100_2000)).isEmpty();
    assertThat(linkage.linear(-1)).isEmpty();
    assertThat(linkage.physical(HIGH - 1)).isEmpty();
    assertThat(linkage.physical(HIGH + 0x2000)).isEmpty();
    assertThat(Linkage.NONE.linear(0x100_0000)).isEmpty();
  }
}
