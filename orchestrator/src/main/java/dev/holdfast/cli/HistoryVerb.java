package dev.holdfast.cli;

import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.ListEventsRequest;
import dev.holdfast.protocol.v1.ListHistoryRequest;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "history",
    header = "Show what was done: with a session, on a target, by a user.",
    description = {
      "Prints a history, oldest first: who did what, from where, when, and with what outcome. Nothing is"
          + " ever taken out of it.",
      "Of one session, or over all sessions on a target or of a user; --target and --who may be"
          + " combined, also with a session."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  holdfast history web1",
      "  holdfast history --target db1.example.org --since 24h",
      "  holdfast history --who anna --since 2026-11-01 --until 2026-12-01 -o json",
      "  holdfast history web1 --follow"
    })
final class HistoryVerb implements Callable<Integer> {

  private static final int PAGE = 1000;

  private final Surroundings around;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Mixin Format format = new Format();

  @Parameters(
      paramLabel = "SESSION",
      arity = "0..1",
      description = "An id, a unique beginning of one (4 characters or more), or a unique name.")
  String id = "";

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

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what happens from now on, until Ctrl-C.")
  boolean follow;

  HistoryVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    if (id.isEmpty() && target.isEmpty() && who.isEmpty()) {
      throw Failed.usage(
          "whose history is wanted is missing", "name a session, a --target or a user by --who");
    }
    if (follow) {
      format.growing(around);
    }
    try (var client = new Client(server, around)) {
      var events = new EventReader(client);
      return target.isEmpty() && who.isEmpty() ? ofSession(client, events) : found(events);
    }
  }

  /** Straight from the session; what follows begins before that was read, and is told once. */
  private int ofSession(Client client, EventReader events) {
    String now = follow ? events.now() : "";
    var entries = new ArrayList<HistoryEntry>();
    var request = ListHistoryRequest.newBuilder().setId(id).setPageSize(PAGE);
    do {
      var page = client.sessions(sessions -> sessions.listHistory(request.build()));
      entries.addAll(page.getEntriesList());
      request.setPageToken(page.getNextPageToken());
    } while (!request.getPageToken().isEmpty());
    Instant at = around.clock().instant();
    print(entries.stream().filter(entry -> span.has(entry, at)).toList());
    if (follow) {
      long last = entries.isEmpty() ? 0 : entries.get(entries.size() - 1).getNumber();
      var wanted = ListEventsRequest.newBuilder().setSession(id).setCursor(now);
      span.to(wanted, at);
      events.follow(
          wanted, some -> print(some.stream().filter(entry -> entry.getNumber() > last).toList()));
    }
    return ExitCode.OK;
  }

  private int found(EventReader events) {
    var wanted = ListEventsRequest.newBuilder().setSession(id).setTarget(target).setWho(who);
    span.to(wanted, around.clock().instant());
    if (follow) {
      events.follow(wanted, this::print);
    } else if (format.form(around) == Format.Form.table) {
      var all = new ArrayList<HistoryEntry>();
      events.all(wanted, all::addAll);
      print(all);
    } else {
      events.all(wanted, this::print);
    }
    return ExitCode.OK;
  }

  private void print(List<HistoryEntry> entries) {
    if (id.isEmpty()) {
      new Rows(around, format).events(entries);
    } else {
      new Rows(around, format).history(entries);
    }
  }
}
