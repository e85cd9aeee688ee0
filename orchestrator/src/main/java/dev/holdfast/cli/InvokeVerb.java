package dev.holdfast.cli;

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
      "  holdfast invoke db1 --background -- tail -f /var/log/syslog",
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
      names = "--background",
      description =
          "Run it at once, beside the queue, in a shell of its own on the same target; implies"
              + " --detach unless --wait is given.")
  boolean background;

  @Option(names = "--wait", description = "With --background: follow the job to its end.")
  boolean wait;

  @Mixin Work work = new Work();

  InvokeVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    int behind = Work.commandWords(spec);
    var command = words.subList(words.size() - behind, words.size());
    var request = work.request("invoke", command, around).setBackground(background).build();
    var selectors = selectors(behind);
    boolean leave = detach || (background && !wait);
    try (var client = new Client(server, around)) {
      var sessions = new Selectors(client).all(selectors);
      work.checkInput(sessions.size());
      var report = leave ? new DetachReport(around, format) : work.report(around, format, sessions);
      return new Run(client, around, request, work.input, leave)
          .in(sessions, work.throttle, report, work.kill);
    }
  }

  private List<String> selectors(int behind) {
    var selectors = words.subList(0, words.size() - behind);
    if (selectors.isEmpty()) {
      throw Failed.usage(
          "no session was given", "name it before the --, as in: invoke web1 -- uptime");
    }
    return selectors;
  }
}
