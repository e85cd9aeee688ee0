package dev.holdfast.cli;

import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.ListHistoryRequest;
import java.util.ArrayList;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "history",
    header = "Show what was done with a session.",
    description =
        "Prints the history of a session, oldest first: who did what, from where, when, and with what"
            + " outcome. Nothing is ever taken out of it.",
    footerHeading = "%nExamples:%n",
    footer = {"  holdfast history web1", "  holdfast history k3v9 --output json"})
final class HistoryVerb implements Callable<Integer> {

  private static final int PAGE = 1000;

  private final Surroundings around;

  @ArgGroup(validate = false, heading = ServerOptions.HEADING)
  ServerOptions server = new ServerOptions();

  @Mixin Format format = new Format();

  @Parameters(
      paramLabel = "SESSION",
      description = "An id, a unique beginning of one (4 characters or more), or a unique name.")
  String id;

  HistoryVerb(Surroundings around) {
    this.around = around;
  }

  @Override
  public Integer call() {
    var entries = new ArrayList<HistoryEntry>();
    var request = ListHistoryRequest.newBuilder().setId(id).setPageSize(PAGE);
    try (var client = new Client(server, around)) {
      do {
        var page = client.sessions(sessions -> sessions.listHistory(request.build()));
        entries.addAll(page.getEntriesList());
        request.setPageToken(page.getNextPageToken());
      } while (!request.getPageToken().isEmpty());
    }
    new Rows(around, format).history(entries);
    return ExitCode.OK;
  }
}
