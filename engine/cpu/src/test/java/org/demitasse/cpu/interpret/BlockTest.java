package org.demitasse.cpu.interpret;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class BlockTest {
  @Test
  void asksForATranslationAgainWhenItsRegionWasThrownAway() {
    Block block = MadeUpCode.block(new CodePage(0), 0, 4);
    block.executions = 3000;
    block.noteAt = Block.NEVER;
    block.askAgain();
    assertThat(block.noteAt).isEqualTo(3001);
  }

  @Test
  void doesNotAskWhenItHasARegionOrIsNotToBeUsed() {
    CodePage page = new CodePage(0);
    Block translated = MadeUpCode.block(page, 0, 4);
    translated.noteAt = Block.NEVER;
    translated.heldBy(MadeUpCode.region(translated), 0);
    translated.askAgain();
    assertThat(translated.noteAt).isEqualTo(Block.NEVER);
    Block gone = MadeUpCode.block(page, 8, 4);
    gone.noteAt = Block.NEVER;
    gone.invalidate();
    gone.askAgain();
    assertThat(gone.noteAt).isEqualTo(Block.NEVER);
  }

  @Test
  void blocksThatRunOverTheStartOfATranslatedOneAreCut() {
    CodePage page = new CodePage(0);
    Block translated = MadeUpCode.block(page, 8, 8);
    translated.heldBy(MadeUpCode.region(translated), 0);
    Block over = MadeUpCode.block(page, 2, 8);
    Block upTo = MadeUpCode.block(page, 4, 4);
    Block inside = MadeUpCode.block(page, 10, 20);
    Block alsoTranslated = MadeUpCode.block(page, 0, 12);
    alsoTranslated.heldBy(MadeUpCode.region(alsoTranslated), 0);
    page.cutAt(List.of(translated));
    assertThat(over.valid).isFalse();
    assertThat(upTo.valid).isTrue();
    assertThat(inside.valid).isTrue();
    assertThat(alsoTranslated.valid).isTrue();
    assertThat(translated.valid).isTrue();
  }
}
