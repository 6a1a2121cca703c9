package org.demitasse.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What the user is told when Debian's kernel panics. Its working life is tested in front/guest-tests. */
class PanicTest {
  @Test
  void aPanicIsACrashWithAReport() {
    String kernel = DemiProcess.testFile("linux-cloud/vmlinuz").toString();
    DemiProcess.Result result =
        DemiProcess.run("", "run", "--kernel", kernel, "--append", "root=/dev/none panic=-1", "--timeout", "500");
    assertThat(result.status()).isEqualTo(ExitStatus.GUEST_CRASHED);
    assertThat(result.err())
        .contains("demi: the guest's kernel crashed: Kernel panic - not syncing: VFS: Unable to mount root fs")
        .contains("vcpu 0  64-bit mode  ring 0", "\n  rip ", "\n  rax ", "\n  cr0 ")
        .as("the stack as it was when the kernel panicked, not after its reset")
        .contains("  panic+0x")
        .as("code bytes through the guest's page tables")
        .containsPattern("\n  code( <?[0-9a-f]{2}>?){32}\n")
        .containsPattern("\n    => ffffffff8[0-9a-f]{7}  [a-z]+")
        .as("what it is about")
        .contains("\n  likely cause: the root file system is missing: root=/dev/none cannot be mounted")
        .as("the last branches: it was printing, a character at a time")
        .containsPattern("\n  branches .*serial8250_console_write")
        .containsPattern("io_serial_out .*\\) x\\d+")
        .containsPattern("\n  console  .*\n(.*\n)*.*Kernel panic - not syncing: VFS");
  }
}
