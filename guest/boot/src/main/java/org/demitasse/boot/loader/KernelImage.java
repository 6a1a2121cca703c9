package org.demitasse.boot.loader;

import java.util.List;
import org.demitasse.boot.BootException;
import org.demitasse.boot.BootProtocol;
import org.demitasse.boot.Placement;
import org.demitasse.elf.Linkage;
import org.demitasse.elf.Symbols;

/** A parsed kernel file, ready to be loaded. */
public sealed interface KernelImage permits ElfKernel, BzImage, FlatMultibootKernel {
  /** The file's name, for messages. */
  String name();

  /** What kind of file it is, in a few words for people. */
  String format();

  /** Which operating system it is. */
  GuestSystem system();

  /** Says whether it is a Linux kernel: those find their devices through ACPI. */
  default boolean isLinux() {
    return system() == GuestSystem.LINUX;
  }

  /** The ways in that this file offers, best first; never empty. */
  List<BootProtocol> protocols();

  /**
   * Says whether the code that is entered by a protocol unpacks the kernel proper, and puts it where it likes: Linux
   * with CONFIG_RANDOMIZE_BASE at random, so that its symbols are not where the file says.
   */
  default boolean unpacksItself(BootProtocol protocol) {
    return false;
  }

  /** How many bytes of command line it takes with a protocol, without the NUL. */
  int cmdlineLimit(BootProtocol protocol);

  /** The highest gpa that it can use of an initrd: the end of the device hole unless its format knows better. */
  default long initrdAddressMaximum() {
    return 0xffff_ffffL;
  }

  /**
   * Copies the kernel into guest memory, which must be freshly zeroed, and claims what it takes.
   *
   * @param protocol one of {@link #protocols()}
   * @throws BootException if it does not fit
   */
  LoadedKernel load(BootProtocol protocol, Placement placement) throws BootException;

  /**
   * Reads the kernel's symbols from its file; slow, so for crash reports and debuggers only. None if the file has none,
   * or is not there as it was any more.
   */
  Symbols symbols();

  /** Where the code is linked whose symbols these are, and where it is loaded unless its unpacker moves it. */
  default Linkage linkage() {
    return Linkage.NONE;
  }
}
