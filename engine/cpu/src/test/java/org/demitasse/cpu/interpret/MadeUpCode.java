package org.demitasse.cpu.interpret;

import java.util.List;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;

/** Blocks and regions that do nothing. */
final class MadeUpCode {
  static final int MODE = 0;

  private MadeUpCode() {}

  /** A block of two instructions of so many bytes together, in a page. */
  static Block block(CodePage page, int pageOffset, int bytes) {
    Op[] ops = {op(bytes / 2), op(bytes - bytes / 2)};
    Block block = new Block(page, ops, pageOffset, bytes, false, false, Block.NO_CODE, MODE);
    page.add(MODE, block);
    return block;
  }

  private static Op op(int length) {
    Op nothing =
        new Op() {
          @Override
          public void execute(Cpu cpu) {}
        };
    nothing.place(0, length);
    return nothing;
  }

  /** A quick region of one block. */
  static Region region(Block block) {
    TranslatedCode code =
        new TranslatedCode() {
          @Override
          public void run(Cpu cpu, int entry, long base) {}
        };
    return new Region(code, List.of(block), false, 10, true);
  }
}
