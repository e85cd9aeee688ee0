package dev.holdfast.cli;

import dev.holdfast.protocol.v1.RemoveSessionRequest;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "remove",
    header = "End sessions.",
    description = {
      "Stops the jobs of each session and ends its far side. A session is Closed once the far side"
          + " has confirmed; while it cannot be reached it is Disconnected (removing), and the server"
          + " goes on trying for as long as it takes."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast remove web1",
      "  holdfast remove label:env=test --wait 2m",
      "  holdfast remove k3v9 --force"
    })
final class RemoveVerb implements Callable<Integer> {

  private final Surroundings around;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Mixin Format format = new Format();

  @Parameters(
      paramLabel = "SELECTOR",
      arity = "1..*",
      description =
          "An id, the beginning of one (4 characters or more), a name, or label:key=value.")
  List<String> selectors = new ArrayList<>();

  @Option(
      names = "--wait",
      paramLabel = "DURATION",
      converter = Durations.class,
      description = "How long to wait for the far side's confirmation, 0 to 10m. Default: 30s.")
  Duration wait = Duration.ofSeconds(30);

  @Option(
      names = "--force",
      description =
          "Forget the session even when its far side cannot be reached; the history says so.")
  boolean force;

  RemoveVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    try (var client = new Client(server, around)) {
      var sessions = new Selectors(client).all(selectors);
      return new SessionActs(around, format)
          .run(
              sessions,
              Crowd.USUAL,
              Session::getName,
              session -> remove(client, session),
              session -> session);
    }
  }

  private Session remove(Client client, Session session) {
    var request =
        RemoveSessionRequest.newBuilder()
            .setId(session.getId())
            .setWait(Durations.proto(wait))
            .setForce(force)
            .setKey(Client.key(null))
            .build();
    var removed =
        client.sessions(wait.plusSeconds(60), sessions -> sessions.removeSession(request));
    if (removed.getState() != SessionState.CLOSED) {
      around.say(
          "holdfast: "
              + session.getName()
              + ": its far side has not confirmed yet; the server goes on trying");
    }
    return removed;
  }
}
