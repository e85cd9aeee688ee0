package dev.holdfast.actor.store.cassandra;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.uuid.Uuids;
import dev.holdfast.actor.store.Owners;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Owners in the table {@code session_owners}. It is written by compare-and-set (a lightweight
 * transaction), and read by QUORUM, which sees every owner who was acknowledged before.
 */
public final class CassandraOwners implements Owners {

  private final CqlSession cql;
  private final PreparedStatement read;
  private final PreparedStatement first;
  private final PreparedStatement next;

  /**
   * Uses the tables through a session that stays the caller's.
   *
   * @throws IOException when the tables cannot be used
   */
  public CassandraOwners(CqlSession cql, String keyspace) throws IOException {
    this.cql = cql;
    String table = keyspace + ".session_owners";
    try {
      read = cql.prepare("SELECT owner, term FROM " + table + " WHERE session = ?");
      first =
          cql.prepare(
              "INSERT INTO " + table + " (session, owner, term) VALUES (?, ?, ?) IF NOT EXISTS");
      next =
          cql.prepare(
              "UPDATE " + table + " SET owner = ?, term = ? WHERE session = ? IF owner = ?");
    } catch (DriverException e) {
      throw new IOException("the table of owners cannot be used: " + e.getMessage(), e);
    }
  }

  @Override
  public CompletionStage<Owner> take(String session) {
    return take(session, Uuids.timeBased());
  }

  @Override
  public CompletionStage<Optional<Owner>> owner(String session) {
    return owner(session, ConsistencyLevel.QUORUM);
  }

  /** Sets the name, whoever's is there; somebody else who does the same at that moment may win. */
  private CompletionStage<Owner> take(String session, UUID name) {
    return owner(session, ConsistencyLevel.SERIAL)
        .thenCompose(before -> take(session, name, before))
        .thenCompose(
            done ->
                done.<CompletionStage<Owner>>map(CompletableFuture::completedStage)
                    .orElseGet(() -> take(session, name)));
  }

  private CompletionStage<Optional<Owner>> take(String session, UUID name, Optional<Owner> before) {
    if (before.filter(it -> it.name().equals(name)).isPresent()) {
      // An earlier attempt, whose answer was lost.
      return CompletableFuture.completedStage(before);
    }
    var self = new Owner(name, before.map(Owner::term).orElse(0L) + 1);
    return cql.executeAsync(
            before
                .map(it -> next.bind(name, self.term(), session, it.name()))
                .orElseGet(() -> first.bind(session, name, self.term())))
        .thenApply(result -> result.wasApplied() ? Optional.of(self) : Optional.empty());
  }

  private CompletionStage<Optional<Owner>> owner(String session, ConsistencyLevel consistency) {
    return cql.executeAsync(read.bind(session).setConsistencyLevel(consistency).setIdempotent(true))
        .thenApply(
            found ->
                Optional.ofNullable(found.one())
                    .map((Row row) -> new Owner(row.getUuid("owner"), row.getLong("term"))));
  }
}
