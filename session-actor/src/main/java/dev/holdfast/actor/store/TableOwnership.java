package dev.holdfast.actor.store;

import dev.holdfast.actor.Ownership;
import dev.holdfast.actor.store.Owners.Owner;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Ownership by a table of owners: each claim is a new name in it, and holds as long as it stands
 * there.
 *
 * <p>A node that has lost a session is most likely one that has yet to find out that its cluster
 * has given it up. It does not claim the session again for a while, or the two would take it from
 * each other in turns.
 */
public final class TableOwnership implements Ownership {

  private static final int MOST_REMEMBERED = 100_000;

  private final Owners owners;
  private final Duration rest;
  private final Map<String, Long> lostAt = new ConcurrentHashMap<>();

  /**
   * @param rest how long a session that was lost is not claimed again
   */
  public TableOwnership(Owners owners, Duration rest) {
    this.owners = owners;
    this.rest = rest;
  }

  @Override
  public CompletionStage<Claim> claim(String session) {
    var pause =
        CompletableFuture.delayedExecutor(restLeft(session).toNanos(), TimeUnit.NANOSECONDS);
    return CompletableFuture.supplyAsync(() -> session, pause)
        .thenCompose(owners::take)
        .thenApply(owner -> new Taken(session, owner));
  }

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
      return owners
          .owner(session)
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

  /** Reads as each change of a session needs it; fails when that cannot be done. */
  public CompletionStage<?> pulse() {
    return owners.owner("-");
  }

  private Duration restLeft(String session) {
    Long at = lostAt.remove(session);
    long left = at == null ? 0 : rest.toNanos() - (System.nanoTime() - at);
    return Duration.ofNanos(Math.max(0, left));
  }
}
