package dev.holdfast.actor.store;

import dev.holdfast.actor.store.JournalTables.Snapshot;
import dev.holdfast.actor.store.JournalTables.Snapshots;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.apache.pekko.persistence.snapshot.japi.SnapshotStore;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;
import scala.jdk.javaapi.OptionConverters;

/**
 * A Pekko snapshot store on the tables of {@code journal.db}. Snapshots share the journal's writer,
 * and so its commits.
 */
public final class EmbeddedSnapshots extends SnapshotStore {
  private final EmbeddedStore store = EmbeddedStore.ID.get(context().system());

  @Override
  public Future<Optional<SelectedSnapshot>> doLoadAsync(
      String persistenceId, SnapshotSelectionCriteria criteria) {
    return FutureConverters.asScala(
        store.ask(
            tables -> {
              Found found = new Found(persistenceId);
              tables.newest(matching(persistenceId, criteria), found);
              return Optional.ofNullable(found.snapshot);
            }));
  }

  /** Keeps what was read. */
  private final class Found implements JournalTables.Reader {
    private final String persistenceId;
    private SelectedSnapshot snapshot;

    Found(String persistenceId) {
      this.persistenceId = persistenceId;
    }

    @Override
    public void row(ResultSet row) throws SQLException {
      SnapshotMetadata metadata =
          new SnapshotMetadata(
              persistenceId,
              row.getLong(1),
              row.getLong(2),
              OptionConverters.toScala(store.unpack(row, 6)));
      snapshot = SelectedSnapshot.create(metadata, store.unpack(row, 3).orElseThrow());
    }
  }

  @Override
  public Future<Void> doSaveAsync(SnapshotMetadata metadata, Object state) {
    CompletableFuture<Void> saved;
    try {
      Snapshot snapshot =
          new Snapshot(
              metadata.persistenceId(),
              metadata.sequenceNr(),
              metadata.timestamp(),
              store.pack(state),
              OptionConverters.toJava(metadata.metadata()).map(store::pack).orElse(null));
      saved = store.change(tables -> tables.save(snapshot));
    } catch (Exception e) {
      saved = CompletableFuture.failedFuture(e);
    }
    return FutureConverters.asScala(saved);
  }

  @Override
  public Future<Void> doDeleteAsync(SnapshotMetadata metadata) {
    long number = metadata.sequenceNr();
    Snapshots one =
        new Snapshots(metadata.persistenceId(), number, number, Long.MIN_VALUE, Long.MAX_VALUE);
    return FutureConverters.asScala(store.change(tables -> tables.discard(one)));
  }

  @Override
  public Future<Void> doDeleteAsync(String persistenceId, SnapshotSelectionCriteria criteria) {
    Snapshots which = matching(persistenceId, criteria);
    return FutureConverters.asScala(store.change(tables -> tables.discard(which)));
  }

  private static Snapshots matching(String persistenceId, SnapshotSelectionCriteria criteria) {
    return new Snapshots(
        persistenceId,
        criteria.minSequenceNr(),
        criteria.maxSequenceNr(),
        criteria.minTimestamp(),
        criteria.maxTimestamp());
  }
}
