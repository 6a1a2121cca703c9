package org.demitasse.boot.loader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.AbstractThrowableAssert;
import org.demitasse.boot.BootException;
import org.demitasse.boot.BootProtocol;
import org.demitasse.boot.Initrd;
import org.demitasse.boot.TestFiles;
import org.demitasse.boot.guest.OwnGuest;
import org.demitasse.boot.protocol.Boot;
import org.demitasse.core.memory.GuestMemory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every way in which a user's input can be unusable gives one sentence. */
class UnusableKernelTest {
  @TempDir Path folder;

  private static AbstractThrowableAssert<?, ? extends Throwable> opening(byte[] file) {
    return assertThatThrownBy(() -> KernelLoader.open("kernel", ByteBuffer.wrap(file)))
        .isInstanceOf(BootException.class);
  }

  private static AbstractThrowableAssert<?, ? extends Throwable> booting(
      KernelImage kernel, Optional<Path> initrd, String append, Optional<BootProtocol> protocol, int mib) {
    return assertThatThrownBy(
            () -> {
              Optional<Initrd> file = initrd.isPresent() ? Optional.of(Initrd.open(initrd.get())) : Optional.empty();
              try (GuestMemory memory = new GuestMemory((long) mib << 20)) {
                Boot.prepare(new Boot.Request(kernel, file, append, protocol, Optional.empty(), 1, List.of()), memory);
              }
            })
        .isInstanceOf(BootException.class);
  }

