package dev.holdfast.actor.store.cassandra;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.DriverException;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.uuid.Uuids;
import dev.holdfast.actor.Ownership;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Owners in the table {@code session_owners}: each claim is a new name. It is written by
 * compare-and-set (a lightweight transaction), so that it does not depend on anybody's clock, and
 * read by QUORUM, which sees every claim that was acknowledged before.
 *
 * <p>A node that has lost a session is most likely one that has yet to find out that its cluster
 * has given it up. It does not claim the session again for a while, or the two would take it from
 * each other in turns.
 */
public final class CassandraOwnership implements Ownership {

  private static final int MOST_REMEMBERED = 100_000;

  private final CqlSession cql;
  private final Duration rest;
  private final PreparedStatement read;
  private final PreparedStatement first;
  private final PreparedStatement next;
  private final Map<String, Long> lostAt = new ConcurrentHashMap<>();

  /**
   * Uses the tables through a session that stays the caller's.
   *
   * @param rest how long a session that was lost is not claimed again
   * @throws IOException when the tables cannot be used
   */
  public CassandraOwnership(CqlSession cql, String keyspace, Duration rest) throws IOException {
    this.cql = cql;
    this.rest = rest;
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
  public CompletionStage<Claim> claim(String session) {
    UUID name = Uuids.timeBased();
    var pause =
        CompletableFuture.delayedExecutor(restLeft(session).toNanos(), TimeUnit.NANOSECONDS);
    return CompletableFuture.supplyAsync(() -> name, pause)
        .thenCompose(mine -> take(session, mine))
        .thenApply(owner -> new Taken(session, owner));
  }

  /** A row of the table. */
  private record Owner(UUID name, long term) {}

  private final class Taken implements Claim {
    private final String session;
    private final Owner self;

    Taken(String session, Owner self) {
      this.session = session;
      this.self = self;
    }

    @Override
    public long term() {
      return self.term();
    }

    @Override
    public CompletionStage<Boolean> holds() {
      return owner(session, ConsistencyLevel.QUORUM)
          .thenApply(
              now -> {
                boolean ours = now.filter(self::equals).isPresent();
                if (!ours && lostAt.size() < MOST_REMEMBERED) {
                  lostAt.put(session, System.nanoTime());
                }
                return ours;
              });
    }
  }

  /** Reads by QUORUM, as each change of a session needs; fails when there is none. */
  public CompletionStage<?> pulse() {
    return owner("-", ConsistencyLevel.QUORUM);
  }

  private Duration restLeft(String session) {
    Long at = lostAt.remove(session);
    long left = at == null ? 0 : rest.toNanos() - (System.nanoTime() - at);
    return Duration.ofNanos(Math.max(0, left));
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
