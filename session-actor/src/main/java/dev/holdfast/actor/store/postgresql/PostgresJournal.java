package dev.holdfast.actor.store.postgresql;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.holdfast.actor.Sessions;
import dev.holdfast.sql.Database;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;

/**
 * Events and snapshots in PostgreSQL, through Pekko's JDBC plugin: for nodes that are many. What is
 * acknowledged is on the server's disk, and where there are synchronous standbys, on theirs.
 *
 * <p>The same rule as on Cassandra keeps what a replaced owner writes from being believed: a
 * session finds out by its claim before anybody hears of what it wrote, and readers discard that.
 * The tables add to it that two events of a session never have the same number: an owner that did
 * not see what another wrote is refused, starts again and reads it.
 *
 * <p>Each write is a transaction of its own, so that one that is refused takes no other with it.
 */
public final class PostgresJournal {

  private static final String DATABASE = "pekko-persistence-jdbc.shared-databases.postgresql.db";

  private static final String LIVING =
      """
      SELECT persistence_id FROM event_journal JOIN event_tag ON event_id = ordering WHERE tag = ?
      EXCEPT
      SELECT persistence_id FROM event_journal JOIN event_tag ON event_id = ordering WHERE tag = ?""";

  private PostgresJournal() {}

  /**
   * Checks that the tables are there and of the right version. They are never made here.
   *
   * @param database to ask with; it stays the caller's
   * @return the settings with which Pekko persists to them; meant to stand before the application's
   * @throws dev.holdfast.actor.store.StoreException when its tables cannot be used
   */
  public static Config prepare(PostgresSettings settings, Database database) throws IOException {
    new PostgresSchema(database, settings.schema()).check();
    int connections = settings.journalConnections();
    Duration timeout = settings.requestTimeout();
    Map<String, Object> db =
        Map.of(
            "url",
            settings.url(),
            "connectionInitSql",
            PostgresClient.begin(settings),
            "properties",
            PostgresClient.driver(settings, PostgresClient.PRIMARY),
            "numThreads",
            connections,
            "maxConnections",
            connections,
            "minConnections",
            1,
            "connectionTimeout",
            timeout.toMillis(),
            "validationTimeout",
            PostgresClient.validation(settings).toMillis());
    return ConfigFactory.parseMap(Map.of(DATABASE, db))
        .withFallback(ConfigFactory.parseMap(Map.of("jdbc-journal.parallelism", connections)))
        .withFallback(
            ConfigFactory.parseResources(PostgresJournal.class, "postgresql-journal.conf"));
  }

  /** The ids of all sessions that were opened and have not ended. */
  public static CompletionStage<Set<String>> living(Database database) {
    String prefix = Sessions.persistenceId("").id();
    return database.later(
        it ->
            new TreeSet<>(
                it.query(
                    LIVING,
                    row -> row.getString(1).substring(prefix.length()),
                    Sessions.OPENED_TAG,
                    Sessions.CLOSED_TAG)));
  }
}
