package org.demitasse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which engine runs is one line, and why it is not KVM is in it. */
class EngineChoiceTest {
  @TempDir private Path folder;

  @Test
  void autoWithoutADeviceRunsOnTheSoftCpuAndSaysWhy() {
    DemiProcess.Result result = DemiProcess.runWithKvm(folder.resolve("kvm"), "run", "hello", "--engine", "auto");
    assertThat(result.status()).isZero();
    assertThat(result.err())
        .startsWith("demi: engine cpu: there is no %s: ".formatted(folder.resolve("kvm")))
        .hasLineCount(1);
    assertThat(result.out()).contains("All is well.");
  }

  @Test
  void autoWithWhatIsNoKvmSaysThatItIsNone() throws IOException {
    Path file = Files.createFile(folder.resolve("kvm"));
    DemiProcess.Result result = DemiProcess.runWithKvm(file, "run", "hello", "--engine", "auto");
    assertThat(result.status()).isZero();
    assertThat(result.err()).isEqualTo("demi: engine cpu: %s is not KVM's device: unknown request\n".formatted(file));
  }

  @Test
  void kvmWithoutADeviceIsOneSentence() {
    DemiProcess.Result result = DemiProcess.runWithKvm(folder.resolve("kvm"), "run", "hello", "--engine", "kvm");
    assertThat(result.status()).isEqualTo(ExitStatus.FAILED);
    assertThat(result.err()).startsWith("demi: cannot use the engine kvm: there is no ").hasLineCount(1);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void virtualTimeTakesTheSoftCpu() {
    DemiProcess.Result result =
        DemiProcess.runWithKvm(folder.resolve("kvm"), "run", "hello", "--engine", "auto", "--clock", "virtual");
    assertThat(result.status()).isZero();
    assertThat(result.err()).isEqualTo("demi: engine cpu: virtual time counts instructions, which KVM does not\n");
  }
}
