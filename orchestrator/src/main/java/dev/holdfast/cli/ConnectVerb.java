package dev.holdfast.cli;

import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionActRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "connect",
    header = "Connect sessions again, now.",
    description = {
      "Connects each session and waits until it is Opened or the attempt has failed. Succeeds and"
          + " changes nothing when it is Opened."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast connect web1", "  holdfast connect label:role=db"})
final class ConnectVerb implements Callable<Integer> {

  private static final Duration WITHIN = Duration.ofMinutes(11);

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

  ConnectVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    try (var client = new Client(server, around)) {
      return new SessionActs(around, format)
          .run(
              new Selectors(client).all(selectors),
              Crowd.USUAL,
              Session::getName,
              session -> act(client, session),
              session -> session);
    }
  }

  private Session act(Client client, Session session) {
    var request =
        SessionActRequest.newBuilder().setId(session.getId()).setKey(Client.key(null)).build();
    return client.sessions(WITHIN, sessions -> sessions.connectSession(request));
  }
}
