package dev.holdfast.node;

import dev.holdfast.actor.Sessions;
import dev.holdfast.api.SessionCalls;
import dev.holdfast.journal.Entry;
import dev.holdfast.journal.Rightful;
import dev.holdfast.protocol.v1.HistoryEntry;
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
  private final Stories stories = new Stories();

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

  /**
   * Begins where it has read the session to, and with the last event there, because its term tells
   * which of the next are right; else with the first one.
   */
  @Override
  public CompletionStage<List<HistoryEntry>> read(String session, long after, int max) {
    String id = Sessions.persistenceId(session).id();
    var found = new ArrayList<HistoryEntry>();
    var story = stories.of(session, after);
    var rightful =
        new Rightful<EventEnvelope>(
            envelope -> (Entry) envelope.event(),
            envelope -> {
              long number = envelope.sequenceNr();
              if (number > story.upTo() && found.size() < max) {
                var entry = story.tell(number, (Entry) envelope.event());
                if (number > after) {
                  found.add(entry);
                }
              }
            });
    return byId.currentEventsByPersistenceId(id, Math.max(1, story.upTo()), Long.MAX_VALUE)
        .takeWhile(
            envelope -> {
              rightful.offer(envelope.sequenceNr(), envelope);
              return found.size() < max;
            })
        .runWith(Sink.ignore(), system)
        .thenApply(
            done -> {
              rightful.end();
              stories.keep(session, story);
              return found;
            });
  }

  /** How the journal itself is read. */
  CurrentEventsByPersistenceIdQuery events() {
    return byId;
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
}
