package org.demitasse.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsoleWatchTest {
  private final List<String> told = new ArrayList<>();
  private final StringBuilder printed = new StringBuilder();

  private final ConsoleWatch.Listener listener =
      new ConsoleWatch.Listener() {
        @Override
        public void firstByte() {
          told.add("first byte");
        }

        @Override
        public void textSeen() {
          told.add("text");
        }

        @Override
        public void haltedForKey() {
          told.add("halted");
        }

        @Override
        public void panicked(String line) {
          told.add(line);
        }

        @Override
        public void stillTalking() {
          if (!told.getLast().equals("talking")) {
            told.add("talking");
          }
        }
      };

  private void print(String text) {
    ConsoleWatch watch = new ConsoleWatch(value -> printed.append((char) value), listener, "login:");
    for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
      watch.put(value & 0xff);
    }
  }

  @Test
  void passesEverythingOn() {
    print("hello\r\n");
    assertThat(printed).hasToString("hello\r\n");
    assertThat(told).containsExactly("first byte");
  }

  @Test
  void tellsTheTextOnlyOnce() {
    print("demo login: demo login: ");
    assertThat(told).containsExactly("first byte", "text");
  }

  @Test
  void seesThatNetBsdHasHalted() {
    print("The operating system has halted.\r\nPlease press any key to reboot.\r\n");
    assertThat(told).containsExactly("first byte", "halted");
  }

  @Test
  void seesTheHaltBehindTheKernelsTimeStamps() {
    print("[   1.1932339] The operating system has halted.\r\n[   1.1932339] Please press any key to reboot.\r\n");
    assertThat(told).containsExactly("first byte", "halted");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Please press any key to reboot.\r\n",
        "The operating system has halted.\r\nmore\r\nPlease press any key to reboot.\r\n",
        "The operating system has halted.\r\n$ echo Please press any key to reboot.\r\n",
      })
  void aProgramsHalfOfTheHaltIsNoHalt(String text) {
    print(text);
    assertThat(told).containsExactly("first byte");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)",
        "[    1.234567] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100",
        "[    1.234567][    T1] Kernel panic - not syncing: Fatal exception",
        "Invalid user supplied memory map[    0.000000] Kernel panic - not syncing: Invalid user supplied memory map",
        "panic: no working init",
        "[   1.0000000] panic: kernel diagnostic assertion failed",
        "panic ../kern/bootstrap.c:181: bootstrap_create: No bootstrap code loaded with the kernel!",
        "(XEN) Panic on CPU 0:",
        "(XEN) [2026-11-23 08:00:00] Panic on CPU 0:",
      })
  void seesPanics(String line) {
    print(line + "\r\nCPU: 0 PID: 1\r\n");
    assertThat(told).containsExactly("first byte", line.replaceFirst("^.*\\[.*\\] |^\\(XEN\\) ", ""), "talking");
  }

  @ParameterizedTest
  @ValueSource(strings = {"# echo panic: not really", "CONFIG_PANIC_TIMEOUT=0", "panic=1 console=ttyS0"})
  void leavesOtherTextsAlone(String line) {
    print(line + "\r\nmore\r\n");
    assertThat(told).containsExactly("first byte");
  }

  @Test
  void aLineWithoutAnEndTakesNoMemory() {
    print("x".repeat(100_000) + "\npanic: at last\n");
    assertThat(told).containsExactly("first byte", "panic: at last");
  }
}
