package dev.holdfast.cli;

import dev.holdfast.protocol.v1.OutputMode;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/**
 * What to run, and how its output is shown: the options that all verbs have which run something.
 */
final class Work {

  @Option(
      names = "--timeout",
      paramLabel = "DURATION",
      converter = Durations.class,
      description = "Longest run time of the job, 1s to 365d. Default: none.")
  Duration timeout;

  @Option(
      names = "--throttle",
      paramLabel = "N",
      description = "In how many sessions at a time. Default: ${DEFAULT-VALUE}.")
  int throttle = Crowd.USUAL;

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description = "Run this script, at most 1 MiB; it travels by content. - is standard input.")
  Path file;

  @Option(
      names = "--key",
      paramLabel = "KEY",
      description =
          "Idempotency key, 1 to 128 characters: in a session, the same key gives the same job."
              + " Default: a new one.")
  String key;

  @Option(
      names = "--label-text",
      paramLabel = "TEXT",
      description = "What people see as the command. Default: the script or the words.")
  String labelText = "";

  @Option(
      names = "--output-limit",
      paramLabel = "SIZE",
      converter = Sizes.class,
      description =
          "Unread bytes kept of each stream, 64K to 1T; 0 is no limit. Default: ${DEFAULT-VALUE}.")
  long outputLimit;

  @Option(
      names = "--output-mode",
      paramLabel = "MODE",
      description =
          "At the limit: block (the job waits for a reader) or drop (the oldest output goes, and the"
              + " reader is told how much). Default: ${DEFAULT-VALUE}.")
  Mode outputMode = Mode.block;

  @Option(
      names = "--input",
      paramLabel = "FILE",
      description = "Standard input of the job. - is our own standard input, for one session only.")
  Path input;

  @Option(
      names = "--group",
      description =
          "With several sessions: show equal output once, at the end, with the names that gave it.")
  boolean group;

  @Option(
      names = "--kill-on-interrupt",
      description = "Ctrl-C cancels the jobs instead of leaving them running.")
  boolean kill;

  /** What happens at the output limit. */
  enum Mode {
    block,
    drop
  }

  /** How the results are shown of jobs that are followed. */
  Report report(Surroundings around, Format format, List<Session> sessions) {
    if (format.json()) {
      return new JsonReport(around);
    }
    if (group) {
      return new GroupReport(around, sessions);
    }
    return sessions.size() == 1 ? new RawReport(around) : new LineReport(around, sessions);
  }

  /**
   * What is to be submitted, still without a session.
   *
   * @param verb with what to say how it is written
   */
  SubmitJobRequest.Builder request(String verb, List<String> command, Surroundings around) {
    if (isStandardInput(file) && isStandardInput(input)) {
      throw Failed.usage(
          "standard input cannot be the script and its input", "put one of them into a file");
    }
    if (input != null && !isStandardInput(input) && !Files.isReadable(input)) {
      throw Failed.refused(
          "unreadable", "the input " + input + " cannot be read", "check that it is a file");
    }
    if (command.isEmpty() && file == null) {
      throw Failed.usage(
          "there is no command", "put it behind --, as in: " + verb + " web1 -- uptime");
    }
    var request =
        Payload.of(file, command, around.in())
            .setOutputLimit(outputLimit)
            .setOutputMode(outputMode == Mode.drop ? OutputMode.DROP : OutputMode.BLOCK)
            .setHasInput(input != null)
            .setKey(Client.key(key))
            .setLabel(labelText);
    if (timeout != null) {
      request.setTimeout(Durations.proto(timeout));
    }
    return request;
  }

  /** Standard input can be given to one only. */
  void checkInput(int several) {
    if (isStandardInput(input) && several > 1) {
      throw Failed.usage(
          "standard input can go to one session only, and these are " + several,
          "put it into a file and give that: --input FILE");
    }
  }

  /** How many of the words on the command line stand behind the first {@code --}. */
  static int commandWords(CommandSpec spec) {
    var given = spec.commandLine().getParseResult().originalArgs();
    int mark = given.indexOf("--");
    return mark < 0 ? 0 : given.size() - mark - 1;
  }

  private static boolean isStandardInput(Path file) {
    return file != null && file.toString().equals("-");
  }
}
