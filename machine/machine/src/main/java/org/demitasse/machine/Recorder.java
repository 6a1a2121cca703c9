package org.demitasse.machine;

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
  private @Nullable Recording replay;
  private final Consumer<String> warnings;
  private int marks;
  private long marked;
  private boolean differs;

  /**
   * Opens the files.
   *
   * @throws UnusableInputException also if the recording is of another machine
   */
  Recorder(PastSpec past, MachineSpec machine, Consumer<String> warnings) throws UnusableInputException {
    Path from = past.replay();
    Path to = past.record();
    this.warnings = warnings;
    MachineFacts facts = from == null && to == null ? MachineFacts.none() : MachineFacts.of(machine);
    replay = from == null ? null : Recording.read(from, facts);
    writer = to == null ? null : new Recording.Writer(to, facts, warnings);
    if (writer != null) {
      machine.disks().stream()
          .filter(disk -> !disk.readOnly() && !disk.overlay())
          .forEach(disk ->
              warnings.accept(
                  "a replay needs disk %s as it is now, and the guest may write to it: keep a copy, or add ,overlay"
                      .formatted(disk.file())));
    }
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

  /** A debugger is about to change the guest: a replay is none from here on. */
  void change(long instructions) {
    if (writer != null) {
      writer.changed(instructions);
    }
    if (replay != null) {
      replay = null;
      warnings.accept(
          "the guest is changed by hand after %d instructions: from here on this is no replay".formatted(instructions));
    }
  }

  /** When the next mark is due, in instructions. */
  long nextMark() {
    return writer == null && replay == null ? Long.MAX_VALUE : marked + INTERVAL;
  }

  /**
   * Where a replay goes no further, as the recording does not: if the guest ended the machine, only when it has not
   * done so again. Null if nothing is replayed.
   */
  Recording.@Nullable End limit() {
    Recording recording = replay;
    if (recording == null) {
      return null;
    }
    Recording.End end = recording.end();
    return end.guests() ? new Recording.End(end.instructions() + INTERVAL, 0, true, end.why()) : end;
  }

  void mark(Vcpu vcpu, long instructions) {
    marked = instructions;
    Recording.Mark mark = new Recording.Mark(instructions, vcpu.save().rip(), digest(vcpu.save()));
    if (writer != null) {
      writer.mark(mark);
    }
    if (replay != null) {
      compare(replay, mark);
    }
  }

  private static long digest(VcpuState state) {
    long digest = Arrays.hashCode(state.gpr()) * 31L + Arrays.hashCode(state.xsave());
    return (digest * 31 + state.rflags()) * 31 + state.cr3() * 31 + state.cr0();
  }

  private void compare(Recording recording, Recording.Mark mark) {
    if (differs || marks >= recording.marks().size()) {
      return;
    }
    if (recording.changed() < mark.instructions()) {
      differs = true;
      warnings.accept(
          "while this was recorded, a debugger changed the guest after %d instructions: what follows is not the same"
              .formatted(recording.changed()));
      return;
    }
    Recording.Mark recorded = recording.marks().get(marks++);
    if (!recorded.equals(mark)) {
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

  /**
   * The machine has ended: the last mark.
   *
   * @param end how
   */
  void end(Vcpu vcpu, Recording.End end) {
    if (writer != null) {
      mark(vcpu, end.instructions());
      writer.end(end);
    } else if (replay != null) {
      compareEnd(replay, vcpu, end);
    }
  }

  private void compareEnd(Recording recording, Vcpu vcpu, Recording.End end) {
    Recording.End recorded = recording.end();
    if (end.instructions() == recorded.instructions()) {
      mark(vcpu, end.instructions());
    } else if (!differs && (end.guests() || recorded.guests() && end.instructions() > recorded.instructions())) {
      differs = true;
      warnings.accept(
          "the replay ended after %d instructions (%s), the recording after %d (%s)"
              .formatted(end.instructions(), end.why(), recorded.instructions(), recorded.why()));
    }
  }
}
