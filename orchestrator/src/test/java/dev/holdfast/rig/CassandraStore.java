package dev.holdfast.rig;

import com.datastax.oss.driver.api.core.CqlSession;
import com.typesafe.config.ConfigFactory;
import dev.holdfast.actor.store.cassandra.CassandraClient;
import dev.holdfast.actor.store.cassandra.CassandraSettings;
import dev.holdfast.actor.store.cassandra.Schema;
import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.node.MigrateVerb;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Collectors;

/** A ring of Cassandra. */
final class CassandraStore implements SharedStore {

  private static final String KEYSPACE = "holdfast";

  private final CassandraRing ring;

  private CassandraStore(CassandraRing ring) {
    this.ring = ring;
  }

  /** Starts it, and makes the tables. */
  static CassandraStore start(int copies) throws IOException {
    var store = new CassandraStore(CassandraRing.start(copies));
    try {
      store.makeTables(copies);
      return store;
    } catch (IOException | RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private void makeTables(int copies) throws IOException {
    var settings =
        CassandraSettings.from(
            ConfigFactory.parseString(
                    "holdfast.cassandra { contact-points = [%s], keyspace = %s }"
                        .formatted(contactPoints(), KEYSPACE))
                .withFallback(ConfigFactory.defaultReference()));
    try (CqlSession session = CassandraClient.connect(settings)) {
      new Schema(session, KEYSPACE).apply(CassandraRing.DATACENTER, copies, said -> {});
    }
  }

  private String contactPoints() {
    return ring.contactPoints().stream()
        .map(address -> "\"" + address.getHostString() + ":" + address.getPort() + "\"")
        .collect(Collectors.joining(","));
  }

  @Override
  public String settings() {
    return """
        store = cassandra
        cassandra { contact-points = [%s], keyspace = %s, request-timeout = 20s }"""
        .formatted(contactPoints(), KEYSPACE);
  }

  @Override
  public void migrate(Path data) throws IOException {
    var server = ring.contactPoints().get(0);
    int code =
        MigrateVerb.run(
            new String[] {
              "--data-dir",
              data.toString(),
              "--contact-point",
              server.getHostString() + ":" + server.getPort(),
              "--keyspace",
              KEYSPACE
            });
    if (code != 0) {
      throw new IOException("holdfast migrate has ended with " + code);
    }
  }

  @Override
  public void close() {
    ring.close();
  }
}
