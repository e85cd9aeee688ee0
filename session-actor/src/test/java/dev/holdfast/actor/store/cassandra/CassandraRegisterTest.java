package dev.holdfast.actor.store.cassandra;

import com.datastax.oss.driver.api.core.CqlSession;
import dev.holdfast.actor.store.ClusterRegister;
import dev.holdfast.actor.store.ClusterRegisterContract;
import dev.holdfast.cassandra.CassandraNode;
import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.fixture.OneCassandra;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OneCassandra.class)
final class CassandraRegisterTest extends ClusterRegisterContract {

  private static CqlSession cql;

  @BeforeAll
  static void makeTables(CassandraNode node) throws IOException {
    cql = CassandraClient.connect(Given.settings(node, "register_test"));
    new Schema(cql, "register_test").apply(CassandraRing.DATACENTER, 1, line -> {});
  }

  @AfterAll
  static void close() {
    cql.close();
  }

  @Override
  protected ClusterRegister open() throws IOException {
    return new CassandraRegister(cql, "register_test");
  }
}
