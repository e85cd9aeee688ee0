package dev.holdfast.node;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
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
 *   <li>When nobody has let it in for a while it says what it sees of each seed, and goes on
 *       asking, until {@code holdfast.cluster.join-timeout} is over.
 * </ol>
 */
final class Admission {

  private static final Logger LOG = LoggerFactory.getLogger(Admission.class);

  /** So long it waits before it says that something may be wrong. */
  static final Duration FIRST_WORD = Duration.ofSeconds(10);

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
    for (String seed : others()) {
      var found = probe.at(seed);
      if (found.hopeless()) {
        throw new IOException("the seed " + seed + " " + found.said());
      }
    }
  }

  /**
   * Waits until the node is a member. A node without seeds makes a cluster of its own; the others
   * are led by their seeds.
   *
   * @throws IllegalArgumentException with a line for people when it does not fit to the members
   * @throws IOException with a line for people when nobody let it in
   */
  void await(ActorSystem<?> system) throws IOException {
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
    if (cluster.alone()) {
      var self = Cluster.get(system);
      self.manager().tell(Join.create(self.selfMember().address()));
    }
    if (!isUp(up, FIRST_WORD)) {
      LOG.warn("not in the cluster yet: {}", report());
    }
    if (!isUp(up, cluster.joinTimeout().minus(FIRST_WORD))) {
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

  private boolean isUp(CompletableFuture<Boolean> up, Duration patience) throws IOException {
    try {
      up.get(patience.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      throw new IOException("the node was not let into the cluster: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("the node was not let into the cluster: interrupted", e);
    }
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
    return others().stream()
        .map(seed -> "the seed " + seed + " " + probe.at(seed).said())
        .collect(Collectors.joining("; "));
  }

  private List<String> others() {
    return cluster.seeds().stream().filter(seed -> !seed.equals(cluster.self())).toList();
  }
}
