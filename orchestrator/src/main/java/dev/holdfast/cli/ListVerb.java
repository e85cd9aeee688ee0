package dev.holdfast.cli;

import dev.holdfast.protocol.v1.ListSessionsRequest;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionState;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "list",
    header = "List sessions.",
    description = {
      "Lists sessions, newest first. Never waits for a target: the answer is what the server knows.",
      "Without --state, and with a selector, Closed sessions are left out."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast list",
      "  holdfast list --state broken --label env=prod",
      "  holdfast list --name 'web*' --output json | jq -r .target"
    })
final class ListVerb implements Callable<Integer> {

  private final Surroundings around;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Mixin Format format = new Format();

  @Parameters(
      paramLabel = "SELECTOR",
      arity = "0..1",
      description =
          "An id, the beginning of one (4 characters or more), a name, or label:key=value.")
  String selector = "";

  @Option(
      names = "--state",
      paramLabel = "STATE",
      split = ",",
      description = "Only these states: opened, disconnected, broken, closed.")
  List<String> states = new ArrayList<>();

  @Option(names = "--target", paramLabel = "TARGET", description = "Only this exact URL or host.")
  String target = "";

  @Option(
      names = "--name",
      paramLabel = "GLOB",
      description = "Only names that fit; * is any text and ? is one character.")
  String name = "";

  @Option(
      names = "--label",
      paramLabel = "KEY[=VALUE]",
      description = "Only sessions with this label; may be given many times, then all must fit.")
  List<String> labels = new ArrayList<>();

  ListVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    var request =
        ListSessionsRequest.newBuilder()
            .addAllStates(wantedStates())
            .setTarget(target)
            .setName(name)
            .addAllLabels(labels)
            .setSelector(selector);
    var rows = new Rows(around, format);
    try (var client = new Client(server, around)) {
      var all = new ArrayList<Session>();
      new Selectors(client)
          .pages(
              request,
              page -> {
                all.addAll(page);
                if (format.form(around) != Format.Form.table) {
                  rows.sessions(all);
                  all.clear();
                }
              });
      rows.sessions(all);
      return ExitCode.OK;
    }
  }

  private List<SessionState> wantedStates() {
    if (states.isEmpty()) {
      return selector.isEmpty()
          ? List.of(SessionState.OPENED, SessionState.DISCONNECTED, SessionState.BROKEN)
          : List.of();
    }
    return states.stream().map(ListVerb::state).toList();
  }

  private static SessionState state(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "opened" -> SessionState.OPENED;
      case "disconnected" -> SessionState.DISCONNECTED;
      case "broken" -> SessionState.BROKEN;
      case "closed" -> SessionState.CLOSED;
      default ->
          throw Failed.usage(
              "'" + text + "' is no state of a session",
              "the states are opened, disconnected, broken and closed");
    };
  }
}
