package dev.holdfast.node;

import com.typesafe.config.Config;
import dev.holdfast.actor.Sessions;
import dev.holdfast.api.NodeCalls;
import dev.holdfast.directory.NodeFacts;
import dev.holdfast.session.Command;
import dev.holdfast.session.Origin;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.remote.RemoteTransportException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node asks of its actor system. */
final class Actors {

  private static final Logger LOG = LoggerFactory.getLogger(Actors.class);
  private static final Duration STOP = Duration.ofSeconds(30);

  /** So many sessions are asked at once whether they are awake. */
  private static final int ASKED_AT_ONCE = 256;

  private Actors() {}

  /**
   * Starts an actor system.
   *
   * @throws IOException with a line for people when its port cannot be opened
   */
  static ActorSystem<?> start(Config config) throws IOException {
    try {
      return ActorSystem.create(Behaviors.empty(), ClusterSettings.SYSTEM, config);
    } catch (RemoteTransportException e) {
      throw new IOException("the port for the other nodes cannot be opened: " + e.getMessage(), e);
    }
  }

  /**
   * Whether the node is alone, as a node without others always is, and the first of a cluster that
   * is started from nothing.
   */
  static boolean isFirst(ActorSystem<?> system) {
    return Cluster.get(system).state().members().size() == 1;
  }

  /**
   * Waits until every session that was kept is awake, so that none is missing from the first list.
   */
  static void wake(Journal journal, Sessions sessions, Duration patience) throws IOException {
    Set<String> living =
        await(journal.living().toCompletableFuture(), patience, "the journal could not be read");
    if (living.isEmpty()) {
      return;
    }
    LOG.info("waking {} sessions", living.size());
    var slots = new Semaphore(ASKED_AT_ONCE);
    var all = new ArrayList<CompletableFuture<?>>();
    for (String id : living) {
      slots.acquireUninterruptibly();
      all.add(
          sessions
              .ask(id, new Command.Look(), Origin.NODE)
              .toCompletableFuture()
              .handle(
                  (answer, failed) -> {
                    slots.release();
                    return failed == null;
                  }));
    }
    try {
      await(
          CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)),
          patience,
          "not every session woke up");
    } catch (IOException late) {
      LOG.warn("{}; they will be missing from lists until they do", late.getMessage());
    }
  }

  /** The nodes of the cluster, as this one sees them. */
  static List<NodeCalls.Member> members(ActorSystem<?> system, Map<String, NodeFacts> facts) {
    var state = Cluster.get(system).state();
    var unreachable = state.getUnreachable();
    var all = new ArrayList<NodeCalls.Member>();
    for (Member member : state.getMembers()) {
      String address = member.address().toString();
      String status =
          unreachable.contains(member)
              ? "unreachable"
              : member.status().toString().toLowerCase(Locale.ROOT);
      all.add(new NodeCalls.Member(address, status, Optional.ofNullable(facts.get(address))));
    }
    return all;
  }

  static String address(ActorSystem<?> system) {
    return Cluster.get(system).selfMember().address().toString();
  }

  static void stop(ActorSystem<?> system) throws IOException {
    system.terminate();
    await(system.getWhenTerminated().toCompletableFuture(), STOP, "the actors did not stop");
  }

  private static <T> T await(CompletableFuture<T> future, Duration patience, String otherwise)
      throws IOException {
    try {
      return future.get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(otherwise + ": " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(otherwise + ": interrupted", e);
    }
  }
}
