package org.demitasse.boot.protocol;

import java.util.Optional;
import org.demitasse.boot.MemoryRange;
import org.demitasse.boot.Placement;
import org.demitasse.boot.loader.LoadedKernel;

/**
 * What a protocol hands over to the kernel.
 *
 * @param kernel the kernel, already in memory
 * @param placement where there is room for more
 * @param cmdline the command line with its NUL
 * @param initrd where the initrd is, if there is one
 * @param rsdp gpa of the ACPI root pointer
 */
public record Handover(
    LoadedKernel kernel, Placement placement, byte[] cmdline, Optional<MemoryRange> initrd, long rsdp) {}
