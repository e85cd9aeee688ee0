package dev.holdfast.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Programs of this machine. */
final class Programs {

  private static final long MOST_SECONDS = 120;

  private Programs() {}

  static Optional<Path> find(String name) {
    return Stream.of(System.getenv("PATH").split(":", -1))
        .map(directory -> Path.of(directory, name))
        .filter(Files::isExecutable)
        .findFirst();
  }

  /** What a program prints on both streams, whatever its exit code. */
  static String said(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(MOST_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(command.get(0) + " took more than " + MOST_SECONDS + " s");
    }
    return text.strip();
  }

  /** The first line that a program says of its version; absent when it is not installed. */
  static Optional<String> version(String program, String flag)
      throws IOException, InterruptedException {
    if (find(program).isEmpty()) {
      return Optional.empty();
    }
    return said(List.of(program, flag)).lines().findFirst();
  }
}
