package dev.holdfast.actor.store.postgresql;

import dev.holdfast.actor.store.ClusterRegister;
import dev.holdfast.sql.Database;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * The register of a cluster in the tables of its schema. Signatures expire by the clock of the
 * server.
 */
public final class PostgresRegister implements ClusterRegister {

  private static final String NAME = "holdfast";

  private static final String FIRST =
      """
      INSERT INTO cluster_founding (founding, founder, name) VALUES (?, ?, ?)
      ON CONFLICT (name) DO NOTHING""";
  private static final String NEXT =
      "UPDATE cluster_founding SET founding = ?, founder = ? WHERE name = ? AND founding = ?";
  private static final String SIGN =
      """
      INSERT INTO cluster_nodes (node, until)
      VALUES (?, clock_timestamp() + make_interval(secs => ?))
      ON CONFLICT (node) DO UPDATE SET until = EXCLUDED.until""";

  private final Database database;

  /** Uses the tables through a connection that stays the caller's. */
  public PostgresRegister(Database database) {
    this.database = database;
  }

  @Override
  public CompletionStage<Optional<UUID>> founding() {
    return database.later(
        it ->
            it
                .query(
                    "SELECT founding FROM cluster_founding WHERE name = ?",
                    row -> row.getObject(1, UUID.class),
                    NAME)
                .stream()
                .findFirst());
  }

  @Override
  public CompletionStage<Boolean> found(Optional<UUID> before, UUID name, String founder) {
    return database.later(
        it ->
            before.isPresent()
                ? it.update(NEXT, name, founder, NAME, before.get()) == 1
                : it.update(FIRST, name, founder, NAME) == 1);
  }

  @Override
  public CompletionStage<Set<String>> nodes() {
    return database.later(
        it ->
            Set.copyOf(
                it.query(
                    "SELECT node FROM cluster_nodes WHERE until > clock_timestamp()",
                    row -> row.getString(1))));
  }

  @Override
  public CompletionStage<?> sign(String node, Duration validity) {
    return database.later(it -> it.update(SIGN, node, validity.toMillis() / 1000.0));
  }

  @Override
  public CompletionStage<?> strike(String node) {
    return database.later(it -> it.update("DELETE FROM cluster_nodes WHERE node = ?", node));
  }
}
