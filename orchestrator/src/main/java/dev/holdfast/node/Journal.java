package dev.holdfast.node;

import com.google.protobuf.Timestamp;
import dev.holdfast.actor.Sessions;
import dev.holdfast.api.SessionCalls;
import dev.holdfast.journal.Entry;
import dev.holdfast.journal.Rightful;
import dev.holdfast.protocol.v1.HistoryEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.persistence.query.EventEnvelope;
import org.apache.pekko.persistence.query.Offset;
import org.apache.pekko.persistence.query.javadsl.CurrentEventsByPersistenceIdQuery;
import org.apache.pekko.persistence.query.javadsl.CurrentEventsByTagQuery;
import org.apache.pekko.stream.javadsl.Sink;

/** What is read from the journal beside the sessions themselves. */
final class Journal implements SessionCalls.History {

  private final ActorSystem<?> system;
  private final CurrentEventsByPersistenceIdQuery byId;
  private final Supplier<CompletionStage<Set<String>>> living;

  /**
   * @param living finds the ids of all sessions that were opened and have not ended
   */
  Journal(
      ActorSystem<?> system,
      CurrentEventsByPersistenceIdQuery byId,
      Supplier<CompletionStage<Set<String>>> living) {
    this.system = system;
    this.byId = byId;
    this.living = living;
  }

  /** One whose sessions are found by the tags of their first and last events. */
  static <T extends CurrentEventsByPersistenceIdQuery & CurrentEventsByTagQuery> Journal byTags(
      ActorSystem<?> system, T events) {
    return new Journal(
        system,
        events,
        () ->
            sessionsTagged(system, events, Sessions.OPENED_TAG)
                .thenCombine(
                    sessionsTagged(system, events, Sessions.CLOSED_TAG), Journal::without));
  }

  /** Begins with the last one that was told, because its term tells which of the next are right. */
  @Override
  public CompletionStage<List<HistoryEntry>> read(String session, long after, int max) {
    String id = Sessions.persistenceId(session).id();
    var found = new ArrayList<HistoryEntry>();
    var rightful =
        new Rightful<EventEnvelope>(
            envelope -> (Entry) envelope.event(),
            envelope -> {
              if (envelope.sequenceNr() > after) {
                found.add(entry(session, envelope.sequenceNr(), (Entry) envelope.event()));
              }
            });
    return byId.currentEventsByPersistenceId(id, Math.max(1, after), Long.MAX_VALUE)
        .takeWhile(
            envelope -> {
              rightful.offer(envelope.sequenceNr(), envelope);
              return found.size() < max;
            })
        .runWith(Sink.ignore(), system)
        .thenApply(
            done -> {
              rightful.end();
              return found.subList(0, Math.min(max, found.size()));
            });
  }

  /** The ids of all sessions that were opened and have not ended. */
  CompletionStage<Set<String>> living() {
    return living.get();
  }

  private static Set<String> without(Set<String> opened, Set<String> closed) {
    opened.removeAll(closed);
    return opened;
  }

  private static CompletionStage<Set<String>> sessionsTagged(
      ActorSystem<?> system, CurrentEventsByTagQuery events, String tag) {
    return events
        .currentEventsByTag(tag, Offset.noOffset())
        .map(EventEnvelope::persistenceId)
        .<Set<String>>runFold(new TreeSet<>(), Journal::withSession, system);
  }

  private static Set<String> withSession(Set<String> ids, String persistenceId) {
    ids.add(persistenceId.substring(persistenceId.indexOf('|') + 1));
    return ids;
  }

  static HistoryEntry entry(String session, long number, Entry entry) {
    var words = HistoryWords.of(entry.event());
    var to =
        HistoryEntry.newBuilder()
            .setNumber(number)
            .setAt(time(entry.at()))
            .setWho(entry.by().who())
            .setFrom(entry.by().from())
            .setWhat(words.what())
            .setDetail(words.detail());
    entry.event().job().ifPresent(job -> to.setJob(session + "." + job));
    return to.build();
  }

  private static Timestamp time(Instant at) {
    return Timestamp.newBuilder().setSeconds(at.getEpochSecond()).setNanos(at.getNano()).build();
  }
}
