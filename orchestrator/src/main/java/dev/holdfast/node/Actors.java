package dev.holdfast.node;

import com.typesafe.config.Config;
import dev.holdfast.actor.Sessions;
import dev.holdfast.session.Command;
import dev.holdfast.session.Origin;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.remote.RemoteTransportException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a node asks of its actor system. */
final class Actors {

  private static final Logger LOG = LoggerFactory.getLogger(Actors.class);

  /** Longer than all phases of holdfast-cluster.conf together. */
  private static final Duration STOP = Duration.ofMinutes(2);

  /** So many sessions are asked at once whether they are awake. */
  private static final int ASKED_AT_ONCE = 256;

  /** The pause between attempts to read the journal. */
  private static final Duration READ_AGAIN = Duration.ofMillis(500);

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
    long from = System.nanoTime();
    Set<String> living = read(journal::living, patience);
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
      LOG.info(
          "{} sessions are awake after {} s",
          living.size(),
          "%.3f".formatted((System.nanoTime() - from) / 1e9));
    } catch (IOException late) {
      LOG.warn("{}; they will be missing from lists until they do", late.getMessage());
    }
  }

  /**
   * Reads from the journal, again and again until it answers: at a start it may be busy with other
   * things for longer than a question is given.
   */
  static <T> T read(Supplier<CompletionStage<T>> question, Duration patience) throws IOException {
    long until = System.nanoTime() + patience.toNanos();
    while (true) {
      Duration left = Duration.ofNanos(Math.max(0, until - System.nanoTime()));
      try {
        return await(question.get().toCompletableFuture(), left, "the journal could not be read");
      } catch (IOException failed) {
        if (System.nanoTime() + READ_AGAIN.toNanos() > until) {
          throw failed;
        }
        LOG.info("{}; trying again", failed.getMessage());
      }
      await(
          CompletableFuture.runAsync(
              () -> {},
              CompletableFuture.delayedExecutor(READ_AGAIN.toMillis(), TimeUnit.MILLISECONDS)),
          patience,
          "the node is stopping");
    }
  }

  /** What is done first when the node stops, is asked to leave, or has been given up. */
  static void beforeLeaving(ActorSystem<?> system, Runnable act) {
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseBeforeServiceUnbind(),
            "holdfast",
            () -> CompletableFuture.runAsync(act).thenApply(done -> Done.getInstance()));
  }

  /**
   * Completes when a system is over: when its coordinated shutdown is. The actors themselves may
   * never be: Artery's streams to a node that cannot be reached do not always end.
   */
  static CompletableFuture<Done> over(ActorSystem<?> system) {
    var over = new CompletableFuture<Done>();
    var shutdown = CoordinatedShutdown.get(system);
    shutdown.addTask(
        CoordinatedShutdown.PhaseBeforeServiceUnbind(),
        "holdfast-over",
        () -> {
          var unused =
              shutdown
                  .runAll(CoordinatedShutdown.unknownReason())
                  .whenComplete((done, failed) -> over.complete(Done.getInstance()));
          return CompletableFuture.completedStage(Done.getInstance());
        });
    return over;
  }

  /** Whether a system that has ended was asked to leave its cluster. */
  static boolean hasLeft(ActorSystem<?> system) {
    return CoordinatedShutdown.get(system)
        .getShutdownReason()
        .filter(CoordinatedShutdown.clusterLeavingReason()::equals)
        .isPresent();
  }

  static String address(ActorSystem<?> system) {
    return Cluster.get(system).selfMember().address().toString();
  }

  /**
   * Stops a system.
   *
   * @param over what {@link #over} gave for it
   */
  static void stop(ActorSystem<?> system, CompletableFuture<Done> over) throws IOException {
    system.terminate();
    await(over, STOP, "the actors did not stop");
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
