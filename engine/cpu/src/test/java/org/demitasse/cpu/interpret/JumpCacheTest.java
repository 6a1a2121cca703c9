package org.demitasse.cpu.interpret;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
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

  private static Block block() {
    Op nothing =
        new Op() {
          @Override
          public void execute(Cpu cpu) {}
        };
    nothing.place(0, 1);
    return new Block(new CodePage(0), new Op[] {nothing, nothing}, 0x120, 2, false, false, Block.NO_CODE, 0);
  }

  private static Region region(Block block) {
    TranslatedCode code =
        new TranslatedCode() {
          @Override
          public void run(Cpu cpu, int entry, long base) {}
        };
    return new Region(code, List.of(block), false, 10, true);
  }

  @Test
  void knowsWhatWasNotedForOneAddressAndOneTag() {
    Block block = block();
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
    Block block = block();
    jumps.set(place, LINEAR, TAG, PAGE, block);
    assertThat(jumps.code(place)).isNull();
    Region region = region(block);
    block.heldBy(region, 7);
    assertThat(jumps.code(place)).isSameAs(region.code);
    assertThat(jumps.region(place)).isSameAs(region);
    assertThat(jumps.entry(place)).isEqualTo(7);
    assertThat(jumps.count(place)).isEqualTo(2);
  }

  @Test
  void anotherBlockInThePlaceHasNoneOfItsCode() {
    Block block = block();
    block.heldBy(region(block), 1);
    jumps.set(place, LINEAR, TAG, PAGE, block);
    assertThat(jumps.code(place)).isNotNull();
    jumps.set(place, LINEAR + 1, TAG, PAGE, block());
    assertThat(jumps.code(place)).isNull();
  }

  @Test
  void forgetsAll() {
    Block block = block();
    block.heldBy(region(block), 1);
    jumps.set(place, LINEAR, TAG, PAGE, block);
    jumps.clear();
    assertThat(jumps.isOf(place, LINEAR, TAG)).isFalse();
    assertThat(jumps.block(place)).isNull();
    assertThat(jumps.code(place)).isNull();
  }
}
