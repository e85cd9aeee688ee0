package dev.holdfast.cli;

import dev.holdfast.protocol.v1.OutputMode;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "invoke",
    header = "Run a command in sessions.",
    customSynopsis = {
      "holdfast invoke [OPTIONS] SELECTOR... -- SCRIPT",
      "       holdfast invoke [OPTIONS] SELECTOR... -- COMMAND WORD...",
      "       holdfast invoke [OPTIONS] SELECTOR... --file FILE [-- ARGUMENT...]"
    },
    description = {
      "Runs a command in each session that a SELECTOR means, and passes its output on as it comes."
          + " When a session is busy the job waits for its turn; a Disconnected session connects.",
      "One argument after -- is a script for the session's shell. Several are a command whose words"
          + " arrive as they are, whatever quotes they hold. With --file they are $1 and so on.",
      "With one session the job's bytes are passed on unchanged. With several, each line begins with"
          + " the session's name; see also --group and --output json.",
      "The job's standard input is empty unless --input gives one; what is piped in is not taken by"
          + " itself.",
      "Ctrl-C leaves the job running and says how to come back to it. When the connection is lost,"
          + " it is made again and the output goes on where it stopped."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast invoke web1 -- 'cd /srv && ls | wc -l'",
      "  holdfast invoke label:role=web --group -- uname -r",
      "  holdfast invoke db1 --detach --timeout 2h -- ./backup.sh",
      "  holdfast invoke db1 --file migrate.sh -- production 42",
      "  tar c . | holdfast invoke web1 --input - -- 'tar x -C /srv'"
    })
final class InvokeVerb implements Callable<Integer> {

  private final Surroundings around;

  @Spec CommandSpec spec;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Mixin Format format = new Format();

  @Parameters(
      paramLabel = "SELECTOR",
      arity = "1..*",
      description =
          "An id, the beginning of one (4 characters or more), a name, or label:key=value; then --"
              + " and what to run.")
  List<String> words = new ArrayList<>();

  @Option(
      names = "--detach",
      description = "Do not wait: print the jobs when they are queued, and end.")
  boolean detach;

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

  InvokeVerb(Surroundings around) {
    this.around = around;
  }

  /** What happens at the output limit. */
  enum Mode {
    block,
    drop
  }

  @Override
  public Integer call() {
    var request = request();
    var selectors = selectors();
    try (var client = new Client(server, around)) {
      var sessions = new Selectors(client).all(selectors);
      if (isStandardInput(input) && sessions.size() > 1) {
        throw Failed.usage(
            "standard input can go to one session only, and these are " + sessions.size(),
            "put it into a file and give that: --input FILE");
      }
      return new Run(client, around, request.build(), input, detach)
          .in(sessions, throttle, report(sessions), kill);
    }
  }

  private Report report(List<Session> sessions) {
    if (detach) {
      return new DetachReport(around, format);
    }
    if (format.json()) {
      return new JsonReport(around);
    }
    if (group) {
      return new GroupReport(around, sessions);
    }
    return sessions.size() == 1 ? new RawReport(around) : new LineReport(around, sessions);
  }

  private SubmitJobRequest.Builder request() {
    if (isStandardInput(file) && isStandardInput(input)) {
      throw Failed.usage(
          "standard input cannot be the script and its input", "put one of them into a file");
    }
    if (input != null && !isStandardInput(input) && !Files.isReadable(input)) {
      throw Failed.refused(
          "unreadable", "the input " + input + " cannot be read", "check that it is a file");
    }
    var command = words.subList(words.size() - commandWords(), words.size());
    if (command.isEmpty() && file == null) {
      throw Failed.usage("there is no command", "put it behind --, as in: invoke web1 -- uptime");
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

  private List<String> selectors() {
    var selectors = words.subList(0, words.size() - commandWords());
    if (selectors.isEmpty()) {
      throw Failed.usage(
          "no session was given", "name it before the --, as in: invoke web1 -- uptime");
    }
    return selectors;
  }

  /** How many of the words stand behind the first {@code --}. */
  private int commandWords() {
    var given = spec.commandLine().getParseResult().originalArgs();
    int mark = given.indexOf("--");
    return mark < 0 ? 0 : given.size() - mark - 1;
  }

  private static boolean isStandardInput(Path file) {
    return file != null && file.toString().equals("-");
  }
}
