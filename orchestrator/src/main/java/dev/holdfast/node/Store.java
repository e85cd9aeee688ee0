package dev.holdfast.node;

import com.datastax.oss.driver.api.core.CqlSession;
import com.typesafe.config.Config;
import dev.holdfast.actor.Ownership;
import dev.holdfast.actor.store.DataDirectory;
import dev.holdfast.actor.store.EmbeddedJournal;
import dev.holdfast.actor.store.cassandra.CassandraClient;
import dev.holdfast.actor.store.cassandra.CassandraJournal;
import dev.holdfast.actor.store.cassandra.CassandraOwnership;
import dev.holdfast.actor.store.cassandra.CassandraSettings;
import dev.holdfast.actor.store.cassandra.ClusterRegister;
import dev.holdfast.output.CassandraOutputLog;
import dev.holdfast.output.FileOutputLog;
import dev.holdfast.output.OutputLog;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Where a node keeps what must not be lost: events, snapshots and output, always in the same kind
 * of store.
 *
 * @param persistence the settings with which Pekko persists to it
 * @param output where job output goes
 * @param ownership who may speak for a session
 * @param pulse asks the store for something small; fails when it does not answer
 * @param register which cluster there is on the store; empty: it serves one node alone
 * @param connection what the output log is written through, closed after it
 */
record Store(
    Kind kind,
    Config persistence,
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
    CASSANDRA;

    static Kind of(String word) {
      return Arrays.stream(values())
          .filter(kind -> kind.toString().equals(word))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "holdfast.store must be embedded or cassandra, not '" + word + "'"));
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Store open(Kind kind, DataDirectory data, Config config) throws IOException {
    if (kind == Kind.EMBEDDED) {
      Moved.refuse(data);
      return new Store(
          kind,
          EmbeddedJournal.prepare(data),
          new FileOutputLog(data.output()),
          Ownership.ALONE,
          () -> CompletableFuture.completedStage(null),
          Optional.empty(),
          () -> {});
    }
    var settings = CassandraSettings.from(config);
    Config persistence = CassandraJournal.prepare(settings);
    CqlSession session = CassandraClient.connect(settings);
    try {
      var log =
          new CassandraOutputLog(
              session, settings.keyspace(), settings.outputTtl(), settings.outputPoll());
      var ownership = new CassandraOwnership(session, settings.keyspace(), REST);
      var register = new ClusterRegister(session, settings.keyspace());
      return new Store(
          kind,
          persistence,
          log,
          ownership,
          ownership::pulse,
          Optional.of(register),
          session::close);
    } catch (IOException | RuntimeException e) {
      session.close();
      throw e;
    }
  }

  @Override
  public void close() throws IOException {
    output.close();
    connection.close();
  }
}
