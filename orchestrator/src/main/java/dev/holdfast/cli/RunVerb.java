package dev.holdfast.cli;

import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.RemoveSessionRequest;
import dev.holdfast.protocol.v1.Session;
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
    name = "run",
    header = "Run a command on targets, and leave no session behind.",
    customSynopsis = {
      "holdfast run [OPTIONS] TARGET... -- SCRIPT",
      "       holdfast run [OPTIONS] TARGET... -- COMMAND WORD...",
      "       holdfast run [OPTIONS] TARGET... --file FILE [-- ARGUMENT...]"
    },
    description = {
      "Opens a session on each TARGET, runs the command in it as `holdfast invoke` does, passes its"
          + " output on, and removes the session. What holds for invoke holds here: the command is"
          + " started once at most, and goes on when this program, the link or a server is lost.",
      "When this program ends before the command does, the session stays until --stay after the"
          + " command's end, so that `holdfast receive JOB` gives the output.",
      "A target is ssh://[user@]host[:port], [user@]host, or local: for the server's own machine."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast run web1 web2 -- uptime",
      "  holdfast run ssh://admin@db1:2222 --timeout 1h --file check.sh -- --all",
      "  holdfast run web1 --detach --stay 7d -- ./nightly.sh"
    })
final class RunVerb implements Callable<Integer> {

  private final Surroundings around;

  @Spec CommandSpec spec;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Mixin Format format = new Format();

  @Parameters(
      paramLabel = "TARGET",
      arity = "1..*",
      description = "Where to run it; may be given many times; then -- and what to run.")
  List<String> words = new ArrayList<>();

  @Option(
      names = "--detach",
      description = "Do not wait: print the jobs when they are queued, and end.")
  boolean detach;

  @Option(
      names = "--stay",
      paramLabel = "DURATION",
      converter = Durations.class,
      description =
          "How long the session stays after the command's end when nobody receives its output, 1s"
              + " to 365d. Default: 10m.")
  Duration stay = Duration.ofMinutes(10);

  @Option(
      names = "--shell",
      paramLabel = "SHELL",
      description =
          "Shell that runs it: a name in the target's PATH or a path. Default: the profile's,"
              + " else sh.")
  String shell = "";

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = "Profile to open the session with; see `holdfast profile`.")
  String profile = "";

  @Option(
      names = "--connect-timeout",
      paramLabel = "DURATION",
      converter = Durations.class,
      description = "How long the opening may take, 1s to 10m. Default: 30s.")
  Duration connectTimeout = Duration.ofSeconds(30);

  @Mixin Work work = new Work();

  RunVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    int behind = Work.commandWords(spec);
    var command = words.subList(words.size() - behind, words.size());
    var request = work.request("run", command, around).build();
    var targets = words.subList(0, words.size() - behind);
    if (targets.isEmpty()) {
      throw Failed.usage("no target was given", "name it before the --, as in: run web1 -- uptime");
    }
    var wanted = targets.stream().map(RunVerb::wanted).toList();
    work.checkInput(wanted.size());
    try (var client = new Client(server, around)) {
      var report = detach ? new DetachReport(around, format) : work.report(around, format, wanted);
      return new Run(client, around, request, work.input, detach)
          .at(new ForOnce(client, request.getKey()))
          .in(wanted, work.throttle, report, work.kill);
    }
  }

  /** What is shown of a target before it has a session. */
  private static Session wanted(String target) {
    String host = target.replaceFirst("^[a-z]+://", "").replaceFirst("^.*@", "");
    return Session.newBuilder()
        .setTarget(target)
        .setName(host.startsWith("[") ? host : host.replaceFirst(":\\d*$", ""))
        .build();
  }

  /** A session that is opened for one command. */
  private final class ForOnce implements Run.Place {
    private final Client client;
    private final String key;

    ForOnce(Client client, String key) {
      this.client = client;
      this.key = key;
    }

    @Override
    public Session enter(Session wanted) {
      var request =
          CreateSessionRequest.newBuilder()
              .setTarget(wanted.getTarget())
              .setShell(shell)
              .setProfile(profile)
              .setConnectTimeout(Durations.proto(connectTimeout))
              .setRemoveAfter(Durations.proto(stay))
              .setKey(NewVerb.keyOf("run/" + key, wanted.getTarget()))
              .build();
      return client.sessions(
          connectTimeout.plusSeconds(60), sessions -> sessions.createSession(request));
    }

    /** The removal goes on by itself once it is asked for. */
    @Override
    public void leave(Session session) {
      var request =
          RemoveSessionRequest.newBuilder()
              .setId(session.getId())
              .setWait(Durations.proto(Duration.ZERO))
              .build();
      client.sessions(sessions -> sessions.removeSession(request));
    }
  }
}
