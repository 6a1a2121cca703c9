package org.demitasse.gdb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.demitasse.gdb.PacketReader.Arrival;
import org.junit.jupiter.api.Test;

class PacketReaderTest {
  private final PacketReader reader = new PacketReader();

  private List<Arrival> feed(String bytes) {
    List<Arrival> arrivals = new ArrayList<>();
    for (byte value : bytes.getBytes(StandardCharsets.ISO_8859_1)) {
      Arrival arrival = reader.feed(value & 0xff);
      if (arrival != null) {
        arrivals.add(arrival);
      }
    }
    return arrivals;
  }

  private static String text(Arrival arrival) {
    assertThat(arrival).isInstanceOf(Arrival.Packet.class);
    return new String(((Arrival.Packet) arrival).payload(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void findsPacketsAmongAcknowledgements() {
    List<Arrival> arrivals = feed("+$g#67+-$OK#9a");
    assertThat(arrivals).extracting(PacketReaderTest::text).containsExactly("g", "OK");
  }

  @Test
  void undoesEscapes() {
    assertThat(feed("$X1,1:}]#%02x".formatted("X1,1:}]".chars().sum() & 0xff)))
        .extracting(PacketReaderTest::text)
        .containsExactly("X1,1:}");
  }

  @Test
  void tellsOfDamage() {
    assertThat(feed("$g#00$g#zz")).hasSize(2).allMatch(Arrival.Damaged.class::isInstance);
  }

  @Test
  void seesTheInterruptOnlyBetweenPackets() {
    assertThat(feed("\3")).singleElement().isInstanceOf(Arrival.Interrupt.class);
    assertThat(feed("$\3#03")).singleElement().isInstanceOf(Arrival.Packet.class);
  }

  @Test
  void startsAnewAtADollar() {
    assertThat(feed("$half$g#67")).extracting(PacketReaderTest::text).containsExactly("g");
  }

  @Test
  void doesNotKeepMoreThanItsLimit() {
    assertThat(feed("$" + "a".repeat(PacketReader.MAX_PAYLOAD * 3) + "#00"))
        .singleElement()
        .isInstanceOf(Arrival.Damaged.class);
    assertThat(feed("$g#67")).extracting(PacketReaderTest::text).containsExactly("g");
  }

  @Property(tries = 300)
  void takesAnyBytes(@ForAll byte[] bytes) {
    PacketReader fresh = new PacketReader();
    for (byte value : bytes) {
      Arrival unused = fresh.feed(value & 0xff);
    }
    assertThat(bytes).isNotNull();
  }
}
