package dev.holdfast.actor.store;

import com.typesafe.config.Config;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.journal.Tagged;
import org.apache.pekko.persistence.journal.japi.AsyncWriteJournal;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
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
  private final Serialization serialization;
  private final CommitQueue changes;
  private final ExecutorService readers;
  private final BlockingQueue<EventTable> idle;

  /**
   * @param config the plugin's settings: {@code url}, {@code queue-size}, {@code readers}
   */
  public GroupCommitJournal(Config config) throws SQLException {
    serialization = SerializationExtension.get(context().system());
    changes = new CommitQueue(table(config), config.getInt("queue-size"));
    int connections = config.getInt("readers");
    readers =
        Executors.newFixedThreadPool(
            connections,
            task -> {
              Thread thread = new Thread(task, "journal-reader");
              thread.setDaemon(true);
              return thread;
            });
    idle = new ArrayBlockingQueue<>(connections);
    for (int i = 0; i < connections; i++) {
      idle.add(table(config));
    }
  }

  @SuppressWarnings("MustBeClosedChecker") // The table closes the connection.
  private static EventTable table(Config config) throws SQLException {
    Connection connection = EmbeddedJournal.connect(config.getString("url"));
    return new EventTable(connection);
  }

  @Override
  public void postStop() throws Exception {
    readers.shutdown();
    readers.awaitTermination(10, TimeUnit.SECONDS);
    for (EventTable table : idle) {
      table.close();
    }
    changes.close();
    super.postStop();
  }

  @Override
  public Future<Iterable<Optional<Exception>>> doAsyncWriteMessages(
      Iterable<AtomicWrite> messages) {
    List<EventTable.Row> rows = new ArrayList<>();
    List<Optional<Exception>> rejected = new ArrayList<>();
    for (AtomicWrite write : messages) {
      rejected.add(pack(write, rows));
    }
    CompletableFuture<Void> done =
        rows.isEmpty()
            ? CompletableFuture.completedFuture(null)
            : changes.commit(
                table -> {
                  for (EventTable.Row row : rows) {
                    table.insert(row);
                  }
                });
    return FutureConverters.asScala(done.thenApply(nothing -> rejected));
  }

  /** Adds a write's events, all or, when one cannot be serialized, none; then says why. */
  private Optional<Exception> pack(AtomicWrite write, List<EventTable.Row> rows) {
    List<EventTable.Row> packed = new ArrayList<>();
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

  private EventTable.Row pack(PersistentRepr event) {
    Object payload = event.payload();
    Set<String> tags = Set.of();
    if (payload instanceof Tagged tagged) {
      payload = tagged.payload();
      tags = CollectionConverters.asJava(tagged.tags());
    }
    return new EventTable.Row(
        event.persistenceId(),
        event.sequenceNr(),
        event.writerUuid(),
        event.timestamp() == 0 ? System.currentTimeMillis() : event.timestamp(),
        event.manifest(),
        pack(payload),
        OptionConverters.toJava(event.metadata()).map(this::pack).orElse(null),
        tags);
  }

  private EventTable.Packed pack(Object object) {
    byte[] bytes = serialization.serialize(object).get();
    Serializer serializer = serialization.findSerializerFor(object);
    return new EventTable.Packed(
        bytes, serializer.identifier(), Serializers.manifestFor(serializer, object));
  }

  @Override
  public Future<Void> doAsyncDeleteMessagesTo(String persistenceId, long toSequenceNr) {
    return FutureConverters.asScala(
        changes.commit(table -> table.delete(persistenceId, toSequenceNr)));
  }

  @Override
  public Future<Long> doAsyncReadHighestSequenceNr(String persistenceId, long fromSequenceNr) {
    return FutureConverters.asScala(reading(table -> table.highest(persistenceId)));
  }

  @Override
  public Future<Void> doAsyncReplayMessages(
      String persistenceId, long from, long to, long max, Consumer<PersistentRepr> replay) {
    return FutureConverters.asScala(
        reading(
            table -> {
              table.replay(
                  persistenceId, from, to, max, row -> replay.accept(unpack(persistenceId, row)));
              return null;
            }));
  }

  private PersistentRepr unpack(String persistenceId, ResultSet row) throws SQLException {
    PersistentRepr event =
        PersistentRepr.apply(
                unpackObject(row, 5),
                row.getLong(1),
                persistenceId,
                row.getString(4),
                false,
                null,
                row.getString(2))
            .withTimestamp(row.getLong(3));
    return row.getBytes(8) == null ? event : event.withMetadata(unpackObject(row, 8));
  }

  private Object unpackObject(ResultSet row, int from) throws SQLException {
    return serialization
        .deserialize(row.getBytes(from), row.getInt(from + 1), row.getString(from + 2))
        .get();
  }

  private interface Query<T> {
    T of(EventTable table) throws SQLException;
  }

  private <T> CompletableFuture<T> reading(Query<T> query) {
    return changes.settled().thenApplyAsync(settled -> read(query), readers);
  }

  private <T> T read(Query<T> query) {
    EventTable table = idle.remove();
    try {
      return query.of(table);
    } catch (SQLException e) {
      throw new CompletionException(new IOException("cannot read the journal", e));
    } finally {
      idle.add(table);
    }
  }
}
