package org.demitasse.elf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Type information laid out as Documentation/bpf/btf.rst says. */
class BtfTest {
  private final ByteBuffer types = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
  private final StringBuilder strings = new StringBuilder("\0");

  private int text(String text) {
    int at = strings.length();
    strings.append(text).append('\0');
    return at;
  }

  private void type(String name, int kind, int members, boolean flag, int sizeOrType) {
    types.putInt(text(name)).putInt(kind << 24 | members | (flag ? 1 << 31 : 0)).putInt(sizeOrType);
  }

  private void member(String name, int bits) {
    member(name, 1, bits);
  }

  private void member(String name, int type, int bits) {
    types.putInt(name.isEmpty() ? 0 : text(name)).putInt(type).putInt(bits);
  }

  /** One of each kind that is followed by something, then the structures. */
  private byte[] section() {
    type("int", 1, 0, false, 4);
    types.putInt(32);
    type("", 2, 0, false, 1); // a pointer
    type("", 3, 0, false, 0); // an array
    types.putInt(1).putInt(1).putInt(7);
    type("colour", 6, 2, false, 4); // an enumeration
    types.putLong(0).putLong(0);
    type("", 13, 1, false, 1); // a function
    types.putLong(0);
    type("other", 4, 1, false, 8);
    member("list", 0);
    type("module", 4, 3, false, 64);
    member("state", 0);
    member("list", 8 * 8);
    member("kallsyms", 48 * 8);
    type("flags", 4, 2, true, 8);
    member("first", 3 << 24);
    member("second", 5 << 24 | 32);
    type("group", 4, 3, false, 32); // number 9; what it is made of comes later
    member("name", 0);
    member("", 10, 8 * 8);
    member("last", 24 * 8);
    types.putInt(0).putInt(5 << 24 | 3).putInt(16); // an anonymous union
    member("old", 0);
    member("new", 0);
    member("", 11, 0);
    types.putInt(0).putInt(4 << 24 | 2).putInt(16); // a structure in it
    member("inner", 8 * 8);
    member("", 9, 0); // and in that, what holds it all: cannot be
    byte[] names = strings.toString().getBytes(StandardCharsets.US_ASCII);
    ByteBuffer all = ByteBuffer.allocate(24 + types.position() + names.length).order(ByteOrder.LITTLE_ENDIAN);
    all.putShort((short) 0xeb9f).put((byte) 1).put((byte) 0).putInt(24).putInt(0).putInt(types.position());
    all.putInt(types.position()).putInt(names.length);
    return all.put(types.array(), 0, types.position()).put(names).array();
  }

  @Test
  void membersAreWhereTheStructureSaysThatTheyAre() {
    Map<String, Btf.Structure> found = Btf.structures(section(), Set.of("module", "missing"));
    assertThat(found).containsOnlyKeys("module");
    Btf.Structure module = found.get("module");
    assertThat(module.bytes()).isEqualTo(64);
    assertThat(module.offsets()).containsOnly(Map.entry("state", 0), Map.entry("list", 8), Map.entry("kallsyms", 48));
    assertThat(module.offset("missing")).isEmpty();
  }

  @Test
  void aStructureWithBitFieldsHasTheirSizesInItsOffsets() {
    assertThat(Btf.structures(section(), Set.of("flags")).get("flags").offsets())
        .containsOnly(Map.entry("first", 0), Map.entry("second", 4));
  }

  @Test
  void membersOfAnonymousStructuresAndUnionsAreThoseOfTheStructureAround() {
    assertThat(Btf.structures(section(), Set.of("group")).get("group").offsets())
        .contains(Map.entry("name", 0), Map.entry("old", 8), Map.entry("new", 8), Map.entry("inner", 16))
        .containsKey("last");
  }

  @Test
  void whatIsNoTypeInformationHasNoStructures() {
    assertThat(Btf.structures(new byte[10], Set.of("module"))).isEmpty();
    assertThat(Btf.structures(new byte[100], Set.of("module"))).isEmpty();
  }

  @Test
  void damageCostsStructuresAndNothingElse() {
    byte[] good = section();
    Random random = new Random(1);
    for (int n = 0; n < 20_000; n++) {
      byte[] bad = Arrays.copyOf(good, random.nextInt(4) == 0 ? random.nextInt(good.length) : good.length);
      for (int m = 0; m < 3 && bad.length > 0; m++) {
        bad[random.nextInt(bad.length)] = (byte) random.nextInt();
      }
      assertThat(Btf.structures(bad, Set.of("module", "flags", "group")).size()).isLessThanOrEqualTo(3);
    }
  }
}
