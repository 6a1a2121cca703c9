package org.demitasse.guests;

import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs programs of this computer: tools, and oracles. */
final class Host {
  /**
   * How a program ended.
   *
   * @param text what it printed to standard output and standard error
   */
  record Result(int status, String text) {}

  private Host() {}

  /** Runs a program to its end, with nothing to read. */
  static Result run(String... command) {
    return run(Map.of(), List.of(command));
  }

  /** The same with variables added to its environment. */
  static Result run(Map<String, String> environment, List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().merge("PATH", ":/usr/sbin:/sbin", String::concat); // where Debian has mke2fs and e2fsck
    builder.environment().putAll(environment);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
      return new Result(process.waitFor(), text);
    } catch (IOException notThere) {
      throw new UncheckedIOException("cannot run " + command.getFirst(), notThere);
    } catch (InterruptedException ended) {
      Thread.currentThread().interrupt();
      return fail("interrupted while %s ran", command.getFirst());
    }
  }

  /** Runs a program in another root, also as a user who is not root, if the kernel lets users have user namespaces. */
  static Result runIn(Path root, Map<String, String> environment, String... command) {
    boolean superuser = output("id", "-u").equals("0\n");
    List<String> words = new ArrayList<>(superuser ? List.of() : List.of("unshare", "-r"));
    words.addAll(List.of("chroot", root.toString()));
    words.addAll(List.of(command));
    return run(environment, words);
  }

  /** Runs a program that must succeed; what it printed. */
  static String output(String... command) {
    Result result = run(command);
    if (result.status != 0) {
      fail("%s ended with %d: %s", String.join(" ", command), result.status, result.text);
    }
    return result.text;
  }
}
