package org.demitasse.gdb;

import java.util.Optional;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.Engine;

/** The machine that a server debugs. Called on the machine's thread unless said otherwise. */
public interface Debuggee {
  /** Its vCPUs. */
  Engine.Running engine();

  /** Its RAM. */
  GuestMemory memory();

  /** Says whether steps must deliver interrupts, because time is exact; else they are held off while stepping. */
  boolean isTimeExact();

  /**
   * Tells about one of the subjects of {@code monitor info} that only the machine knows.
   *
   * @param subject like "irq" or "virtio"
   * @return text of several lines, or nothing if there is no such subject
   */
  Optional<String> describe(String subject);

  /**
   * Makes a file that gdb can read as {@code target:NAME}.
   *
   * @return its bytes, or nothing if there is no file of that name
   */
  Optional<byte[]> file(String name);

  /** Ends the machine soon: the debugger has killed it. */
  void end();

  /** Registers or memory are about to be changed by hand. */
  void change();

  /** The way back in time, if this machine can go it. */
  Optional<History> history();
}
