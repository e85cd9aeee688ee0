package dev.holdfast.node;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.AddressFromURIString;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.cluster.typed.JoinSeedNodes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a node gets into its cluster, or ends with the reason why not. It never hangs:
 *
 * <ol>
 *   <li>Before it asks, it looks at the seeds. One with whom it cannot talk at all, for example by
 *       its certificate, ends the start.
 *   <li>The member that answers is compared with it ({@link JoinRules}). What does not fit ends the
 *       start.
 *   <li>If there is no cluster yet, one of the seeds begins it ({@link Founding}).
 *   <li>When nobody has let it in for a while it says what it sees of each seed, and goes on
 *       asking, until {@code holdfast.cluster.join-timeout} is over.
 * </ol>
 */
final class Admission {

  private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

  /** So long it waits before it says that something may be wrong. */
  static final Duration FIRST_WORD = Duration.ofSeconds(10);

  private static final Duration LOOK_EVERY = Duration.ofMillis(500);

  private final ClusterSettings cluster;
  private final SeedProbe probe;

  Admission(ClusterSettings cluster) {
    this.cluster = cluster;
    this.probe = new SeedProbe(cluster.tls());
  }

  /**
   * Looks at the other seeds, before the node takes part in anything.
   *
   * @throws IOException with a line for people when it cannot talk to one of them
   */
  void lookAtSeeds() throws IOException {
    cluster.tls().ifPresent(ClusterTls::context);
    for (String seed : cluster.others()) {
      var found = probe.at(seed);
      if (found.hopeless()) {
        throw new IOException("the seed " + seed + " " + found.said());
      }
    }
  }

  /**
   * Waits until the node is a member.
   *
   * @param founding who may begin a cluster; empty: this node always may
   * @throws IllegalArgumentException with a line for people when it does not fit to the members
   * @throws IOException with a line for people when nobody let it in
   */
  void await(ActorSystem<?> system, Optional<Founding> founding) throws IOException {
    var up = new CompletableFuture<Boolean>();
    org.apache.pekko.cluster.Cluster.get(system.classicSystem())
        .registerOnMemberUp(() -> up.complete(true));
    // Not when they have stopped: that can take long, and says less and less of the reason.
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseBeforeServiceUnbind(),
            "admission",
            () -> {
              up.complete(false);
              return CompletableFuture.completedFuture(Done.getInstance());
            });
    if (!cluster.others().isEmpty()) {
      Cluster.get(system).manager().tell(new JoinSeedNodes(addresses()));
    }
    var beginning = new Beginning(system, founding);
    if (!joined(beginning, up, FIRST_WORD)) {
      LOG.warn("not in the cluster yet: {}", report());
    }
    if (!joined(beginning, up, cluster.joinTimeout().minus(FIRST_WORD))) {
      throw new IOException(
          "nobody has let this node into the cluster for "
              + cluster.joinTimeout().toSeconds()
              + " s: "
              + report());
    }
    if (!up.join()) {
      throw refused(system);
    }
  }

  /** Waits, and meanwhile begins the cluster if that is up to this node. */
  private static boolean joined(
      Beginning beginning, CompletableFuture<Boolean> up, Duration patience) throws IOException {
    long until = System.nanoTime() + patience.toNanos();
    try {
      while (!up.isDone() && System.nanoTime() < until) {
        beginning.look();
        await(up);
      }
      return up.isDone();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the node was not let into the cluster: interrupted", e);
    }
  }

  /** Begins the cluster, once, when this node is to. */
  private static final class Beginning {
    private final ActorSystem<?> system;
    private final Optional<Founding> founding;
    private boolean done;

    Beginning(ActorSystem<?> system, Optional<Founding> founding) {
      this.system = system;
      this.founding = founding;
    }

    void look() throws InterruptedException {
      if (!done && (founding.isEmpty() || founding.get().begin())) {
        done = true;
        var self = Cluster.get(system);
        self.manager().tell(Join.create(self.selfMember().address()));
      }
    }
  }

  private static void await(CompletableFuture<Boolean> up) throws InterruptedException {
    try {
      up.get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException notYet) {
      return;
    } catch (ExecutionException e) {
      throw new IllegalStateException("it never fails", e);
    }
  }

  private List<Address> addresses() {
    return cluster.others().stream()
        .map(seed -> AddressFromURIString.parse("pekko://" + ClusterSettings.SYSTEM + "@" + seed))
        .toList();
  }

  private RuntimeException refused(ActorSystem<?> system) {
    boolean compared =
        CoordinatedShutdown.get(system)
            .getShutdownReason()
            .filter(CoordinatedShutdown.incompatibleConfigurationDetectedReason()::equals)
            .isPresent();
    return new IllegalArgumentException(
        compared
            ? "this node does not fit to the members of its cluster: "
                + JoinRules.lastRefusal().orElse("the log of the seeds says why")
            : "the node was not let into the cluster; the log above says more");
  }

  private String report() {
    return cluster.others().stream()
        .map(seed -> "the seed " + seed + " " + probe.at(seed).said())
        .collect(Collectors.joining("; "));
  }
}
