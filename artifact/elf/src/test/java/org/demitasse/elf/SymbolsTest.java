package org.demitasse.elf;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SymbolsTest {
  private final Symbols symbols =
      new Symbols(
          List.of(
              new Symbol("kernel", 0xffff_ffff_8100_0000L, 0x100),
              new Symbol("low", 0x1000, 0x10),
              new Symbol("label", 0x2000, 0),
              new Symbol("function", 0x2000, 0x40)));

  @Test
  void findsTheNearestSymbolBelowAnAddressAsUnsigned() {
    assertThat(symbols.nearest(0x1004).orElseThrow()).hasToString("low+0x4");
    assertThat(symbols.nearest(0xffff_ffff_8100_0010L).orElseThrow()).hasToString("kernel+0x10");
    assertThat(symbols.nearest(0xfff)).isEmpty();
  }

  @Test
  void prefersASymbolWithASizeAtItsVeryAddress() {
    assertThat(symbols.nearest(0x2000).orElseThrow()).hasToString("function");
  }

  @Test
  void doesNotReachFarBeyondASymbol() {
    assertThat(symbols.nearest(0x2000 + (1 << 20))).isEmpty();
    assertThat(symbols.nearest(0x7fff_ffff_ffffL)).isEmpty();
  }

  @Test
  void findsByName() {
    assertThat(symbols.named("low").orElseThrow().address()).isEqualTo(0x1000);
    assertThat(symbols.named("absent")).isEmpty();
  }
}
