package dev.holdfast.actor.store;

import com.typesafe.config.Config;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.AbstractExtensionId;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.Extension;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializer;
import org.apache.pekko.serialization.Serializers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The journal file of an actor system, shared by {@link GroupCommitJournal} and {@link
 * EmbeddedSnapshots}: one writer, see {@link CommitQueue}, and some readers beside it. It is opened
 * by the first that needs it and closed, with nothing left to write, before the actor system counts
 * as terminated.
 */
final class EmbeddedStore implements Extension {
  private static final Logger LOG = LoggerFactory.getLogger(EmbeddedStore.class);

  /** Finds the store of an actor system. */
  static final Id ID = new Id();

  /** The key of the store among the extensions. */
  static final class Id extends AbstractExtensionId<EmbeddedStore> {
    @Override
    public EmbeddedStore createExtension(ExtendedActorSystem system) {
      try {
        return new EmbeddedStore(system);
      } catch (SQLException e) {
        throw new IllegalStateException("the journal cannot be opened: " + e.getMessage(), e);
      }
    }
  }

  private final ExtendedActorSystem system;
  private final CommitQueue changes;
  private final ExecutorService readers;
  private final BlockingQueue<Reopening> idle;

  private EmbeddedStore(ExtendedActorSystem system) throws SQLException {
    this.system = system;
    Config config = system.settings().config().getConfig("holdfast-journal");
    changes = new CommitQueue(tables(config), config.getInt("queue-size"));
    int connections = config.getInt("readers");
    idle = new ArrayBlockingQueue<>(connections);
    for (int i = 0; i < connections; i++) {
      idle.add(tables(config));
    }
    readers =
        Executors.newFixedThreadPool(
            connections,
            task -> {
              Thread thread = new Thread(task, "journal-reader");
              thread.setDaemon(true);
              return thread;
            });
    system.registerOnTermination(this::close);
  }

  private static Reopening tables(Config config) throws SQLException {
    String url = config.getString("url");
    return new Reopening(() -> open(url));
  }

  @SuppressWarnings("MustBeClosedChecker") // The tables close the connection.
  private static JournalTables open(String url) throws SQLException {
    Connection connection = EmbeddedJournal.connect(url);
    return new JournalTables(connection);
  }

  /** Completes when the change is on the disk. */
  CompletableFuture<Void> change(CommitQueue.Change change) {
    return changes.commit(change);
  }

  /** A question to the tables. */
  interface Query<T> {
    T of(JournalTables tables) throws SQLException;
  }

  /** Asks when all that was changed before is done, so it is seen. */
  <T> CompletableFuture<T> ask(Query<T> query) {
    return changes.settled().thenApplyAsync(settled -> answer(query), readers);
  }

  private <T> T answer(Query<T> query) {
    Reopening tables = idle.remove();
    try {
      return query.of(tables.get());
    } catch (SQLException e) {
      tables.failed(e);
      throw new CompletionException(new IOException("cannot read the journal", e));
    } finally {
      idle.add(tables);
    }
  }

  JournalTables.Packed pack(Object object) {
    Serialization serialization = SerializationExtension.get(system);
    byte[] bytes = serialization.serialize(object).get();
    Serializer serializer = serialization.findSerializerFor(object);
    return new JournalTables.Packed(
        bytes, serializer.identifier(), Serializers.manifestFor(serializer, object));
  }

  /** The object in three columns: bytes, serializer, manifest. Empty when there is none. */
  Optional<Object> unpack(ResultSet row, int column) throws SQLException {
    byte[] bytes = row.getBytes(column);
    if (bytes == null) {
      return Optional.empty();
    }
    return Optional.of(
        SerializationExtension.get(system)
            .deserialize(bytes, row.getInt(column + 1), row.getString(column + 2))
            .get());
  }

  private void close() {
    changes.close();
    readers.shutdown();
    try {
      if (!readers.awaitTermination(10, TimeUnit.SECONDS)) {
        LOG.warn("A replay goes on after the end of its actor system");
      }
      for (Reopening tables : idle) {
        tables.close();
      }
    } catch (IOException e) {
      LOG.warn("A connection to the journal could not be closed", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
