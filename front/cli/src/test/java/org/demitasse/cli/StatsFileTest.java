package org.demitasse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.demitasse.machine.Milestones;
import org.demitasse.machine.Statistics;
import org.junit.jupiter.api.Test;

class StatsFileTest {
  @Test
  void writesTheDocumentedKeys() {
    Statistics statistics =
        new Statistics(42, new Milestones(), List.of(new Statistics.DeviceCount("serial", 7, 9)), Map.of());

    assertThat(StatsFile.json(statistics, 0, OptionalLong.of(1024)))
        .isEqualTo(
            """
            {
              "instructions": 42,
              "wall_seconds": 0.000000,
              "milestones": {
                "process_start": {"instructions": 0, "seconds": 0.000000}
              },
              "exits": {
                "serial": {"reads": 7, "writes": 9}
              },
              "peak_rss_bytes": 1024
            }
            """);
  }

  @Test
  void tellsWhyTheVcpusLeftTheGuest() {
    Map<String, Long> exits = new LinkedHashMap<>();
    exits.put("io", 3L);
    exits.put("mmio", 4L);
    assertThat(StatsFile.json(new Statistics(0, new Milestones(), List.of(), exits), 0, OptionalLong.empty()))
        .contains("\n  \"kvm_exits\": {\"io\": 3, \"mmio\": 4},\n");
  }

  @Test
  void knowsThePeakMemoryOfThisProcess() {
    assertThat(PeakMemory.bytes().orElse(0)).isBetween(10L << 20, 64L << 30);
  }
}
