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
    name = "disconnect",
    header = "Give up the links of sessions.",
    description = {
      "Gives up the link of each session; its shell lives on at the target, with its variables and"
          + " its running job, until its idle timeout. Succeeds and changes nothing when there is no"
          + " link."
    },
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast disconnect web1", "  holdfast disconnect label:env=test"})
final class DisconnectVerb implements Callable<Integer> {

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

  DisconnectVerb(Surroundings around) {
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
    return client.sessions(WITHIN, sessions -> sessions.disconnectSession(request));
  }
}
