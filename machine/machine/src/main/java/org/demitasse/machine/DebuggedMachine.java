package org.demitasse.machine;

import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Engine;
import org.demitasse.gdb.Debuggee;
import org.demitasse.gdb.History;

/**
 * A machine as a gdb server sees it.
 *
 * @param engine the vCPUs
 * @param memory RAM
 * @param isTimeExact whether time is a function of instructions
 * @param subjects what can be told about, by name
 * @param files what a debugger can read, by name
 * @param onKill ends the machine
 * @param onChange is told before registers or memory are changed by hand
 * @param history the way back in time, if there is one
 */
record DebuggedMachine(
    Engine.Running engine,
    GuestMemory memory,
    boolean isTimeExact,
    Map<String, Supplier<String>> subjects,
    Map<String, Supplier<byte[]>> files,
    Runnable onKill,
    Runnable onChange,
    Optional<History> history)
    implements Debuggee {
  @Override
  public Optional<String> describe(String subject) {
    return Optional.ofNullable(subjects.get(subject)).map(Supplier::get);
  }

  @Override
  public Optional<byte[]> file(String name) {
    return Optional.ofNullable(files.get(name)).map(Supplier::get);
  }

  @Override
  public void change() {
    onChange.run();
  }

  @Override
  public void end() {
    onKill.run();
  }
}
