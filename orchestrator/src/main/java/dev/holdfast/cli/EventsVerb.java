package dev.holdfast.cli;

import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.ListEventsRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "events",
    header = "Show what happens to all sessions and jobs.",
    description = {
      "Prints the events of all your sessions and jobs, in one order that never changes.",
      "Each has a cursor (--output json shows it): the place behind it. With --from CURSOR the next ones"
          + " follow, none missing and none twice, on whatever server, whenever."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast events --since 1h",
      "  holdfast events --follow --from now --output json",
      "  holdfast events --what job-finished --what broke --from MS4w"
    })
final class EventsVerb implements Callable<Integer> {

  private final Surroundings around;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Mixin Format format = new Format();

  @Option(
      names = "--from",
      paramLabel = "CURSOR",
      description = "Begin behind this cursor, or with what happens from now on (now).")
  String from = "";

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what happens from now on, until Ctrl-C.")
  boolean follow;

  @Option(
      names = "--what",
      paramLabel = "WORD",
      description = "Only these events, such as job-finished; may be given many times.")
  List<String> what = new ArrayList<>();

  @Option(
      names = "--session",
      paramLabel = "SESSION",
      description = "Only of this session: an id, a unique beginning of one, or a unique name.")
  String session = "";

  @Option(
      names = "--target",
      paramLabel = "TARGET",
      description = "Only on this target: the exact URL or the host.")
  String target = "";

  @Option(
      names = "--who",
      paramLabel = "USER",
      description = "Only what this user did, and what came of it.")
  String who = "";

  @Mixin Span span = new Span();

  EventsVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    var wanted =
        ListEventsRequest.newBuilder()
            .setCursor(from)
            .addAllWhat(what)
            .setSession(session)
            .setTarget(target)
            .setWho(who);
    span.to(wanted, around.clock().instant());
    try (var client = new Client(server, around)) {
      var events = new EventReader(client);
      if (follow) {
        format.growing(around);
        events.follow(wanted, this::print);
      } else {
        events.all(wanted, this::print);
      }
      return ExitCode.OK;
    }
  }

  private void print(List<HistoryEntry> some) {
    new Rows(around, format).events(some);
  }
}
