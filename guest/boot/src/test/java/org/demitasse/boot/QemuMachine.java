package org.demitasse.boot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.demitasse.core.memory.GuestMemory;
import org.demitasse.core.vcpu.VcpuState;

/**
 * QEMU's microvm machine as the oracle of what we hand over: it gets our guest memory as its RAM, our BIOS area as its
 * ROM, and starts in our vCPU state. Its own firmware, tables and loader take no part.
 */
final class QemuMachine {
  private static final int ROM_BYTES = 128 << 10;
  private static final int PARAMETERS = 0x1fe00;

  private final Path folder;

  QemuMachine(Path folder) {
    this.folder = folder;
  }

  /**
   * Runs the machine until it ends, its console has printed {@code until}, or the time is up; gives the console's text.
   */
  String run(GuestMemory memory, VcpuState state, String until, int seconds, String... more)
      throws IOException, InterruptedException {
    Path ram = folder.resolve("ram");
    writeSparse(memory, ram);
    Path rom = folder.resolve("rom");
    Files.write(rom, rom(memory, state));
    Path console = folder.resolve("console");
    List<String> command =
        new ArrayList<>(
            List.of(
                ("qemu-system-x86_64 -M microvm,acpi=off,rtc=on,memory-backend=ram -accel tcg -nodefaults"
                        + " -no-user-config -display none -no-reboot -global virtio-mmio.force-legacy=false -cpu max")
                    .split(" ")));
    command.addAll(List.of("-m", (memory.bytes() >> 20) + "M", "-bios", rom.toString(), "-serial", "file:" + console));
    command.add("-object");
    command.add("memory-backend-file,id=ram,size=%d,share=off,mem-path=%s".formatted(memory.bytes(), ram));
    command.addAll(List.of(more));
    Process qemu =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(folder.resolve("qemu").toFile()).start();
    try {
      return watch(qemu, console, until, seconds);
    } finally {
      qemu.destroyForcibly().waitFor();
    }
  }

  private String watch(Process qemu, Path console, String until, int seconds) throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    String text = "";
    boolean ended = false;
    while (!ended && System.nanoTime() < end && !text.contains(until)) {
      ended = qemu.waitFor(100, TimeUnit.MILLISECONDS);
      text =
          Files.exists(console) ? new String(Files.readAllBytes(console), java.nio.charset.StandardCharsets.UTF_8) : "";
    }
    return text + Files.readString(folder.resolve("qemu"));
  }

  /** RAM with holes where nothing was written. */
  private static void writeSparse(GuestMemory memory, Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
      for (long gpa = 0; gpa < memory.bytes(); gpa += 4096) {
        if (memory.dirty().isDirty(memory.pageIndex(gpa))) {
          channel.write(memory.slice(gpa, 4096).asByteBuffer(), gpa);
        }
      }
      channel.write(ByteBuffer.allocate(1), memory.bytes() - 1);
    }
  }

  private byte[] rom(GuestMemory memory, VcpuState state) throws IOException, InterruptedException {
    byte[] rom = assemble();
    byte[] bios = memory.readBytes(Layout.RSDP, ROM_BYTES);
    System.arraycopy(bios, 0, rom, 0, PARAMETERS);
    ByteBuffer parameters = ByteBuffer.wrap(rom, PARAMETERS, 64).slice().order(ByteOrder.LITTLE_ENDIAN);
    parameters.putShort(0, (short) state.gdtr().limit()).putInt(2, (int) state.gdtr().base());
    parameters.putInt(8, (int) state.cr0()).putInt(12, (int) state.cr3()).putInt(16, (int) state.cr4());
    parameters.putInt(20, state.msrs().get(0xc000_0080).intValue());
    parameters.putInt(24, (int) state.gpr()[0]).putInt(28, (int) state.gpr()[3]).putInt(32, (int) state.gpr()[6]);
    parameters.putInt(36, (int) state.rip());
    return rom;
  }

  private byte[] assemble() throws IOException, InterruptedException {
    Path object = folder.resolve("reset.o");
    Path binary = folder.resolve("reset.bin");
    Programs.run(
        "gcc", "-m32", "-c", "-o", object.toString(), Path.of("src/test/guest/reset.S").toAbsolutePath().toString());
    Programs.run("objcopy", "-O", "binary", "-j", ".rom", object.toString(), binary.toString());
    return Files.readAllBytes(binary);
  }
}
