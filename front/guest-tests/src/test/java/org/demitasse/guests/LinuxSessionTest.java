package org.demitasse.guests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.demitasse.guests.LinuxKernel.Flavour;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Debian's kernels with busybox: what a script prints in the guest is what it prints on this computer. */
class LinuxSessionTest {
  /** Prints the same wherever the same busybox runs it. */
  private static final String WORK =
      """
      cd "$1"
      seq 1 20000 | awk '{ x = (x * 1103515245 + 12345 + $1) % 2147483648; print x, $1 }' > numbers
      sha256sum numbers | cut -d' ' -f1
      sort -n numbers | sha256sum | cut -d' ' -f1
      sort -r numbers | head -n 3
      awk '{ s += sqrt($1); if ($2 % 4000 == 0) printf "%.9g %.6e\\n", s, exp(-$2 / 777) * sin($2) }' numbers
      gzip -c numbers > numbers.gz
      gzip -dc numbers.gz | cmp - numbers && echo same again
      md5sum numbers.gz | cut -d' ' -f1
      bzip2 -c numbers | bunzip2 -c | sha512sum | cut -d' ' -f1
      i=0; while [ $i -lt 1000 ]; do busybox true; i=$((i+1)); done; echo $i forks
      rm numbers numbers.gz
      """;

  private static final String TYPED =
      """
      mount -t tmpfs none /tmp && mount | grep ' /tmp '
      echo; echo "=== begin"; sh /work.sh /tmp; echo "=== end"
      poweroff -f
      """;

  @TempDir private Path folder;

  @Test
  void cloudKernelRunsAScript() {
    session(Flavour.CLOUD);
  }

  @Test
  @Tag("slow")
  void fullKernelRunsAScript() {
    session(Flavour.FULL);
  }

  private void session(Flavour flavour) {
    Demi.Result result =
        new Demi(folder)
            .with("--kernel", new LinuxKernel(flavour).image(), "-m", 512)
            .with("--initrd", new Initramfs().file("work.sh", WORK).write(folder))
            .typing(TYPED)
            .run()
            .poweredOff();
    assertThat(result.between("=== begin", "=== end")).isEqualTo(onThisComputer());
    assertThat(result.console()).contains("none on /tmp type tmpfs").contains("reboot: Power down");
    assertThat(result.console()).as("warnings").doesNotContain("WARNING:", "BUG:", "Oops", "Call Trace");
    assertThat(result.errors()).isEmpty();
  }

  private String onThisComputer() {
    Path programs = folder.resolve("bin");
    try {
      Files.createDirectory(programs);
      Path busybox = Files.copy(TestFiles.busybox(), programs.resolve("busybox"), StandardCopyOption.COPY_ATTRIBUTES);
      Host.output(busybox.toString(), "--install", "-s", programs.toString());
      Path work = Files.writeString(folder.resolve("work.sh"), WORK);
      Map<String, String> environment = Map.of("PATH", programs.toString());
      return Host.run(environment, List.of(busybox.toString(), "sh", work.toString(), folder.toString())).text();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
