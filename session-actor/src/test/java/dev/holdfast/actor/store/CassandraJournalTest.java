package dev.holdfast.actor.store;

import com.datastax.oss.driver.api.core.CqlSession;
import com.typesafe.config.Config;
import dev.holdfast.actor.store.cassandra.CassandraClient;
import dev.holdfast.actor.store.cassandra.CassandraJournal;
import dev.holdfast.actor.store.cassandra.CassandraSettings;
import dev.holdfast.actor.store.cassandra.Given;
import dev.holdfast.actor.store.cassandra.Schema;
import dev.holdfast.cassandra.CassandraNode;
import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.fixture.OneCassandra;
import java.io.IOException;
import org.apache.pekko.persistence.cassandra.query.javadsl.CassandraReadJournal;
import org.apache.pekko.persistence.query.PersistenceQuery;
import org.apache.pekko.persistence.query.javadsl.CurrentEventsByPersistenceIdQuery;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OneCassandra.class)
final class CassandraJournalTest extends SharedJournalContract {
  private static CassandraNode server;
  private static CassandraSettings settings;

  @BeforeAll
  static void applySchema(CassandraNode node) throws IOException {
    server = node;
    settings = Given.settings(node, "journal_test");
    try (CqlSession session = CassandraClient.connect(settings)) {
      new Schema(session, settings.keyspace()).apply(CassandraRing.DATACENTER, 1, line -> {});
    }
  }

  @Override
  Config journal() throws IOException {
    return CassandraJournal.prepare(settings);
  }

  @Override
  CurrentEventsByPersistenceIdQuery events(Node node) {
    return PersistenceQuery.get(node.system())
        .getReadJournalFor(CassandraReadJournal.class, CassandraReadJournal.Identifier());
  }

  @Override
  void kill() throws IOException {
    server.kill();
  }

  @Override
  void restart() throws IOException {
    server.restart();
  }
}
