package dev.holdfast.cli;

import com.google.protobuf.Duration;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.ListEventsRequest;
import dev.holdfast.protocol.v1.ListEventsResponse;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads events, each once and in order: it knows the cursor to go on from, so a node that goes away
 * in the middle leaves no gap and no repeat.
 */
final class EventReader {

  private static final int PAGE = 1000;
  private static final int WAIT_SECONDS = 30;
  private static final java.time.Duration ANSWER = java.time.Duration.ofMinutes(2);

  private final Client client;

  EventReader(Client client) {
    this.client = client;
  }

  /** The cursor behind all that has happened. */
  String now() {
    return page(ListEventsRequest.newBuilder().setCursor("now")).getNextCursor();
  }

  /** All there is; returns the cursor behind it. */
  String all(ListEventsRequest.Builder wanted, Consumer<List<HistoryEntry>> each) {
    ListEventsResponse page;
    do {
      page = page(wanted);
      each.accept(page.getEventsList());
      wanted.setCursor(page.getNextCursor());
    } while (!page.getEnd());
    return page.getNextCursor();
  }

  /** All there is and all that comes; ends only by Ctrl-C or an error. */
  void follow(ListEventsRequest.Builder wanted, Consumer<List<HistoryEntry>> each) {
    while (true) {
      var page = page(wanted.setWait(Duration.newBuilder().setSeconds(WAIT_SECONDS)));
      if (page.getEventsCount() > 0) {
        each.accept(page.getEventsList());
      }
      wanted.setCursor(page.getNextCursor());
    }
  }

  private ListEventsResponse page(ListEventsRequest.Builder wanted) {
    wanted.setPageSize(PAGE);
    return client.events(ANSWER, events -> events.listEvents(wanted.build()));
  }
}
