package org.demitasse.cli;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The running machines of this user that have a name. Each has a socket in a folder that nobody else may enter; one
 * that nobody answers at was left behind by a killed process, and is removed by whoever finds it.
 *
 * @param folder where the sockets are
 */
record MachineRegistry(Path folder) {
  /** What a machine may be called: it is a file name, too. */
  static final String NAME_PATTERN = "[A-Za-z0-9][A-Za-z0-9_.-]{0,62}";

  private static final String SUFFIX = ".sock";
  private static final int MAX_ANSWER = 1 << 16;

  /** The limit of sun_path in Linux is 108 bytes, in BSDs and macOS 104, with the NUL. */
  private static final int MAX_PATH = 103;

  /** This user's: below XDG_RUNTIME_DIR, or else below the user's state folder. */
  static MachineRegistry ofUser(Map<String, String> environment) {
    String runtime = environment.get("XDG_RUNTIME_DIR");
    if (runtime != null && Path.of(runtime).isAbsolute()) {
      return new MachineRegistry(Path.of(runtime, "demitasse"));
    }
    String state = environment.get("XDG_STATE_HOME");
    Path base =
        state != null && Path.of(state).isAbsolute()
            ? Path.of(state)
            : Path.of(System.getProperty("user.home"), ".local", "state");
    return new MachineRegistry(base.resolve("demitasse"));
  }

  /** The socket of a machine; the folder is made if it is not there. */
  Path socket(String name) throws IOException {
    if (!name.matches(NAME_PATTERN)) {
      throw new IOException(
          "'%s' is no name for a machine: letters, digits, and _ . - in between, 63 at most".formatted(name));
    }
    if (!Files.isDirectory(folder)) {
      FileAttribute<?>[] mine =
          folder.getFileSystem().supportedFileAttributeViews().contains("posix")
              ? new FileAttribute<?>[] {
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
              }
              : new FileAttribute<?>[0];
      Files.createDirectories(folder, mine);
    }
    Path socket = folder.resolve(name + SUFFIX);
    if (socket.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH) {
      throw new IOException("%s is too long for the path of a socket: set XDG_RUNTIME_DIR".formatted(socket));
    }
    return socket;
  }

  /** The names of all machines that answer. */
  List<String> names() throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(file -> file.endsWith(SUFFIX))
          .map(file -> file.substring(0, file.length() - SUFFIX.length()))
          .filter(name -> name.matches(NAME_PATTERN))
          .filter(name -> ask(name, "ping") != null)
          .sorted()
          .toList();
    }
  }

  /** Asks a machine; null if there is none of that name. */
  @Nullable List<String> ask(String name, String request) {
    Path socket = folder.resolve(name + SUFFIX);
    if (!Files.exists(socket)) {
      return null;
    }
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(ByteBuffer.wrap((request + "\n").getBytes(StandardCharsets.UTF_8)));
      channel.shutdownOutput();
      byte[] answer = Channels.newInputStream(channel).readNBytes(MAX_ANSWER);
      return Arrays.asList(new String(answer, StandardCharsets.UTF_8).split("\n"));
    } catch (IOException nobodyThere) {
      removeStale(socket);
      return null;
    }
  }

  private static void removeStale(Path socket) {
    try {
      Files.deleteIfExists(socket);
    } catch (IOException notMine) {
      // then it stays, and is as stale for the next who looks
    }
  }
}
