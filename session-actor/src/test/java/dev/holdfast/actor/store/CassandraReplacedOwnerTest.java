package dev.holdfast.actor.store;

import com.datastax.oss.driver.api.core.CqlSession;
import com.typesafe.config.Config;
import dev.holdfast.actor.store.cassandra.CassandraClient;
import dev.holdfast.actor.store.cassandra.CassandraJournal;
import dev.holdfast.actor.store.cassandra.CassandraOwners;
import dev.holdfast.actor.store.cassandra.CassandraSettings;
import dev.holdfast.actor.store.cassandra.Given;
import dev.holdfast.actor.store.cassandra.Schema;
import dev.holdfast.cassandra.CassandraNode;
import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.fixture.OneCassandra;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OneCassandra.class)
final class CassandraReplacedOwnerTest extends ReplacedOwnerContract {
  private static CassandraSettings settings;
  private static CqlSession session;

  @BeforeAll
  static void applySchema(CassandraNode server) throws IOException {
    settings = Given.settings(server, "replaced_test");
    session = CassandraClient.connect(settings);
    new Schema(session, settings.keyspace()).apply(CassandraRing.DATACENTER, 1, line -> {});
  }

  @AfterAll
  static void close() {
    session.close();
  }

  @Override
  Config journal() throws IOException {
    return CassandraJournal.prepare(settings);
  }

  @Override
  Owners owners() throws IOException {
    return new CassandraOwners(session, settings.keyspace());
  }
}
