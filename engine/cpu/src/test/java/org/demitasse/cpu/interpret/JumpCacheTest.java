package org.demitasse.cpu.interpret;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class JumpCacheTest {
  private static final long LINEAR = 0xffff_ffff_8100_0120L;
  private static final int TAG = 0x1234_5678;
  private static final long PAGE = 0xfedc_ba98L;

  private final JumpCache jumps = new JumpCache();
  private final int place = JumpCache.place(LINEAR);

  @AfterEach
  void free() {
    jumps.close();
  }

  @Test
  void knowsWhatWasNotedForOneAddressAndOneTag() {
    Block block = MadeUpCode.block(new CodePage(0), 0x120, 2);
    assertThat(jumps.isOf(place, LINEAR, TAG)).isFalse();
    jumps.set(place, LINEAR, TAG, PAGE, block);
    assertThat(jumps.isOf(place, LINEAR, TAG)).isTrue();
    assertThat(jumps.block(place)).isSameAs(block);
    assertThat(jumps.page(place)).isEqualTo(PAGE);
    assertThat(jumps.isOf(place, LINEAR, TAG + 1)).isFalse();
    assertThat(jumps.isOf(place, LINEAR + 4096 * 4096L, TAG)).isFalse();
  }

  @Test
  void findsCodeThatCameIntoUseLater() {
    Block block = MadeUpCode.block(new CodePage(0), 0x120, 2);
    jumps.set(place, LINEAR, TAG, PAGE, block);
    assertThat(jumps.code(place)).isNull();
    Region region = MadeUpCode.region(block);
    block.heldBy(region, 7);
    assertThat(jumps.code(place)).isSameAs(region.code);
    assertThat(jumps.region(place)).isSameAs(region);
    assertThat(jumps.entry(place)).isEqualTo(7);
    assertThat(jumps.count(place)).isEqualTo(2);
  }

  @Test
  void anotherBlockInThePlaceHasNoneOfItsCode() {
    Block block = MadeUpCode.block(new CodePage(0), 0x120, 2);
    block.heldBy(MadeUpCode.region(block), 1);
    jumps.set(place, LINEAR, TAG, PAGE, block);
    assertThat(jumps.code(place)).isNotNull();
    jumps.set(place, LINEAR + 1, TAG, PAGE, MadeUpCode.block(new CodePage(0), 0x121, 2));
    assertThat(jumps.code(place)).isNull();
  }

  @Test
  void forgetsAll() {
    Block block = MadeUpCode.block(new CodePage(0), 0x120, 2);
    block.heldBy(MadeUpCode.region(block), 1);
    jumps.set(place, LINEAR, TAG, PAGE, block);
    jumps.clear();
    assertThat(jumps.isOf(place, LINEAR, TAG)).isFalse();
    assertThat(jumps.block(place)).isNull();
    assertThat(jumps.code(place)).isNull();
  }
}
