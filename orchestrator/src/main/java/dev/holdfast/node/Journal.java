package dev.holdfast.node;

import dev.holdfast.actor.Sessions;
import dev.holdfast.api.SessionCalls;
import dev.holdfast.api.Story;
import dev.holdfast.journal.Entry;
import dev.holdfast.protocol.v1.HistoryEntry;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.persistence.jdbc.query.javadsl.JdbcReadJournal;
import org.apache.pekko.persistence.query.PersistenceQuery;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;

/** The read side of the journal: which sessions it has, and what was done with one of them. */
final class Journal implements SessionCalls.History {

  private static final String PREFIX = Sessions.TYPE.name() + "|";

  private final ActorSystem<?> system;
  private final JdbcReadJournal journal;

  Journal(ActorSystem<?> system) {
    this.system = system;
    this.journal =
        PersistenceQuery.get(system)
            .getReadJournalFor(JdbcReadJournal.class, JdbcReadJournal.Identifier());
  }

  /** The ids of all sessions that there ever were. */
  Source<String, NotUsed> ids() {
    return journal
        .currentPersistenceIds()
        .filter(id -> id.startsWith(PREFIX))
        .map(id -> id.substring(PREFIX.length()));
  }

  @Override
  public CompletionStage<List<HistoryEntry>> read(String session, long after, int max) {
    return journal
        .currentEventsByPersistenceId(
            Sessions.persistenceId(session).id(), after + 1, Long.MAX_VALUE)
        .take(max)
        .map(envelope -> Story.of(session, envelope.sequenceNr(), (Entry) envelope.event()))
        .runWith(Sink.seq(), system);
  }
}
