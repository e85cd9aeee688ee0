package dev.holdfast.actor.store.cassandra;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import dev.holdfast.actor.store.ClusterRegister;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** The register of a cluster in the tables of its keyspace. */
public final class CassandraRegister implements ClusterRegister {

  private static final String NAME = "holdfast";

  private final CqlSession cql;
  private final PreparedStatement founding;
  private final PreparedStatement first;
  private final PreparedStatement next;
  private final PreparedStatement nodes;
  private final PreparedStatement sign;
  private final PreparedStatement strike;

  /**
   * Uses the tables through a session that stays the caller's.
   *
   * @throws IOException when the tables cannot be used
   */
  public CassandraRegister(CqlSession cql, String keyspace) throws IOException {
    this.cql = cql;
    String cluster = keyspace + ".cluster_founding";
    String up = keyspace + ".cluster_nodes";
    try {
      founding = cql.prepare("SELECT founding FROM " + cluster + " WHERE name = ?");
      first =
          cql.prepare(
              "INSERT INTO "
                  + cluster
                  + " (founding, founder, name) VALUES (?, ?, ?) IF NOT EXISTS");
      next =
          cql.prepare(
              "UPDATE "
                  + cluster
                  + " SET founding = ?, founder = ? WHERE name = ? IF founding = ?");
      nodes = cql.prepare("SELECT node FROM " + up + " WHERE name = ?");
      sign = cql.prepare("INSERT INTO " + up + " (name, node) VALUES (?, ?) USING TTL ?");
      strike = cql.prepare("DELETE FROM " + up + " WHERE name = ? AND node = ?");
    } catch (DriverException e) {
      throw new IOException("the tables of the cluster cannot be used: " + e.getMessage(), e);
    }
  }

  @Override
  public CompletionStage<Optional<UUID>> founding() {
    return cql.executeAsync(
            founding.bind(NAME).setConsistencyLevel(ConsistencyLevel.SERIAL).setIdempotent(true))
        .thenApply(found -> Optional.ofNullable(found.one()).map(row -> row.getUuid("founding")));
  }

  @Override
  public CompletionStage<Boolean> found(Optional<UUID> before, UUID name, String founder) {
    return cql.executeAsync(
            before
                .map(it -> next.bind(name, founder, NAME, it))
                .orElseGet(() -> first.bind(name, founder, NAME)))
        .thenApply(AsyncResultSet::wasApplied);
  }

  @Override
  public CompletionStage<Set<String>> nodes() {
    return cql.executeAsync(nodes.bind(NAME).setIdempotent(true))
        .thenApply(
            found ->
                StreamSupport.stream(found.currentPage().spliterator(), false)
                    .map(row -> row.getString("node"))
                    .collect(Collectors.toSet()));
  }

  @Override
  public CompletionStage<?> sign(String node, Duration validity) {
    return cql.executeAsync(sign.bind(NAME, node, (int) validity.toSeconds()).setIdempotent(true));
  }

  @Override
  public CompletionStage<?> strike(String node) {
    return cql.executeAsync(strike.bind(NAME, node).setIdempotent(true));
  }
}
