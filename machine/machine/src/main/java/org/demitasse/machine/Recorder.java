package org.demitasse.machine;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.demitasse.core.vcpu.Vcpu;
import org.demitasse.core.vcpu.VcpuState;
import org.jspecify.annotations.Nullable;

/** Writes what comes from outside to a recording, or brings it from one and tells where execution first differs. */
final class Recorder {
  /** Instructions between marks. */
  private static final long INTERVAL = 1_000_000;

  private final Recording.@Nullable Writer writer;
  private final @Nullable Recording replay;
  private final Consumer<String> warnings;
  private int marks;
  private long marked;
  private boolean differs;

  /**
   * Opens the files.
   *
   * @param machine one line about the machine
   */
  Recorder(PastSpec past, String machine, Consumer<String> warnings) throws UnusableInputException {
    Path from = past.replay();
    Path to = past.record();
    this.warnings = warnings;
    replay = from == null ? null : Recording.read(from, machine);
    writer = to == null ? null : new Recording.Writer(to, machine);
  }

  boolean isReplay() {
    return replay != null;
  }

  /** What a recording brings. */
  List<Recording.Typed> typed() {
    return replay == null ? List.of() : replay.typed();
  }

  void typed(Recording.Typed typed) {
    if (writer != null) {
      writer.typed(typed);
    }
  }

  /** When the next mark is due, in instructions. */
  long nextMark() {
    return writer == null && replay == null ? Long.MAX_VALUE : marked + INTERVAL;
  }

  void mark(Vcpu vcpu, long instructions) {
    marked = instructions;
    VcpuState state = vcpu.save();
    long digest = Arrays.hashCode(state.gpr()) * 31L + Arrays.hashCode(state.xsave());
    digest = (digest * 31 + state.rflags()) * 31 + state.cr3() * 31 + state.cr0();
    Recording.Mark mark = new Recording.Mark(instructions, state.rip(), digest);
    if (writer != null) {
      writer.mark(mark);
    }
    if (replay != null) {
      compare(replay, mark);
    }
  }

  private void compare(Recording recording, Recording.Mark mark) {
    if (marks < recording.marks().size()) {
      Recording.Mark recorded = recording.marks().get(marks++);
      if (!differs && !recorded.equals(mark)) {
        differs = true;
        warnings.accept(
            "the replay differs from the recording: after %d instructions rip is 0x%x; recorded after %d: 0x%x%s"
                .formatted(
                    mark.instructions(),
                    mark.rip(),
                    recorded.instructions(),
                    recorded.rip(),
                    mark.rip() == recorded.rip() ? ", with other registers" : ""));
      }
    }
  }

  /** The machine has ended: the last mark. */
  void end(Vcpu vcpu, long instructions) {
    mark(vcpu, instructions);
    if (replay != null && !differs && marks < replay.marks().size()) {
      warnings.accept(
          "the replay ended after %d instructions, the recording after %d"
              .formatted(instructions, replay.marks().getLast().instructions()));
    }
    try {
      if (writer != null) {
        writer.close();
      }
    } catch (IOException full) {
      throw new UncheckedIOException("cannot write the recording", full);
    }
  }
}
