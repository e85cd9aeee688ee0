package dev.holdfast.actor.store.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import dev.holdfast.actor.store.StoreException;
import java.io.IOException;

/**
 * Events and snapshots in Cassandra, through Pekko's plugin: for nodes that are many. What is
 * acknowledged is written by a quorum of the copies.
 *
 * <p>Nothing keeps a second writer of the same entity out of these tables. That there is none is
 * the work of sharding and of the split-brain resolver; where those fail, a session finds out by
 * {@link CassandraOwners} before anybody hears of what it wrote, and readers discard that.
 */
public final class CassandraJournal {

  private CassandraJournal() {}

  /**
   * Checks that the tables are there and of the right version. They are never made here.
   *
   * @return the settings with which Pekko persists to them; meant to stand before the application's
   * @throws StoreException when Cassandra cannot be reached, or its tables cannot be used
   */
  public static Config prepare(CassandraSettings settings) throws IOException {
    try (CqlSession session = CassandraClient.connect(settings)) {
      new Schema(session, settings.keyspace()).check();
    }
    var keyspace = ConfigValueFactory.fromAnyRef(settings.keyspace());
    return CassandraClient.config(settings)
        .withFallback(
            ConfigFactory.parseResources(CassandraJournal.class, "cassandra-journal.conf")
                .withValue("pekko.persistence.cassandra.journal.keyspace", keyspace)
                .withValue("pekko.persistence.cassandra.snapshot.keyspace", keyspace));
  }
}
