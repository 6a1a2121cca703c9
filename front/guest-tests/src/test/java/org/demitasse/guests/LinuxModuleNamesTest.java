package org.demitasse.guests;

import java.io.IOException;
import java.nio.file.Path;
import org.demitasse.guests.LinuxKernel.Flavour;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Names of functions in Linux modules on the soft CPU. */
@Timeout(600)
class LinuxModuleNamesTest {
  private static final int STEP_SECONDS = 200;

  @TempDir private Path folder;

  @Test
  void samplesAndGdbNameTheFunctionsOfModules() throws IOException, InterruptedException {
    Demi demi =
        new Demi(folder)
            .with("--samples", 200, "--kernel", new LinuxKernel(Flavour.CLOUD).image(), "-m", 192, "--hang", 5)
            .with("--initrd", ModuleNames.initramfs(folder), "--append", "quiet");
    ModuleNames.check(folder, demi, STEP_SECONDS);
  }
}
