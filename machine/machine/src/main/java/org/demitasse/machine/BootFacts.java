package org.demitasse.machine;

/**
 * What a guest was given to boot with, for who looks at it after a crash.
 *
 * @param linux whether its kernel is Linux
 * @param pvh whether it was entered by PVH
 * @param moves whether its own unpacker ran, which may have moved it
 * @param cmdline its whole command line
 * @param disks how many disks it has
 * @param initrd whether it has an initrd
 * @param memoryMib its RAM in MiB
 */
record BootFacts(boolean linux, boolean pvh, boolean moves, String cmdline, int disks, boolean initrd, int memoryMib) {}
