package org.demitasse.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.demitasse.boot.Layout;
import org.demitasse.boot.guest.OwnGuest;
import org.demitasse.boot.protocol.Boot;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.VcpuState;
import org.junit.jupiter.api.Test;

class CrashCauseTest {
  private static final BootFacts LINUX = new BootFacts(true, true, false, "console=ttyS0 root=/dev/vda", 0, false, 128);

  private static final BootFacts NETBSD = new BootFacts(true, true, false, "console=com root=ld7a", 1, false, 256);

  private static String guess(BootFacts boot, boolean overwrite, List<String> called, String... console)
      throws Exception {
    try (GuestMemory memory = new GuestMemory(8 << 20)) {
      Boot.Request request =
          new Boot.Request(
              OwnGuest.TINY.image(),
              java.util.Optional.empty(),
              "",
              java.util.Optional.empty(),
              java.util.Optional.empty(),
              1,
              List.of());
      VcpuState state = Boot.prepare(request, memory).state();
      if (overwrite) {
        memory.writeLong(Layout.START_INFO, 0);
      }
      return CrashCause.guess(state, called, boot, memory, List.of(console), false).orElse("");
    }
  }

  @Test
  void knowsAMissingRoot() throws Exception {
    assertThat(guess(LINUX, false, List.of(), "VFS: Cannot open root device \"vda\" or unknown-block(0,0)"))
        .contains("root=/dev/vda cannot be mounted")
        .contains("no disk (--disk)")
        .contains("no initrd");
  }

  @Test
  void knowsHowInitEnded() throws Exception {
    String line = "Kernel panic - not syncing: Attempted to kill init! exitcode=0x";
    assertThat(guess(LINUX, false, List.of(), line + "0000000b")).contains("killed by signal 11");
    assertThat(guess(LINUX, false, List.of(), line + "00000100")).contains("ended with status 1");
    assertThat(guess(LINUX, false, List.of(), "Kernel panic - not syncing: No working init found."))
        .contains("no init");
  }

  @Test
  void knowsHowInitOfNetBsdEnded() throws Exception {
    assertThat(guess(NETBSD, false, List.of(), "[   1.2032320] panic: init died (signal 0, exit 7)"))
        .contains("ended with status 7");
    assertThat(guess(NETBSD, false, List.of(), "[   1.2032320] panic: init died (signal 11, exit 0)"))
        .contains("killed by signal 11");
  }

  @Test
  void knowsWhatAKernelAsksItsUser() {
    assertThat(CrashCause.late(NETBSD, List.of("[  21.1632296] root device: ")).orElse(""))
        .contains("asks \"root device:\"")
        .contains("root=ld7a cannot be mounted")
        .contains("1 disk(s)");
    assertThat(
            CrashCause.late(NETBSD, List.of("exec /sbin/init: error 2", "init path (default /sbin/init): ")).orElse(""))
        .contains("no init program");
    assertThat(CrashCause.late(NETBSD, List.of("mountroot> ")).orElse("")).contains("root file system is missing");
    assertThat(CrashCause.late(NETBSD, List.of("root device: ", "login: "))).isEmpty();
    assertThat(CrashCause.late(LINUX, List.of("Booting"))).isEmpty();
  }

  @Test
  void knowsThatAGuestWhoseTimeIsOverHasPrintedNothing() {
    assertThat(CrashCause.late(NETBSD, List.of()).orElse("")).contains("the guest printed nothing");
  }

  @Test
  void knowsTooLittleMemory() throws Exception {
    assertThat(guess(LINUX, false, List.of(), "Kernel panic - not syncing: System is deadlocked on memory"))
        .contains("128 MiB");
  }

  @Test
  void knowsAnOverwrittenStartInfoIfNothingWasPrinted() throws Exception {
    assertThat(guess(LINUX, true, List.of())).contains("start_info at 0x6000").contains("overwritten");
    assertThat(guess(LINUX, true, List.of(), "Linux version 6.1")).isEmpty();
  }

  @Test
  void knowsASilentGuest() throws Exception {
    assertThat(guess(LINUX, false, List.of())).contains("printed nothing").contains("earlyprintk");
    BootFacts untold = new BootFacts(false, true, false, "-v", 0, false, 128);
    assertThat(guess(untold, false, List.of())).contains("names no console=");
  }

  @Test
  void knowsACalibrationWithoutATimer() throws Exception {
    assertThat(guess(LINUX, false, List.of("lapic_delay+0x20", "config_init"), "cpu0: x86"))
        .contains("waits in lapic_delay+0x20 for a timer that does not tick");
  }
}
