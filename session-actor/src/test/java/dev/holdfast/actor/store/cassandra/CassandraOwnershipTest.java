package dev.holdfast.actor.store.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import dev.holdfast.actor.store.Owners;
import dev.holdfast.actor.store.OwnershipContract;
import dev.holdfast.cassandra.CassandraNode;
import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.fixture.OneCassandra;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OneCassandra.class)
final class CassandraOwnershipTest extends OwnershipContract {

  private static final String KEYSPACE = "ownership_test";

  private static CqlSession cql;

  @BeforeAll
  static void makeTables(CassandraNode node) throws IOException {
    cql = CassandraClient.connect(Given.settings(node, KEYSPACE));
    new Schema(cql, KEYSPACE).apply(CassandraRing.DATACENTER, 1, said -> {});
  }

  @AfterAll
  static void close() {
    cql.close();
  }

  @Override
  protected Owners owners() throws IOException {
    return new CassandraOwners(cql, KEYSPACE);
  }
}
