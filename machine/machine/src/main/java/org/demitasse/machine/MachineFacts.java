package org.demitasse.machine;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a machine is made of and that its guest can notice, by name: what must be the same for a recording to
 * be replayed. Files count by their contents (length and CRC-32C), not by their names.
 *
 * @param values what is told of each, in one line
 */
record MachineFacts(SequencedMap<String, String> values) {
  private static final String NONE = "none";
  private static final int PIECE = 1 << 20;

  MachineFacts {
    values = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(values));
  }

  /**
   * Reads the files of a machine that has not run.
   *
   * @throws UnusableInputException if one cannot be read
   */
  static MachineFacts of(MachineSpec spec) throws UnusableInputException {
    SequencedMap<String, String> facts = new LinkedHashMap<>();
    switch (spec.kernel()) {
      case KernelSpec.Hello hello -> facts.put("kernel", "hello");
      case KernelSpec.KernelFile file -> {
        facts.put("kernel", contents(file.path()));
        facts.put("boot protocol", name(file.protocol()));
      }
    }
    Path initrd = spec.initrd();
    facts.put("initrd", initrd == null ? NONE : contents(initrd));
    for (int n = 0; n < spec.disks().size(); n++) {
      DiskSpec disk = spec.disks().get(n);
      facts.put("disk " + (n + 1), contents(disk.file()) + (disk.readOnly() ? ", read-only" : ""));
    }
    facts.put("memory size", spec.memoryMib() + " MiB");
    facts.put("number of vCPUs", Integer.toString(spec.vcpus()));
    facts.put("console", name(spec.console()));
    facts.put("virtio discovery", name(spec.discovery()));
    facts.put("debug exit", spec.debugExit() ? "on" : "off");
    facts.put("command line", spec.append().replaceAll("\\s+", " ").strip());
    return new MachineFacts(facts);
  }

  private static String name(@Nullable Enum<?> value) {
    return value == null ? "as it suits" : value.name().toLowerCase(Locale.ROOT);
  }

  private static String contents(Path file) throws UnusableInputException {
    CRC32C sum = new CRC32C();
    long bytes = 0;
    byte[] piece = new byte[PIECE];
    try (InputStream in = Files.newInputStream(file)) {
      for (int length = in.read(piece); length > 0; length = in.read(piece)) {
        sum.update(piece, 0, length);
        bytes += length;
      }
    } catch (IOException unreadable) {
      throw new UnusableInputException("cannot read %s: %s".formatted(file, unreadable), unreadable);
    }
    return "%d bytes with checksum %08x".formatted(bytes, sum.getValue());
  }

  /** What is first different in another machine, in words for the user; nothing if they are the same. */
  Optional<String> difference(MachineFacts other) {
    Set<String> names = new LinkedHashSet<>(values.keySet());
    names.addAll(other.values.keySet());
    for (String name : names) {
      String mine = values.getOrDefault(name, NONE);
      String others = other.values.getOrDefault(name, NONE);
      if (!mine.equals(others)) {
        return Optional.of("another %s: '%s' then, '%s' now".formatted(name, mine, others));
      }
    }
    return Optional.empty();
  }

  /** A copy with one fact more. */
  MachineFacts with(String name, String value) {
    SequencedMap<String, String> more = new LinkedHashMap<>(values);
    more.put(name, value);
    return new MachineFacts(more);
  }

  /** No facts yet. */
  static MachineFacts none() {
    return new MachineFacts(new LinkedHashMap<>(Map.of()));
  }
}
