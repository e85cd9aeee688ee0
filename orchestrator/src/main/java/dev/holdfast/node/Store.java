package dev.holdfast.node;

import com.datastax.oss.driver.api.core.CqlSession;
import com.typesafe.config.Config;
import dev.holdfast.actor.Ownership;
import dev.holdfast.actor.store.ClusterRegister;
import dev.holdfast.actor.store.DataDirectory;
import dev.holdfast.actor.store.EmbeddedJournal;
import dev.holdfast.actor.store.Owners;
import dev.holdfast.actor.store.TableOwnership;
import dev.holdfast.actor.store.cassandra.CassandraClient;
import dev.holdfast.actor.store.cassandra.CassandraJournal;
import dev.holdfast.actor.store.cassandra.CassandraOwners;
import dev.holdfast.actor.store.cassandra.CassandraRegister;
import dev.holdfast.actor.store.cassandra.CassandraSettings;
import dev.holdfast.actor.store.postgresql.PostgresClient;
import dev.holdfast.actor.store.postgresql.PostgresJournal;
import dev.holdfast.actor.store.postgresql.PostgresOwners;
import dev.holdfast.actor.store.postgresql.PostgresRegister;
import dev.holdfast.actor.store.postgresql.PostgresSettings;
import dev.holdfast.output.FileOutputLog;
import dev.holdfast.output.OutputLog;
import dev.holdfast.output.TableOutputLog;
import dev.holdfast.sql.Database;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.persistence.cassandra.query.javadsl.CassandraReadJournal;
import org.apache.pekko.persistence.jdbc.query.javadsl.JdbcReadJournal;
import org.apache.pekko.persistence.query.PersistenceQuery;

/**
 * Where a node keeps what must not be lost: events, snapshots and output, always in the same kind
 * of store.
 *
 * @param persistence the settings with which Pekko persists to it
 * @param events how its journal is read, beside the sessions themselves
 * @param output where job output goes
 * @param ownership who may speak for a session
 * @param pulse asks the store for something small; fails when it does not answer
 * @param register which cluster there is on the store; empty: it serves one node alone
 * @param connection what the output log is written through, closed after it
 */
record Store(
    Kind kind,
    Config persistence,
    Events events,
    OutputLog output,
    Ownership ownership,
    Supplier<CompletionStage<?>> pulse,
    Optional<ClusterRegister> register,
    Closeable connection)
    implements AutoCloseable {

  /** By then a node that was given up by its cluster has found out and ended itself. */
  private static final Duration REST = Duration.ofSeconds(20);

  /** The kinds of store. */
  enum Kind {
    /** Files in the node's data directory: for a node that is alone. */
    EMBEDDED,
    /** Tables that all nodes of a cluster share. */
    CASSANDRA,
    /** The same. */
    POSTGRESQL;

    static Kind of(String word) {
      return Arrays.stream(values())
          .filter(kind -> kind.toString().equals(word))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "holdfast.store must be embedded, cassandra or postgresql, not '"
                          + word
                          + "'"));
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How the journal of a store is read. */
  interface Events {
    Journal on(ActorSystem<?> system);
  }

  static Store open(Kind kind, DataDirectory data, Config config) throws IOException {
    return switch (kind) {
      case EMBEDDED -> embedded(data);
      case CASSANDRA -> cassandra(CassandraSettings.from(config));
      case POSTGRESQL -> postgresql(PostgresSettings.from(config));
    };
  }

  private static Store embedded(DataDirectory data) throws IOException {
    Moved.refuse(data);
    return new Store(
        Kind.EMBEDDED,
        EmbeddedJournal.prepare(data),
        system -> Journal.byTags(system, jdbc(system)),
        new FileOutputLog(data.output()),
        Ownership.ALONE,
        () -> CompletableFuture.completedStage(null),
        Optional.empty(),
        () -> {});
  }

  private static Store cassandra(CassandraSettings settings) throws IOException {
    Config persistence = CassandraJournal.prepare(settings);
    CqlSession session = CassandraClient.connect(settings);
    try {
      String keyspace = settings.keyspace();
      return shared(
          Kind.CASSANDRA,
          persistence,
          system ->
              Journal.byTags(
                  system,
                  PersistenceQuery.get(system.classicSystem())
                      .getReadJournalFor(
                          CassandraReadJournal.class, CassandraReadJournal.Identifier())),
          TableOutputLog.on(session, keyspace, settings.outputTtl(), settings.outputPoll()),
          new CassandraOwners(session, keyspace),
          new CassandraRegister(session, keyspace),
          session::close);
    } catch (IOException | RuntimeException e) {
      session.close();
      throw e;
    }
  }

  private static Store postgresql(PostgresSettings settings) throws IOException {
    Database database = PostgresClient.connect(settings);
    try {
      return shared(
          Kind.POSTGRESQL,
          PostgresJournal.prepare(settings, database),
          system -> new Journal(system, jdbc(system), () -> PostgresJournal.living(database)),
          TableOutputLog.on(database, settings.outputTtl(), settings.outputPoll()),
          new PostgresOwners(database),
          new PostgresRegister(database),
          database::close);
    } catch (IOException | RuntimeException e) {
      database.close();
      throw e;
    }
  }

  private static Store shared(
      Kind kind,
      Config persistence,
      Events events,
      OutputLog output,
      Owners owners,
      ClusterRegister register,
      Closeable connection) {
    var ownership = new TableOwnership(owners, REST);
    return new Store(
        kind,
        persistence,
        events,
        output,
        ownership,
        ownership::pulse,
        Optional.of(register),
        connection);
  }

  private static JdbcReadJournal jdbc(ActorSystem<?> system) {
    return PersistenceQuery.get(system.classicSystem())
        .getReadJournalFor(JdbcReadJournal.class, JdbcReadJournal.Identifier());
  }

  @Override
  public void close() throws IOException {
    output.close();
    connection.close();
  }
}
