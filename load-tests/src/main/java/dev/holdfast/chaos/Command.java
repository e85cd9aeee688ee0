package dev.holdfast.chaos;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Runs commands of the system, which are short. */
final class Command {

  private Command() {}

  /**
   * Runs one, and returns what it printed.
   *
   * @throws IOException with a line for people when it is not there, or does not end with 0
   */
  static String run(String... words) throws IOException {
    return feed("", words);
  }

  /** The same, with something on its standard input. */
  static String feed(String input, String... words) throws IOException {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    try (var in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    try {
      if (process.waitFor() == 0) {
        return said;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
    List<String> lines = said.strip().lines().toList();
    throw new IOException(
        "%s ended with %d: %s"
            .formatted(
                String.join(" ", words),
                process.exitValue(),
                lines.isEmpty() ? "it said nothing" : lines.get(0)));
  }
}
