package dev.holdfast.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The connections that OpenSSH's client keeps in the background, one process and socket a host. */
final class ControlMasters implements AutoCloseable {

  private final Path sockets;

  ControlMasters() throws IOException {
    sockets = Files.createTempDirectory("hf-cm-"); // short, as the names of sockets must be
  }

  /** Settings of OpenSSH's client that share these connections. */
  String clientConfig() {
    return "  ControlMaster auto%n  ControlPath %s/%%h%n  ControlPersist 3600%n"
        .formatted(sockets)
        .replace("%%", "%");
  }

  /** The processes; their titles name the sockets. */
  List<Long> pids() throws IOException {
    var found = new ArrayList<Long>();
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      for (Path process : all.filter(p -> p.getFileName().toString().matches("[0-9]+")).toList()) {
        if (title(process).startsWith("ssh: " + sockets)) {
          found.add(Long.parseLong(process.getFileName().toString()));
        }
      }
    }
    return found;
  }

  private static String title(Path process) {
    try {
      return new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return ""; // it has ended
    }
  }

  @Override
  public void close() throws IOException {
    for (long pid : pids()) {
      ProcessHandle.of(pid)
          .ifPresent(
              process -> {
                process.destroy();
                process.onExit().join();
              });
    }
    Files.deleteIfExists(sockets);
  }
}
