package org.demitasse.cpu.interpret;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
import org.junit.jupiter.api.Test;

class BlockTest {
  private static final int MODE = 0;

  private static Block block(CodePage page, int pageOffset, int bytes) {
    Op nothing =
        new Op() {
          @Override
          public void execute(Cpu cpu) {}
        };
    nothing.place(0, bytes);
    Block block = new Block(page, new Op[] {nothing}, pageOffset, bytes, false, false, Block.NO_CODE, MODE);
    page.add(MODE, block);
    return block;
  }

  private static Region region(Block... blocks) {
    TranslatedCode code =
        new TranslatedCode() {
          @Override
          public void run(Cpu cpu, int entry, long base) {}
        };
    return new Region(code, List.of(blocks), false, 10, true);
  }

  @Test
  void asksForATranslationAgainWhenItsRegionWasThrownAway() {
    Block block = block(new CodePage(0), 0, 4);
    block.executions = 3000;
    block.noteAt = Block.NEVER;
    block.askAgain();
    assertThat(block.noteAt).isEqualTo(3001);
  }

  @Test
  void doesNotAskWhenItHasARegionOrIsNotToBeUsed() {
    CodePage page = new CodePage(0);
    Block translated = block(page, 0, 4);
    translated.noteAt = Block.NEVER;
    translated.heldBy(region(translated), 0);
    translated.askAgain();
    assertThat(translated.noteAt).isEqualTo(Block.NEVER);
    Block gone = block(page, 8, 4);
    gone.noteAt = Block.NEVER;
    gone.invalidate();
    gone.askAgain();
    assertThat(gone.noteAt).isEqualTo(Block.NEVER);
  }

  @Test
  void blocksThatRunOverTheStartOfATranslatedOneAreCut() {
    CodePage page = new CodePage(0);
    Block translated = block(page, 8, 8);
    translated.heldBy(region(translated), 0);
    Block over = block(page, 2, 8);
    Block upTo = block(page, 4, 4);
    Block inside = block(page, 10, 20);
    Block alsoTranslated = block(page, 0, 12);
    alsoTranslated.heldBy(region(alsoTranslated), 0);
    page.cutAt(List.of(translated));
    assertThat(over.valid).isFalse();
    assertThat(upTo.valid).isTrue();
    assertThat(inside.valid).isTrue();
    assertThat(alsoTranslated.valid).isTrue();
    assertThat(translated.valid).isTrue();
  }
}
