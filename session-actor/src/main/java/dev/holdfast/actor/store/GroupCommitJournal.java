package dev.holdfast.actor.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.journal.Tagged;
import org.apache.pekko.persistence.journal.japi.AsyncWriteJournal;
import scala.concurrent.Future;
import scala.jdk.javaapi.CollectionConverters;
import scala.jdk.javaapi.FutureConverters;
import scala.jdk.javaapi.OptionConverters;

/**
 * A Pekko journal on the tables of {@code journal.db}. An event is acknowledged when the commit
 * that holds it is on the disk; events of different entities that come while the disk is busy are
 * committed together, see {@link CommitQueue}.
 *
 * <p>Replays run beside the writer on connections of their own, and begin when what was queued
 * before them is done, so an entity that is started again sees everything its predecessor wrote.
 */
public final class GroupCommitJournal extends AsyncWriteJournal {
  private final EmbeddedStore store = EmbeddedStore.ID.get(context().system());

  @Override
  public Future<Iterable<Optional<Exception>>> doAsyncWriteMessages(
      Iterable<AtomicWrite> messages) {
    List<JournalTables.Event> rows = new ArrayList<>();
    List<Optional<Exception>> rejected = new ArrayList<>();
    for (AtomicWrite write : messages) {
      rejected.add(pack(write, rows));
    }
    CompletableFuture<Void> done =
        rows.isEmpty()
            ? CompletableFuture.completedFuture(null)
            : store.change(
                table -> {
                  for (JournalTables.Event row : rows) {
                    table.insert(row);
                  }
                });
    return FutureConverters.asScala(done.thenApply(nothing -> rejected));
  }

  /** Adds a write's events, all or, when one cannot be serialized, none; then says why. */
  private Optional<Exception> pack(AtomicWrite write, List<JournalTables.Event> rows) {
    List<JournalTables.Event> packed = new ArrayList<>();
    try {
      for (PersistentRepr event : CollectionConverters.asJava(write.payload())) {
        packed.add(pack(event));
      }
    } catch (Exception e) {
      return Optional.of(e);
    }
    rows.addAll(packed);
    return Optional.empty();
  }

  private JournalTables.Event pack(PersistentRepr event) {
    Object payload = event.payload();
    Set<String> tags = Set.of();
    if (payload instanceof Tagged tagged) {
      payload = tagged.payload();
      tags = CollectionConverters.asJava(tagged.tags());
    }
    return new JournalTables.Event(
        event.persistenceId(),
        event.sequenceNr(),
        event.writerUuid(),
        event.timestamp() == 0 ? System.currentTimeMillis() : event.timestamp(),
        event.manifest(),
        store.pack(payload),
        OptionConverters.toJava(event.metadata()).map(store::pack).orElse(null),
        tags);
  }

  @Override
  public Future<Void> doAsyncDeleteMessagesTo(String persistenceId, long toSequenceNr) {
    return FutureConverters.asScala(
        store.change(table -> table.delete(persistenceId, toSequenceNr)));
  }

  @Override
  public Future<Long> doAsyncReadHighestSequenceNr(String persistenceId, long fromSequenceNr) {
    return FutureConverters.asScala(store.ask(table -> table.highest(persistenceId)));
  }

  @Override
  public Future<Void> doAsyncReplayMessages(
      String persistenceId, long from, long to, long max, Consumer<PersistentRepr> replay) {
    return FutureConverters.asScala(
        store.ask(
            table -> {
              table.replay(
                  persistenceId, from, to, max, row -> replay.accept(unpack(persistenceId, row)));
              return null;
            }));
  }

  private PersistentRepr unpack(String persistenceId, ResultSet row) throws SQLException {
    PersistentRepr event =
        PersistentRepr.apply(
                store.unpack(row, 5).orElseThrow(),
                row.getLong(1),
                persistenceId,
                row.getString(4),
                false,
                null,
                row.getString(2))
            .withTimestamp(row.getLong(3));
    return store.unpack(row, 8).map(event::withMetadata).orElse(event);
  }
}
