package org.demitasse.boot.loader;

import java.util.List;
import org.demitasse.boot.BootProtocol;
import org.demitasse.elf.ElfNote;

/**
 * A kernel in guest memory.
 *
 * @param image where it came from
 * @param protocol how it wants to be entered
 * @param entry gpa of its first instruction
 * @param start lowest gpa that it takes
 * @param end first gpa behind it, memory without file content (BSS) included
 * @param notes its ELF notes; empty for other formats
 */
public record LoadedKernel(
    KernelImage image, BootProtocol protocol, long entry, long start, long end, List<ElfNote> notes) {
  /** Keeps its own copy of the notes. */
  public LoadedKernel {
    notes = List.copyOf(notes);
  }
}
