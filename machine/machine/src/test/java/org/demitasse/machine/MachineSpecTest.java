package org.demitasse.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class MachineSpecTest {
  private final MachineSpec spec = MachineSpec.of(new KernelSpec.Hello());

  @Test
  void aCopyChangesOneThingOnly() {
    assertThat(spec.withMemoryMib(512).withMemoryMib(spec.memoryMib())).isEqualTo(spec);
    assertThat(spec.withVcpus(2)).isNotEqualTo(spec).extracting(MachineSpec::vcpus).isEqualTo(2);
    assertThat(spec.withDebugExit(true).withDebugExit(false)).isEqualTo(spec);
    assertThat(spec.withAppend("x").withAppend("")).isEqualTo(spec);
    assertThat(spec.withInitrd(Path.of("x")).withInitrd(null)).isEqualTo(spec);
  }

  @Test
  void refusesNumbersOutOfRangeInOneSentence() {
    assertThatThrownBy(() -> spec.withMemoryMib(1)).hasMessage("memory in MiB must be 2 to 1048576, not 1");
    assertThatThrownBy(() -> spec.withVcpus(0)).hasMessage("number of vCPUs must be 1 to 32, not 0");
    assertThatThrownBy(
            () -> {
              MachineSpec more = spec;
              for (int i = 0; i <= MachineSpec.MAX_DISKS; i++) {
                more = more.withDisk(new DiskSpec(Path.of("disk" + i), false, false));
              }
            })
        .hasMessage("number of disks must be 0 to 12, not 13");
  }

  @Test
  void refusesAnUnknownEngine() {
    assertThatThrownBy(() -> spec.withEngine("steam")).hasMessage("there is no engine 'steam', only auto, cpu and kvm");
  }
}
