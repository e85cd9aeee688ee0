package dev.holdfast.demo;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * Types {@code holdfast} commands as a person would: each is shown, run as a process of its own,
 * and shown again.
 */
final class Terminal {

  private static final int MOST_SECONDS = 60;
  private static final List<String> STREAMS = List.of("invoke", "receive");

  /** Verbs of two words. */
  private static final List<String> TWO_WORDS = List.of("node", "schema");

  /** Verbs that print lines, and know no table. */
  private static final List<String> LINES = List.of("schema");

  private final PrintStream screen;
  private final Map<String, String> environment;

  /** What a command printed and how it ended. */
  record Ran(int exitCode, String out) {}

  Terminal(PrintStream screen, Map<String, String> environment) {
    this.screen = screen;
    this.environment = Map.copyOf(environment);
  }

  /** The same screen; commands have more in their environment. */
  Terminal with(Map<String, String> more) {
    var all = new HashMap<>(environment);
    all.putAll(more);
    return new Terminal(screen, all);
  }

  void say(String text) {
    screen.println(text);
    screen.flush();
  }

  /** Runs a command and shows it with all that it prints. */
  Ran holdfast(String... words) throws IOException, InterruptedException {
    return holdfast(line -> false, words);
  }

  /**
   * Runs a command until it ends or has printed a line that is enough; then its client is killed.
   */
  Ran holdfast(Predicate<String> enough, String... words) throws IOException, InterruptedException {
    say("  $ holdfast " + String.join(" ", List.of(words).stream().map(Terminal::quoted).toList()));
    Process process = start(words);
    try {
      String out = show(process.getInputStream(), enough);
      if (!process.waitFor(enough.test(lastLine(out)) ? 0 : MOST_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      return new Ran(process.exitValue(), out);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Runs a command for its answer alone. */
  Ran quietly(String... words) throws IOException, InterruptedException {
    Process process = start(words);
    try (InputStream in = process.getInputStream()) {
      String out = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      return new Ran(process.waitFor(), out);
    } finally {
      process.destroyForcibly();
    }
  }

  /** Our output is not a terminal to the command, so a table must be asked for. */
  private Process start(String... words) throws IOException {
    List<String> all = List.of(words);
    int verb = TWO_WORDS.contains(words[0]) ? 2 : 1;
    var command = new ArrayList<>(program());
    command.addAll(all.subList(0, verb));
    boolean streams = STREAMS.contains(words[0]) && !all.contains("--detach");
    if (!streams && !LINES.contains(words[0]) && !all.contains("--output")) {
      command.addAll(List.of("--output", "table"));
    }
    command.addAll(all.subList(verb, all.size()));
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    return process;
  }

  /** The launcher, where there is one: it starts faster. */
  static List<String> program() {
    Optional<String> home = Optional.ofNullable(System.getProperty("holdfast.home"));
    return home.map(dir -> List.of(Path.of(dir, "holdfast").toString()))
        .orElseGet(
            () ->
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "dev.holdfast.cli.Main"));
  }

  private String show(InputStream in, Predicate<String> enough) throws IOException {
    var all = new StringBuilder();
    var line = new ByteArrayOutputStream();
    for (int b = in.read(); b >= 0; b = in.read()) {
      if (b != '\n') {
        line.write(b);
        continue;
      }
      String text = line.toString(StandardCharsets.UTF_8);
      line.reset();
      all.append(text).append('\n');
      say("    " + text);
      if (enough.test(text)) {
        return all.toString();
      }
    }
    if (line.size() > 0) {
      all.append(line.toString(StandardCharsets.UTF_8));
      say("    " + line.toString(StandardCharsets.UTF_8));
    }
    return all.toString();
  }

  private static String lastLine(String out) {
    String trimmed = out.stripTrailing();
    return trimmed.substring(trimmed.lastIndexOf('\n') + 1);
  }

  private static String quoted(String word) {
    return word.matches("[A-Za-z0-9._:/@=+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
