package org.demitasse.boot;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.demitasse.boot.loader.KernelImage;
import org.demitasse.boot.protocol.Boot;

/** Guests that tests build, and the usual ways to ask for their boot. */
final class Guests {
  private Guests() {}

  static Boot.Request request(KernelImage kernel, String append, Integer... slots) {
    return new Boot.Request(kernel, Optional.empty(), append, Optional.empty(), Optional.empty(), 1, List.of(slots));
  }

  static Boot.Request withProtocol(Boot.Request request, BootProtocol protocol) {
    return new Boot.Request(
        request.kernel(),
        request.initrd(),
        request.append(),
        Optional.of(protocol),
        request.discovery(),
        request.vcpus(),
        request.virtioSlots());
  }

  static Boot.Request withInitrd(Boot.Request request, Path initrd) throws BootException {
    return new Boot.Request(
        request.kernel(),
        Optional.of(Initrd.open(initrd)),
        request.append(),
        request.protocol(),
        request.discovery(),
        request.vcpus(),
        request.virtioSlots());
  }

  static Boot.Request withVcpus(Boot.Request request, int vcpus) {
    return new Boot.Request(
        request.kernel(),
        request.initrd(),
        request.append(),
        request.protocol(),
        request.discovery(),
        vcpus,
        request.virtioSlots());
  }

  /** Builds {@code src/test/guest/multiboot.S}, as ELF or as a flat file. */
  static Path multiboot(Path folder, boolean flat) throws IOException, InterruptedException {
    Path object = folder.resolve("multiboot.o");
    Path kernel = folder.resolve(flat ? "multiboot.bin" : "multiboot.elf");
    String source = Path.of("src/test/guest/multiboot.S").toAbsolutePath().toString();
    Programs.run("gcc", "-m32", "-c", flat ? "-DFLAT" : "-DELF", "-o", object.toString(), source);
    Programs.run(
        "ld",
        "-m",
        "elf_i386",
        "-n",
        "-Ttext=0x200000",
        "-e",
        "start",
        "--build-id=none",
        "--oformat",
        flat ? "binary" : "elf32-i386",
        "-o",
        kernel.toString(),
        object.toString());
    return kernel;
  }
}
