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
    Map<String, Long> engine = new LinkedHashMap<>();
    engine.put("translated_instructions", 21L);
    engine.put("tlb_misses", 2L);
    Statistics statistics =
        new Statistics(
            42,
            new Milestones(),
            List.of(new Statistics.DeviceCount("serial", 7, 9)),
            new Statistics.MemoryCount(8192, 4096),
            engine,
            Map.of());

    assertThat(StatsFile.json(statistics, 0, OptionalLong.of(1024), 2_000_000))
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
              "engine": {"translated_instructions": 21, "tlb_misses": 2},
              "translated_share": 0.500000,
              "tlb_hit_rate": 0.952381,
              "jit_seconds": 0.002000,
              "guest_memory_bytes": 8192,
              "guest_written_bytes": 4096,
              "peak_rss_bytes": 1024
            }
            """);
  }

  @Test
  void tellsWhyTheVcpusLeftTheGuest() {
    Map<String, Long> exits = new LinkedHashMap<>();
    exits.put("io", 3L);
    exits.put("mmio", 4L);
    Statistics statistics =
        new Statistics(0, new Milestones(), List.of(), new Statistics.MemoryCount(0, 0), Map.of(), exits);
    assertThat(StatsFile.json(statistics, 0, OptionalLong.empty(), 0))
        .contains("\n  \"kvm_exits\": {\"io\": 3, \"mmio\": 4},\n");
  }

  @Test
  void anEngineThatCountsNothingHasNoShares() {
    Statistics nothing =
        new Statistics(0, new Milestones(), List.of(), new Statistics.MemoryCount(0, 0), Map.of(), Map.of());
    assertThat(StatsFile.json(nothing, 0, OptionalLong.empty(), 0))
        .contains("\"engine\": {}", "\"translated_share\": null", "\"tlb_hit_rate\": null", "\"peak_rss_bytes\": null");
  }

  @Test
  void knowsThePeakMemoryOfThisProcess() {
    assertThat(PeakMemory.bytes().orElse(0)).isBetween(10L << 20, 64L << 30);
  }
}
