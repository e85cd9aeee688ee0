package dev.holdfast.output;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import dev.holdfast.cassandra.CassandraNode;
import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.fixture.OneCassandra;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

/** The log of a cluster, on a real Cassandra. */
@ExtendWith(OneCassandra.class)
class CassandraOutputLogTest extends TableOutputLogContract {
  private static final String KEYSPACE = "output_log_test";

  private static CassandraNode node;
  private static CqlSession cql;
  private static CqlSession hasty;

  @BeforeAll
  static void connect(CassandraNode server) throws IOException {
    node = server;
    cql = session(Duration.ofSeconds(20));
    hasty = session(Duration.ofMillis(500));
    cql.execute(
        "CREATE KEYSPACE "
            + KEYSPACE
            + " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    for (String statement : tables().split(";", -1)) {
      if (statement.contains("output_")) {
        cql.execute(statement);
      }
    }
  }

  @AfterAll
  static void disconnect() {
    hasty.close();
    cql.close();
  }

  @Override
  ChunkTable table(Duration ttl) {
    return new CassandraChunks(cql, KEYSPACE, ttl);
  }

  @Override
  void damage() {
    cql.execute(
        "UPDATE "
            + KEYSPACE
            + ".output_chunks SET bytes = 0x00 WHERE session = ? AND job = 'job-1' AND stream = 1"
            + " AND bucket = 0 AND upto = 2000 AND start = 1000",
        session);
  }

  @Override
  void lose() {
    cql.execute(
        "DELETE FROM "
            + KEYSPACE
            + ".output_chunks WHERE session = ? AND job = 'job-1' AND stream = 1 AND bucket = 0"
            + " AND upto = 2000",
        session);
  }

  @Override
  void pause() throws IOException {
    node.pause();
  }

  @Override
  void resume() throws IOException {
    node.resume();
  }

  @Override
  OutputLog hasty() {
    return new TableOutputLog(new CassandraChunks(hasty, KEYSPACE, NEVER), NEVER, SMALL);
  }

  private static CqlSession session(Duration timeout) {
    return CqlSession.builder()
        .addContactPoint(node.address())
        .withLocalDatacenter(CassandraRing.DATACENTER)
        .withConfigLoader(
            DriverConfigLoader.programmaticBuilder()
                .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, timeout)
                .build())
        .build();
  }

  private static String tables() throws IOException {
    try (InputStream in =
        OutputLog.class.getResourceAsStream("/dev/holdfast/actor/store/cassandra/version-1.cql")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("--"))
          .collect(Collectors.joining("\n"))
          .replace("${keyspace}", KEYSPACE);
    }
  }
}
