package dev.holdfast.chaos;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which process has the other end of a connection on this machine: {@code /proc/net/tcp} names its
 * socket, and {@code /proc/PID/fd} whose that is.
 */
final class Whose {

  private static final int LOCAL = 1;
  private static final int REMOTE = 2;
  private static final int INODE = 9;

  private Whose() {}

  /**
   * Finds the process among some.
   *
   * @param port the port of the other end
   * @param ours our end
   * @param processes names by process id
   */
  static Optional<String> of(int port, InetSocketAddress ours, Map<Long, String> processes)
      throws IOException {
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      for (String line : Files.readAllLines(Path.of(table))) {
        String[] fields = line.strip().split("\\s+", -1);
        if (fields.length > INODE
            && isPort(fields[LOCAL], port)
            && fields[REMOTE].endsWith(inTable(ours))) {
          String socket = "socket:[" + fields[INODE] + "]";
          for (Map.Entry<Long, String> process : processes.entrySet()) {
            if (has(process.getKey(), socket)) {
              return Optional.of(process.getValue());
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isPort(String address, int port) {
    return address.endsWith(":%04X".formatted(port));
  }

  /** The kernel prints an address as a number of the machine's own kind. */
  private static String inTable(InetSocketAddress address) {
    var bytes = ByteBuffer.wrap(address.getAddress().getAddress()).order(ByteOrder.nativeOrder());
    return "%08X:%04X".formatted(bytes.getInt(), address.getPort());
  }

  private static boolean has(long process, String socket) {
    try (DirectoryStream<Path> files =
        Files.newDirectoryStream(Path.of("/proc/" + process + "/fd"))) {
      for (Path file : files) {
        if (isLinkTo(file, socket)) {
          return true;
        }
      }
    } catch (IOException gone) {
      return false;
    }
    return false;
  }

  private static boolean isLinkTo(Path file, String socket) {
    try {
      return Files.readSymbolicLink(file).toString().equals(socket);
    } catch (IOException closed) {
      return false;
    }
  }
}
