package dev.holdfast.node;

import com.datastax.oss.driver.api.core.uuid.Uuids;
import dev.holdfast.actor.store.ClusterRegister;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who may begin a cluster, so that there are never two on the same tables.
 *
 * <p>Pekko lets the first of the seeds begin one when no other seed has answered for a few seconds.
 * After a restart in a partition, or on a machine that is slow for a moment, that is a second
 * cluster beside the first, for good, and both keep every session. So it is not asked to; instead
 *
 * <ol>
 *   <li>every node that is up signs in the store, again and again;
 *   <li>a seed begins a cluster only if nobody else has a valid signature. When there has been a
 *       cluster before, it looks for longer than any node needs to sign again, because after an
 *       outage of the store all signatures have expired;
 *   <li>of several at that moment one wins, by compare-and-set; the others join it;
 *   <li>a node that sees that another cluster was begun after its own ends. That remains for nodes
 *       that stood still for so long that their signatures expired.
 * </ol>
 */
final class Founding {

  private static final Logger LOG = LoggerFactory.getLogger(Founding.class);

  private static final Duration SIGN_EVERY = Duration.ofSeconds(5);
  private static final Duration SIGNED_FOR = Duration.ofSeconds(20);
  private static final Duration LOOK_FOR = Duration.ofSeconds(8);
  private static final Duration ANSWER = Duration.ofSeconds(15);

  private final ClusterRegister register;
  private final String self;
  private final boolean mayBegin;
  private Optional<UUID> ours = Optional.empty();
  private Optional<Long> nobodySince = Optional.empty();

  Founding(ClusterRegister register, ClusterSettings cluster) {
    this.register = register;
    this.self = cluster.self();
    this.mayBegin = cluster.mayBegin();
  }

  /** Looks once; returns whether this node is to begin the cluster, now. */
  boolean begin() throws InterruptedException {
    try {
      return mayBegin && tryToBegin();
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("whether there is a cluster cannot be seen: {}", e.toString());
      nobodySince = Optional.empty();
      return false;
    }
  }

  private boolean tryToBegin() throws InterruptedException, ExecutionException, TimeoutException {
    Optional<UUID> before = get(register.founding());
    var others = new HashSet<>(get(register.nodes()));
    others.remove(self);
    long now = System.nanoTime();
    if (!others.isEmpty()) {
      nobodySince = Optional.empty();
      return false;
    }
    if (nobodySince.isEmpty()) {
      nobodySince = Optional.of(now);
    }
    if (before.isPresent() && now - nobodySince.get() < LOOK_FOR.toNanos()) {
      return false;
    }
    UUID mine = Uuids.timeBased();
    // Before, so that a seed that looks between the two sees it.
    get(register.sign(self, SIGNED_FOR));
    if (!get(register.found(before, mine, self))) {
      nobodySince = Optional.empty();
      return false;
    }
    ours = Optional.of(mine);
    LOG.info("no node is up: {} begins the cluster {}", self, mine);
    return true;
  }

  /**
   * From now on the node is up: it signs, and ends when its cluster is not the last one any more.
   */
  void keep(ActorSystem<?> system) {
    var unused =
        system
            .scheduler()
            .scheduleWithFixedDelay(
                Duration.ZERO, SIGN_EVERY, () -> round(system), system.executionContext());
  }

  private void round(ActorSystem<?> system) {
    var unused =
        register
            .sign(self, SIGNED_FOR)
            .thenCompose(signed -> register.founding())
            .thenAccept(last -> compare(last, system))
            .exceptionally(
                e -> {
                  LOG.warn("the node could not sign that it is up: {}", e.toString());
                  return null;
                });
  }

  private synchronized void compare(Optional<UUID> last, ActorSystem<?> system) {
    if (ours.isEmpty()) {
      ours = last;
    }
    if (!ours.equals(last)) {
      LOG.warn("another cluster was begun on the same tables: {} after {}", last, ours);
      var cluster = Cluster.get(system);
      cluster.manager().tell(new Down(cluster.selfMember().address()));
    }
  }

  /** The node stops in order. */
  void end() throws InterruptedException {
    try {
      get(register.strike(self));
    } catch (ExecutionException | TimeoutException e) {
      LOG.warn("the node could not sign off: {}", e.toString());
    }
  }

  private static <T> T get(CompletionStage<T> stage)
      throws InterruptedException, ExecutionException, TimeoutException {
    return stage.toCompletableFuture().get(ANSWER.toSeconds(), TimeUnit.SECONDS);
  }
}