  /** hello with one byte of its PVH note's type changed. */
  private static byte[] withoutNote() {
    byte[] hello = OwnGuest.HELLO.bytes();
    ByteBuffer bytes = ByteBuffer.wrap(hello).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < hello.length - 16; i += 4) {
      if (bytes.getInt(i) == 4 && bytes.getInt(i + 4) == 4 && bytes.getInt(i + 8) == 18) {
        hello[i + 8] = 99;
      }
    }
    return hello;
  }

  @Test
  void anElfFileWithoutAWayInNamesTheKernelsThatHaveOne() {
    opening(withoutNote()).hasMessageContainingAll("no PVH entry note", "multiboot", "CONFIG_PVH", "NetBSD");
  }

  @Test
  void aTruncatedElfFile() {
    opening(Arrays.copyOf(OwnGuest.HELLO.bytes(), 3000)).hasMessageContaining("truncated");
  }

  @Test
  void anElfFileForAnotherArchitecture() {
    byte[] hello = OwnGuest.HELLO.bytes();
    hello[18] = (byte) 183;
    opening(hello).hasMessage("kernel is built for AArch64, not for x86");
  }

  @Test
  void aLinuxImageForAnotherArchitecture() {
    byte[] image = new byte[4096];
    System.arraycopy("ARM\u0064".getBytes(StandardCharsets.US_ASCII), 0, image, 56, 4);
    opening(image).hasMessageContaining("another architecture");
  }

  @Test
  void anObjectFile() {
    byte[] hello = OwnGuest.HELLO.bytes();
    hello[56] = 0; // no program headers
    opening(hello).hasMessageContaining("nothing to load");
  }

  @Test
  void anyOtherFile() {
    opening("#!/bin/sh\n".getBytes(StandardCharsets.US_ASCII)).hasMessageContaining("not a kernel");
    opening(new byte[0]).hasMessage("kernel is empty");
  }

  @Test
  void aFileForFirmwareThatTheMachineHasNot() {
    byte[] program = new byte[4096];
    program[0] = 'M';
    program[1] = 'Z';
    opening(program).hasMessage("kernel is an EFI program, which needs UEFI firmware");
  }

  @Test
  void aBootLoaderThatStartsInRealMode() {
    ByteBuffer image = ByteBuffer.allocate(8192).order(ByteOrder.LITTLE_ENDIAN);
    image.put(0x1f1, (byte) 4).putInt(0x1f4, 1).putShort(0x1fe, (short) 0xaa55);
    image.putInt(0x202, 0x53726448).putShort(0x206, (short) 0x207).put(0x211, (byte) 1);
    opening(image.array()).hasMessageContainingAll("needs a BIOS", "code32_start is 0x0");
  }

  @Test
  void aKernelForTheOtherMultiboot() {
    byte[] hello = withoutNote();
    assertThat(hello.length).isGreaterThan(6016);
    for (byte[] file : List.of(hello, new byte[8192])) {
      ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
      bytes.putInt(6000, 0xe85250d6).putInt(6004, 0).putInt(6008, 16).putInt(6012, -0xe85250d6 - 16);
      opening(file).hasMessageContainingAll("multiboot", "version", "1 can be used");
    }
  }

  @Test
  void aDeviceThatNeverEnds() {
    assertThatThrownBy(() -> KernelLoader.open(Path.of("/dev/zero")))
        .isInstanceOf(BootException.class)
        .hasMessage("/dev/zero is no file, and gives more than 256 MiB");
  }

  @Test
  void aFileThatIsNotThere() {
    Path absent = folder.resolve("absent");
    assertThatThrownBy(() -> KernelLoader.open(absent)).hasMessage("there is no kernel file " + absent);
    assertThatThrownBy(() -> KernelLoader.open(folder)).hasMessageContaining("is a directory");
    assertThatThrownBy(() -> Initrd.open(absent)).hasMessage("there is no initrd " + absent);
  }

  @Test
  void aDamagedBzImage() throws Exception {
    byte[] image = Files.readAllBytes(TestFiles.of("linux-cloud/vmlinuz"));
    opening(Arrays.copyOf(image, image.length / 2)).hasMessageContaining("truncated");
    byte[] damaged = image.clone();
    damaged[image.length / 2] ^= 0x40;
    opening(damaged).hasMessageContaining("damaged");
  }

  @Test
  void tooLittleMemoryForTheKernel() throws Exception {
    KernelImage linux = KernelLoader.open(TestFiles.of("linux-cloud/vmlinuz"));
    for (BootProtocol protocol : linux.protocols()) {
      booting(linux, Optional.empty(), "", Optional.of(protocol), 48).hasMessageContaining("48 MiB of memory");
    }
    booting(OwnGuest.HELLO.image(), Optional.empty(), "", Optional.empty(), 1).hasMessageContaining("2 MiB");
  }

  @Test
  void tooLittleMemoryForTheInitrd() throws Exception {
    Path initrd = folder.resolve("initrd");
    Files.write(initrd, new byte[15 << 20]);
    booting(OwnGuest.HELLO.image(), Optional.of(initrd), "", Optional.empty(), 16)
        .hasMessageContainingAll("initrd (15 MiB)", "16 MiB of memory");
  }

  @Test
  void aCommandLineThatIsTooLongOrHasControlCharacters() {
    booting(OwnGuest.HELLO.image(), Optional.empty(), "x".repeat(2048), Optional.empty(), 16)
        .hasMessageContainingAll("2048", "2047");
    booting(OwnGuest.HELLO.image(), Optional.empty(), "a\nb", Optional.empty(), 16).hasMessageContaining("0x0a");
  }

  @Test
  void aProtocolThatTheKernelDoesNotOffer() {
    booting(OwnGuest.HELLO.image(), Optional.empty(), "", Optional.of(BootProtocol.LINUX64), 16)
        .hasMessage("hello cannot be entered by linux64, only by pvh");
  }

  @Test
  void aKernelInTheWayOfTheFirmwareTables() {
    byte[] hello = OwnGuest.HELLO.bytes();
    ByteBuffer.wrap(hello).order(ByteOrder.LITTLE_ENDIAN).putLong(64 + 24, 0xf_0000);
    assertThatThrownBy(
            () -> {
              try (GuestMemory memory = new GuestMemory(16 << 20)) {
                KernelImage kernel = KernelLoader.open("kernel", ByteBuffer.wrap(hello));
                Boot.prepare(
                    new Boot.Request(kernel, Optional.empty(), "", Optional.empty(), Optional.empty(), 1, List.of()),
                    memory);
              }
            })
        .isInstanceOf(BootException.class)
        .hasMessageContaining("firmware tables");
  }

  @Test
  void messagesAreOneSentenceOnOneLine() {
    assertThatThrownBy(() -> KernelLoader.open("kernel", ByteBuffer.wrap(withoutNote())))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n").hasSizeLessThan(400));
  }
}
