package org.demitasse.cpu.interpret;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.demitasse.cpu.core.Cpu;
import org.demitasse.cpu.core.Op;
import org.junit.jupiter.api.Test;

class OpPairsTest {
  private static class One extends Op {
    @Override
    public void execute(Cpu cpu) {}
  }

  private static final class Other extends One {}

  private static Block block(int executions, Op... ops) {
    Block block = new Block(new CodePage(0), ops, 0, ops.length, false, false, Block.NO_CODE, Cpu.FLAT_32);
    block.executions = executions;
    return block;
  }

  @Test
  void countsEachOpAndEachPairWithinABlock() {
    OpPairs pairs = new OpPairs();
    pairs.add(List.of(block(5, new One(), new Other(), new One()), block(2, new Other()), block(0, new One())));
    assertThat(pairs.counts())
        .isEqualTo(
            Map.of(
                "OpPairsTest.One", 10L,
                "OpPairsTest.Other", 7L,
                "OpPairsTest.One OpPairsTest.Other", 5L,
                "OpPairsTest.Other OpPairsTest.One", 5L));
  }
}
