package org.demitasse.boot.guest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.demitasse.boot.BootException;
import org.demitasse.boot.loader.KernelImage;
import org.demitasse.boot.loader.KernelLoader;

/** A guest program of our own that comes with Demitasse. All are PVH kernels. */
public enum OwnGuest {
  /** Says what it was given, tries out a scratch disk and powers off: what {@code demi run hello} boots. */
  HELLO("hello.elf"),
  /** Prints one line on COM1 and powers off; 32-bit, without a stack, a memory write or an interrupt. */
  TINY("tiny.elf");

  private final String file;

  OwnGuest(String file) {
    this.file = file;
  }

  /** Its ELF file. */
  public byte[] bytes() {
    try (InputStream resource = OwnGuest.class.getResourceAsStream(file)) {
      if (resource == null) {
        throw new IllegalStateException("the resource %s is missing from this build".formatted(file));
      }
      return resource.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("the resource %s cannot be read".formatted(file), e);
    }
  }

  /** The kernel, ready to be loaded. */
  public KernelImage image() {
    try {
      return KernelLoader.open(file.substring(0, file.indexOf('.')), ByteBuffer.wrap(bytes()));
    } catch (BootException e) {
      throw new IllegalStateException("this build's own guest is broken", e);
    }
  }
}
