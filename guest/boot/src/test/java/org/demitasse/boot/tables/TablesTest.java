package org.demitasse.boot.tables;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.demitasse.boot.Layout;
import org.demitasse.boot.Programs;
import org.demitasse.core.memory.GuestMemory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TablesTest {
  private final GuestMemory memory = new GuestMemory(4 << 20);

  @TempDir Path folder;

  @AfterEach
  void freeMemory() {
    memory.close();
  }

  private int sum(long address, int length) {
    int sum = 0;
    for (int i = 0; i < length; i++) {
      sum += memory.readByte(address + i);
    }
    return sum & 0xff;
  }

  private String text(long address, int length) {
    return new String(memory.readBytes(address, length), StandardCharsets.US_ASCII);
  }

  @Test
  void everySlotHasAPinOfItsOwnThatNoOtherDeviceUses() {
    Set<Integer> gsis = new HashSet<>(Set.of(0, 1, Layout.PIT_GSI, 3, Layout.COM1_GSI, Layout.RTC_GSI, Layout.SCI_GSI));
    for (int slot = 0; slot < Layout.VIRTIO_SLOTS; slot++) {
      assertThat(gsis.add(Layout.virtioGsi(slot))).as("slot %d", slot).isTrue();
      assertThat(Layout.virtioGsi(slot)).isLessThan(Layout.IOAPIC_PINS);
    }
  }

  @Test
  void mpTableIsFoundThroughTheBiosDataAreaAndRoutesUsedPins() {
    MpTable.write(memory, 3, List.of(7, 8), true);
    long pointer = (long) memory.readShort(0x40e) << 4;
    assertThat(pointer).isEqualTo(Layout.EBDA);
    assertThat(memory.readShort(0x413)).isEqualTo(639);
    assertThat(text(pointer, 4)).isEqualTo("_MP_");
    assertThat(sum(pointer, 16)).isZero();
    long table = memory.readInt(pointer + 4);
    assertThat(text(table, 4)).isEqualTo("PCMP");
    assertThat(sum(table, memory.readShort(table + 4))).isZero();
    List<byte[]> entries = new ArrayList<>();
    long at = table + 44;
    for (int i = 0; i < memory.readShort(table + 34); i++) {
      int length = memory.readByte(at) == 0 ? 20 : 8;
      entries.add(memory.readBytes(at, length));
      at += length;
    }
    assertThat(at).isEqualTo(table + memory.readShort(table + 4));
    assertThat(entries.stream().filter(e -> e[0] == 0)).hasSize(3);
    Map<Integer, byte[]> routes = new HashMap<>();
    entries.stream().filter(e -> e[0] == 3).forEach(e -> routes.put((int) e[5], e));
    assertThat(routes.get(0)[7]).isEqualTo((byte) 2); // the timer
    assertThat(routes.get(4)[2]).isZero(); // COM1: as the bus says, edge
    assertThat(routes.get(Layout.virtioGsi(7))[2]).isEqualTo((byte) 0xf); // level, active low
    assertThat(routes.get(Layout.virtioGsi(8))[7]).isEqualTo((byte) 16);
    assertThat(routes).doesNotContainKey(17); // an unused pin
    assertThat(entries.stream().filter(e -> e[0] == 4)).hasSize(2);
  }

  @Test
  void acpiTablesHaveGoodChecksumsAndAreFoundInTheBiosArea() {
    long rsdp = AcpiTables.write(memory, 2, List.of(0));
    assertThat(rsdp & 15).isZero();
    assertThat(text(rsdp, 8)).isEqualTo("RSD PTR ");
    assertThat(sum(rsdp, 20)).isZero();
    assertThat(sum(rsdp, 36)).isZero();
    Map<String, Long> tables = tables(rsdp);
    assertThat(tables).containsOnlyKeys("XSDT", "RSDT", "FACP", "APIC", "DSDT", "FACS");
    tables.forEach((name, at) -> {
      if (!name.equals("FACS")) {
        assertThat(sum(at, memory.readInt(at + 4))).as(name).isZero();
      }
    });
  }

  @Test
  void theLargestMachineFits() {
    AcpiTables.write(memory, 254, IntStream.range(0, 16).boxed().toList());
    MpTable.write(memory, 254, IntStream.range(0, 16).boxed().toList(), true);
  }

  @Test
  void iaslTakesTheTablesApartAndPutsThemTogetherAgain() throws Exception {
    long rsdp = AcpiTables.write(memory, 2, IntStream.range(0, 16).boxed().toList());
    for (Map.Entry<String, Long> table : tables(rsdp).entrySet()) {
      byte[] bytes = memory.readBytes(table.getValue(), memory.readInt(table.getValue() + 4));
      Path file = Files.write(folder.resolve(table.getKey() + ".dat"), bytes);
      Programs.run("iasl", "-d", file.toString());
      Path source = folder.resolve(table.getKey() + ".dsl");
      assertThat(Programs.run("iasl", "-vs", source.toString())).contains("0 Errors, 0 Warnings, 0 Remarks");
    }
    String dsdt = Files.readString(folder.resolve("DSDT.dsl"));
    assertThat(dsdt)
        .contains("_S5", "\"ACPI0007\"", "EisaId (\"PNP0501\")", "\"LNRO0005\"", "0xFEB01E00", "0x00000017,");
    assertThat(Files.readString(folder.resolve("FACP.dsl"))).contains("Hardware Reduced (V5) : 1", "000000000000060C");
  }

  private Map<String, Long> tables(long rsdp) {
    Map<String, Long> tables = new HashMap<>();
    long xsdt = memory.readLong(rsdp + 24);
    tables.put(text(xsdt, 4), xsdt);
    long rsdt = memory.readInt(rsdp + 16);
    tables.put(text(rsdt, 4), rsdt);
    for (long at = xsdt + 36; at < xsdt + memory.readInt(xsdt + 4); at += 8) {
      long table = memory.readLong(at);
      assertThat(memory.readInt(rsdt + 36 + (at - xsdt - 36) / 2)).isEqualTo((int) table);
      tables.put(text(table, 4), table);
    }
    long fadt = tables.get("FACP");
    tables.put("DSDT", memory.readLong(fadt + 140));
    tables.put("FACS", memory.readLong(fadt + 132));
    return tables;
  }
}
