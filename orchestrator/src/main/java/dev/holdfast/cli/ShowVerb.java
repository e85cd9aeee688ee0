package dev.holdfast.cli;

import dev.holdfast.protocol.v1.GetSessionRequest;
import dev.holdfast.protocol.v1.Session;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "show",
    header = "Show one session.",
    description =
        "Prints everything known of one session, a Closed one too when its whole id is given.",
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast show web1", "  holdfast show k3v9 --output json"})
final class ShowVerb implements Callable<Integer> {

  private final Surroundings around;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Mixin Format format = new Format();

  @Parameters(
      paramLabel = "SESSION",
      description = "An id, a unique beginning of one (4 characters or more), or a unique name.")
  String id;

  ShowVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    try (var client = new Client(server, around)) {
      var request = GetSessionRequest.newBuilder().setId(id).build();
      var session = client.sessions(sessions -> sessions.getSession(request));
      switch (format.form(around)) {
        case json -> around.line(Json.of(session));
        case id -> around.line(session.getId());
        case table -> print(session, "%-14s%s");
        case tsv -> print(session, "%s\t%s");
      }
      return ExitCode.OK;
    }
  }

  private void print(Session session, String line) {
    facts(session)
        .forEach((name, value) -> around.line(String.format(line, name, Words.printable(value))));
  }

  private static Map<String, String> facts(Session session) {
    var facts = new LinkedHashMap<String, String>();
    facts.put("id", session.getId());
    facts.put("name", session.getName());
    facts.put("target", session.getTarget());
    facts.put("state", Words.state(session));
    facts.put("since", Words.time(session.getStateSince()));
    if (session.hasFailure()) {
      facts.put("failure", session.getFailure().getKind());
      facts.put("cause", session.getFailure().getCause());
      facts.put("advice", session.getFailure().getAdvice());
    }
    facts.put("available", Words.of(session.getAvailability()));
    facts.put("running", session.getRunningJob().isEmpty() ? "-" : session.getRunningJob());
    facts.put("queued", Integer.toString(session.getQueued()));
    facts.put("shell", session.getShell());
    facts.put(
        "profile",
        session.getProfile().isEmpty()
            ? "-"
            : session.getProfile() + " version " + session.getProfileVersion());
    facts.put("incarnation", Integer.toString(session.getIncarnation()));
    facts.put("generation", Integer.toString(session.getGeneration()));
    facts.put("owner", session.getOwner());
    facts.put(
        "labels", session.getLabelsMap().isEmpty() ? "-" : Words.labels(session.getLabelsMap()));
    facts.put("created", Words.time(session.getCreatedAt()));
    facts.put("idle-timeout", Durations.show(Words.span(session.getIdleTimeout())));
    facts.put("expires", session.hasExpiresAt() ? Words.time(session.getExpiresAt()) : "-");
    facts.put("ends", session.hasEndsAt() ? Words.time(session.getEndsAt()) : "-");
    return facts;
  }
}
