package dev.holdfast.api;

import com.google.protobuf.util.Timestamps;
import dev.holdfast.chronicle.Page;
import dev.holdfast.chronicle.Place;
import dev.holdfast.directory.Row;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.ListEventsRequest;
import dev.holdfast.protocol.v1.ListEventsResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Looks through a chronicle for what is wanted, from a place on. One answer looks at {@value
 * #LOOKED_AT} entries at most, so that a rare thing in a long history costs many small questions
 * and not one without end.
 */
final class EventSearch {

  private static final int READ = 500;
  private static final int LOOKED_AT = 20_000;

  private final Reading reading;
  private final Wanted wanted;

  /** How a chronicle is read; see {@code Chronicles}. */
  interface Reading {
    CompletionStage<Page> read(Place after, int most, Duration wait);
  }

  /** Which entries are wanted; empty text, lists and times stand for all. */
  record Wanted(String session, ListEventsRequest request, Set<String> words, int size) {

    static Wanted of(ListEventsRequest request) {
      for (String text : List.of(request.getTarget(), request.getWho())) {
        Fields.check(text.length() <= 400 && Fields.printable(text), "target, who", "is too long");
      }
      Fields.check(
          (!request.hasSince() || Timestamps.isValid(request.getSince()))
              && (!request.hasUntil() || Timestamps.isValid(request.getUntil())),
          "since, until",
          "must be times");
      return new Wanted(
          "", request, Set.copyOf(request.getWhatList()), Fields.pageSize(request.getPageSize()));
    }

    Wanted of(String id) {
      return new Wanted(id, request, words, size);
    }

    boolean fits(HistoryEntry entry) {
      String who = request.getWho();
      return (session.isEmpty() || session.equals(entry.getSession()))
          && (request.getTarget().isEmpty() || Row.isOn(entry.getTarget(), request.getTarget()))
          && (who.isEmpty() || who.equals(entry.getWho()) || who.equals(entry.getOnBehalfOf()))
          && (words.isEmpty() || words.contains(entry.getWhat()))
          && (!request.hasSince() || Timestamps.compare(entry.getAt(), request.getSince()) >= 0)
          && (!request.hasUntil() || Timestamps.compare(entry.getAt(), request.getUntil()) < 0);
    }
  }

  EventSearch(Reading reading, Wanted wanted) {
    this.reading = reading;
    this.wanted = wanted;
  }

  static Refusal noCursor() {
    return Refusal.invalid("cursor", "is none that this API has given");
  }

  /** An answer; when there is nothing yet, waits for something that is wanted. */
  CompletionStage<ListEventsResponse> from(Place place, Duration wait) {
    return look(place, System.nanoTime() + wait.toNanos(), new ArrayList<>(), 0);
  }

  private CompletionStage<ListEventsResponse> look(
      Place place, long until, List<HistoryEntry> found, int lookedAt) {
    Duration left = Duration.ofNanos(Math.max(0, until - System.nanoTime()));
    return reading
        .read(place, READ, found.isEmpty() ? left : Duration.ZERO)
        .thenCompose(page -> go(place, until, found, lookedAt, page));
  }

  private CompletionStage<ListEventsResponse> go(
      Place place, long until, List<HistoryEntry> found, int lookedAt, Page page) {
    if (place.compareTo(page.head()) > 0) {
      throw noCursor();
    }
    Place at = place;
    for (HistoryEntry entry : page.entries()) {
      at = Place.of(entry.getCursor()).orElseThrow();
      if (wanted.fits(entry)) {
        found.add(entry);
        if (found.size() == wanted.size()) {
          return CompletableFuture.completedStage(answer(found, at, false));
        }
      }
    }
    int all = lookedAt + page.entries().size();
    boolean end = page.entries().size() < READ;
    boolean mayGoOn = end ? found.isEmpty() && System.nanoTime() < until : all < LOOKED_AT;
    return mayGoOn
        ? look(at, until, found, all)
        : CompletableFuture.completedStage(answer(found, at, end));
  }

  private static ListEventsResponse answer(List<HistoryEntry> found, Place next, boolean end) {
    return ListEventsResponse.newBuilder()
        .addAllEvents(found)
        .setNextCursor(next.cursor())
        .setEnd(end)
        .build();
  }
}
