package dev.holdfast.api;

import dev.holdfast.chronicle.Chronicles;
import dev.holdfast.chronicle.Herald;
import dev.holdfast.chronicle.Place;
import dev.holdfast.directory.Directory;
import dev.holdfast.protocol.v1.EventsGrpc;
import dev.holdfast.protocol.v1.ListEventsRequest;
import dev.holdfast.protocol.v1.ListEventsResponse;
import dev.holdfast.session.Origin;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;

/** The calls of the Events service, answered from the caller's chronicle. */
public final class EventCalls extends EventsGrpc.EventsImplBase {

  private static final Duration LONGEST = Duration.ofMinutes(1);
  private static final Duration STREAM = Duration.ofSeconds(30);

  private final Access access;
  private final Chronicles chronicles;
  private final Herald herald;

  public EventCalls(
      Directory directory,
      Asks asks,
      Administrators administrators,
      Chronicles chronicles,
      Herald herald) {
    this.access = new Access(directory, asks, administrators);
    this.chronicles = chronicles;
    this.herald = herald;
  }

  @Override
  public void listEvents(ListEventsRequest request, StreamObserver<ListEventsResponse> caller) {
    Calls.answer(
        caller,
        () -> {
          Duration wait =
              Fields.duration(
                  "wait",
                  request::hasWait,
                  request.getWait(),
                  Duration.ZERO,
                  Duration.ZERO,
                  LONGEST);
          Origin by = Caller.current();
          return wanted(request, by)
              .thenCompose(
                  wanted ->
                      herald
                          .settled(by.tenant())
                          .thenCompose(settled -> begin(request.getCursor(), by))
                          .thenCompose(place -> search(by, wanted).from(place, wait)));
        });
  }

  @Override
  public void followEvents(ListEventsRequest request, StreamObserver<ListEventsResponse> caller) {
    var stream = (ServerCallStreamObserver<ListEventsResponse>) caller;
    Origin by = Caller.current();
    var follower = new Stream(stream);
    stream.setOnReadyHandler(follower::go);
    stream.setOnCancelHandler(() -> {});
    try {
      var unused =
          wanted(request, by)
              .thenCombine(
                  begin(request.getCursor(), by),
                  (wanted, place) -> {
                    follower.start(search(by, wanted), place);
                    return place;
                  })
              .exceptionally(
                  failed -> {
                    follower.fail(failed);
                    return Place.START;
                  });
    } catch (RuntimeException e) {
      follower.fail(e);
    }
  }

  private EventSearch search(Origin by, EventSearch.Wanted wanted) {
    return new EventSearch(
        (place, most, wait) -> chronicles.read(by.tenant(), place, most, wait), wanted);
  }

  private CompletionStage<EventSearch.Wanted> wanted(ListEventsRequest request, Origin by) {
    var wanted = EventSearch.Wanted.of(request);
    return request.getSession().isEmpty()
        ? CompletableFuture.completedStage(wanted)
        : access
            .find(Fields.selector("session", request.getSession()), by)
            .thenApply(session -> wanted.of(session.core().id()));
  }

  private CompletionStage<Place> begin(String cursor, Origin by) {
    if (cursor.isEmpty()) {
      return CompletableFuture.completedStage(Place.START);
    } else if (cursor.equals("now")) {
      return chronicles.head(by.tenant());
    }
    return CompletableFuture.completedStage(Place.of(cursor).orElseThrow(EventSearch::noCursor));
  }

  /** One stream: an answer after the other, as fast as they are taken. */
  private static final class Stream {
    private final ServerCallStreamObserver<ListEventsResponse> to;
    private final AtomicBoolean underWay = new AtomicBoolean(true);
    private volatile EventSearch search;
    private volatile Place place = Place.START;

    Stream(ServerCallStreamObserver<ListEventsResponse> to) {
      this.to = to;
    }

    void start(EventSearch events, Place first) {
      search = events;
      place = first;
      underWay.set(false);
      go();
    }

    /** Sends the next answer, unless one is on its way or the caller has not taken the last. */
    void go() {
      if (to.isCancelled() || !to.isReady() || !underWay.compareAndSet(false, true)) {
        return;
      }
      var unused =
          search
              .from(place, STREAM)
              .whenComplete(
                  (answer, failed) -> {
                    if (failed != null) {
                      fail(failed);
                      return;
                    }
                    if (!to.isCancelled()) {
                      place = Place.of(answer.getNextCursor()).orElseThrow();
                      to.onNext(answer);
                    }
                    underWay.set(false);
                    go();
                  });
    }

    void fail(Throwable why) {
      if (!to.isCancelled()) {
        to.onError(Failures.of(why));
      }
    }
  }
}
