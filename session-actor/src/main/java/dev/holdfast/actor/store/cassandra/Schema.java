package dev.holdfast.actor.store.cassandra;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.ResultSet;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import dev.holdfast.actor.store.SchemaFiles;
import dev.holdfast.actor.store.SchemaVersion;
import dev.holdfast.actor.store.StoreException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The keyspace of one Holdfast cluster, and the version of its tables. Versions are applied in
 * their order, one statement at a time, each when all nodes agree on the one before; every
 * statement does nothing where what it makes is there, so an application that was interrupted is
 * simply made again. A version counts when its row is written, after its last statement.
 *
 * <p>To be used by one operator at a time: Cassandra does not order the schema changes of two.
 */
public final class Schema {
  /** The version that this program works with; {@code version-N.cql} makes it. */
  public static final int VERSION = 3;

  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final String NAME = "holdfast";

  private final CqlSession session;
  private final String keyspace;

  /** The schema in a keyspace, which need not be there yet. */
  public Schema(CqlSession session, String keyspace) {
    this.session = session;
    this.keyspace = keyspace;
  }

  /**
   * Makes what is missing.
   *
   * @param datacenter where the copies are to be
   * @param copies how many, when the keyspace is made; an existing one is not changed
   * @param said hears a line for each thing that was done
   * @throws StoreException of kind {@code NEWER} when a later version has been applied
   */
  public void apply(String datacenter, int copies, Consumer<String> said) throws IOException {
    SchemaFiles files =
        new SchemaFiles(
            Schema.class,
            Map.of(
                "keyspace",
                keyspace,
                "replication",
                "{'class': 'NetworkTopologyStrategy', '" + datacenter + "': " + copies + "}"));
    Optional<String> before = replication();
    before.ifPresent(is -> said.accept("the keyspace " + keyspace + " is there: " + is));
    int version = version();
    known().refuseNewer(version);
    for (String statement : files.statements("keyspace.cql")) {
      change(statement);
    }
    if (before.isEmpty()) {
      said.accept("made the keyspace " + keyspace + ": " + replication().orElseThrow());
    }
    for (int next = version + 1; next <= VERSION; next++) {
      for (String statement : files.statements("version-" + next + ".cql")) {
        change(statement);
        said.accept("version " + next + ": " + statement.lines().findFirst().orElse(""));
      }
      execute(
          SimpleStatement.newInstance(
              "INSERT INTO "
                  + keyspace
                  + ".schema_version (name, version, applied_at) VALUES (?, ?, ?)",
              NAME,
              next,
              Instant.now()));
    }
    said.accept(known().applied(version));
  }

  /** The version of the tables; 0 when there are none. */
  public int version() throws IOException {
    if (!isThere(
        "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'schema_version'")) {
      return 0;
    }
    Row newest =
        execute(
                SimpleStatement.newInstance(
                    "SELECT max(version) FROM " + keyspace + ".schema_version WHERE name = ?",
                    NAME))
            .one();
    return newest.isNull(0) ? 0 : newest.getInt(0);
  }

  /** Where the keyspace keeps its copies, as Cassandra says it; empty when there is none. */
  public Optional<String> replication() throws IOException {
    Row row =
        execute(
                SimpleStatement.newInstance(
                    "SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?",
                    keyspace))
            .one();
    return Optional.ofNullable(row).map(it -> it.getMap(0, String.class, String.class).toString());
  }

  /** The names of the tables. */
  public List<String> tables() throws IOException {
    return execute(
            SimpleStatement.newInstance(
                "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?", keyspace))
        .all()
        .stream()
        .map(row -> row.getString(0))
        .toList();
  }

  /**
   * Does nothing when the tables are those that this program works with.
   *
   * @throws StoreException of kind {@code NO_SCHEMA} or {@code NEWER}, with what to do
   */
  public void check() throws IOException {
    known().check(version());
  }

  private SchemaVersion known() {
    return new SchemaVersion("Cassandra", "the keyspace " + keyspace, VERSION);
  }

  private boolean isThere(String query) throws IOException {
    return execute(SimpleStatement.newInstance(query, keyspace)).one() != null;
  }

  private void change(String statement) throws IOException {
    ResultSet done = execute(SimpleStatement.newInstance(statement));
    if (!done.getExecutionInfo().isSchemaInAgreement() && !session.checkSchemaAgreement()) {
      throw new IOException(
          "the nodes of Cassandra do not agree on the schema; is one of them down? Apply it again"
              + " when all run");
    }
  }

  private ResultSet execute(SimpleStatement statement) throws IOException {
    try {
      return session.execute(
          statement.setTimeout(PATIENCE).setConsistencyLevel(ConsistencyLevel.QUORUM));
    } catch (DriverException e) {
      throw new IOException("Cassandra refused: " + e.getMessage(), e);
    }
  }
}
