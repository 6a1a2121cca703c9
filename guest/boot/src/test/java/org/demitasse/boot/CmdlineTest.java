package org.demitasse.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class CmdlineTest {
  @Test
  void joinsWordsWithSingleBlanks() throws Exception {
    assertThat(new Cmdline().append("  a b ").append("").append("c")).hasToString("a b c");
  }

  @Test
  void namesVirtioSlotsInTheOrderGiven() throws Exception {
    assertThat(new Cmdline().append("root=ld0a").virtioSlots(List.of(7, 0)))
        .hasToString("root=ld0a virtio_mmio.device=512@0xfeb00e00:12 virtio_mmio.device=512@0xfeb00000:5");
  }

  @Test
  void isNeverEmptyForTheKernelAndEndsWithNul() throws Exception {
    assertThat(new Cmdline().bytes(10)).containsExactly(' ', 0);
    assertThat(new Cmdline().append("x").bytes(1)).containsExactly('x', 0);
  }

  @Test
  void refusesWhatTheKernelWouldCut() {
    assertThatThrownBy(() -> new Cmdline().append("xy").bytes(1)).isInstanceOf(BootException.class);
    assertThatThrownBy(() -> new Cmdline().append("x\0y")).isInstanceOf(BootException.class);
  }
}
