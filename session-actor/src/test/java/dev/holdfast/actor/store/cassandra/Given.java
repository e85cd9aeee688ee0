package dev.holdfast.actor.store.cassandra;

import com.typesafe.config.ConfigFactory;
import dev.holdfast.cassandra.CassandraNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Settings for a server of the tests. */
public final class Given {

  private Given() {}

  /** A server of the tests, and a keyspace of the test's own. */
  public static CassandraSettings settings(CassandraNode node, String keyspace) {
    return settings(
        Map.of(
            "contact-points",
            List.of(node.address().getHostString() + ":" + node.address().getPort()),
            "keyspace",
            keyspace,
            // A busy machine is no reason to fail.
            "request-timeout",
            "20s"));
  }

  /** Over the defaults. */
  public static CassandraSettings settings(Map<String, Object> values) {
    Map<String, Object> keys = new HashMap<>();
    values.forEach((key, value) -> keys.put("holdfast.cassandra." + key, value));
    return CassandraSettings.from(
        ConfigFactory.parseMap(keys).withFallback(ConfigFactory.defaultReference()));
  }
}
