package dev.holdfast.api;

import dev.holdfast.directory.Directory;
import dev.holdfast.protocol.v1.FileCopy;
import dev.holdfast.session.Cause;
import dev.holdfast.session.Command;
import dev.holdfast.session.Copy;
import dev.holdfast.session.Origin;
import dev.holdfast.transport.Connection;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Target;
import dev.holdfast.transport.TransportException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The copies that this node carries. A copy is known by its session and key; its first call here
 * asks the session, which writes it down, and its last one, or its silence, has the end written
 * down. What was copied lies on the target, so nothing of this need outlive the node.
 *
 * <p>Bounded: {@link Limits}. A copy counts as use of its session.
 */
public final class Copies implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Copies.class);

  /** So many ended copies are remembered, for those who did not get the answer. */
  private static final int ENDED_REMEMBERED = 1_000;

  private final Access access;
  private final Limits limits;
  private final Targets targets;
  private final Executor threads;
  private final Map<Key, Carried> carried = new HashMap<>();
  private final Map<Key, Amount> ended = new LinkedHashMap<>();

  private record Key(String session, String key) {}

  /** How a target is reached. */
  @FunctionalInterface
  public interface Targets {
    CompletionStage<Connection> connect(Target target, Duration deadline);
  }

  /**
   * What a node bears.
   *
   * @param perSession how many copies of one session
   * @param perNode how many altogether
   * @param idle after how long without a call a copy is given up
   * @param useEvery how often a session is told that it is in use
   */
  public record Limits(int perSession, int perNode, Duration idle, Duration useEvery) {}

  /** What was carried. */
  record Amount(long files, long bytes) {}

  /**
   * @param threads may be blocked, as many as there are copies
   */
  public Copies(
      Directory directory,
      Asks asks,
      Administrators administrators,
      Limits limits,
      Targets targets,
      Executor threads,
      ScheduledExecutorService timers) {
    this.access = new Access(directory, asks, administrators);
    this.limits = limits;
    this.targets = targets;
    this.threads = threads;
    repeat(timers, limits.idle().dividedBy(4), this::giveUpIdle);
    repeat(timers, limits.useEvery(), this::keepInUse);
  }

  private static void repeat(ScheduledExecutorService timers, Duration pause, Runnable work) {
    long millis = Math.max(1, pause.toMillis());
    var unused = timers.scheduleWithFixedDelay(work, millis, millis, TimeUnit.MILLISECONDS);
  }

  /** Does something for a copy; the first time, its session is asked whether it may begin. */
  <T> CompletionStage<T> call(
      FileCopy request, Origin by, Function<Carried, CompletionStage<T>> work) {
    Copy copy = copy(request);
    return access
        .find(Fields.selector("copy.session", request.getSession()), by)
        .thenCompose(session -> work.apply(at(session.core().id(), copy, by)))
        .handle(Copies::answer);
  }

  private static <T> T answer(T value, Throwable failed) {
    if (failed == null) {
      return value;
    }
    Throwable cause = failed;
    while (cause instanceof CompletionException && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof TransportException transport) {
      throw Refusal.of(transport.failure());
    }
    throw cause instanceof RuntimeException known ? known : new CompletionException(cause);
  }

  private static Copy copy(FileCopy request) {
    String key =
        Fields.key(request.getKey())
            .orElseThrow(() -> Refusal.invalid("copy.key", "is missing; choose one"));
    Fields.check(request.getRoot().length() <= 4096, "copy.root", "is longer than 4096");
    return new Copy(key, request.getUp(), request.getRoot());
  }

  private Carried at(String session, Copy copy, Origin by) {
    Carried fresh;
    synchronized (this) {
      Carried known = carried.get(new Key(session, copy.key()));
      if (known != null) {
        demandSame(known.copy, copy);
        return known;
      }
      demandRoom(session);
      fresh = new Carried(session, copy, by, targets, threads);
      carried.put(new Key(session, copy.key()), fresh);
    }
    var unused =
        access
            .askById(session, new Command.BeginCopy(copy), by)
            .whenComplete(
                (answer, failed) -> {
                  if (failed == null) {
                    fresh.agreed(Target.parse(answer.session().core().terms().target()));
                  } else {
                    forget(fresh);
                    fresh.refused(failed);
                  }
                });
    return fresh;
  }

  private static void demandSame(Copy known, Copy copy) {
    if (!known.equals(copy)) {
      throw Refusal.of(
          Kind.KEY_REUSED, "this key is that of another copy", "use a new key for a new copy");
    }
  }

  private void demandRoom(String session) {
    long ofSession = carried.keySet().stream().filter(k -> k.session().equals(session)).count();
    if (ofSession >= limits.perSession() || carried.size() >= limits.perNode()) {
      throw Refusal.of(
          Kind.TOO_MANY_COPIES,
          ofSession >= limits.perSession()
              ? "the session has " + ofSession + " copies under way already"
              : "the node carries " + carried.size() + " copies already",
          "wait until one of them is over");
    }
  }

  private synchronized boolean forget(Carried copy) {
    return carried.remove(new Key(copy.session, copy.copy.key()), copy);
  }

  // ---- the end

  /** Ends a copy, and has that written down; again, it gives the same answer. */
  CompletionStage<Amount> end(FileCopy request, Optional<Cause> failure, Origin by) {
    Copy copy = copy(request);
    return access
        .find(Fields.selector("copy.session", request.getSession()), by)
        .thenCompose(session -> end(session.core().id(), copy, failure, by));
  }

  private CompletionStage<Amount> end(
      String session, Copy copy, Optional<Cause> failure, Origin by) {
    Carried known;
    synchronized (this) {
      Key key = new Key(session, copy.key());
      known = carried.get(key);
      if (known == null && ended.containsKey(key)) {
        return CompletableFuture.completedStage(ended.get(key));
      }
    }
    return known == null
        ? written(session, copy, new Amount(0, 0), failure, by)
        : over(known, failure);
  }

  private CompletionStage<Amount> over(Carried copy, Optional<Cause> failure) {
    Amount amount = copy.end();
    return forget(copy)
        ? written(copy.session, copy.copy, amount, failure, copy.by)
        : CompletableFuture.completedStage(amount);
  }

  private CompletionStage<Amount> written(
      String session, Copy copy, Amount amount, Optional<Cause> failure, Origin by) {
    synchronized (this) {
      ended.put(new Key(session, copy.key()), amount);
      if (ended.size() > ENDED_REMEMBERED) {
        ended.remove(ended.keySet().iterator().next());
      }
    }
    return access
        .askById(session, new Command.EndCopy(copy, amount.files(), amount.bytes(), failure), by)
        .thenApply(answer -> amount);
  }

  // ---- from time to time

  private void giveUpIdle() {
    for (Carried copy : all()) {
      if (copy.isIdle(limits.idle())) {
        Cause cause =
            new Cause(
                "abandoned",
                "nobody went on with it on this node for " + limits.idle().toSeconds() + " s",
                "copy again; it goes on from where it was");
        report("the end of an abandoned copy", over(copy, Optional.of(cause)));
      }
    }
  }

  private void keepInUse() {
    all().stream()
        .map(copy -> copy.session)
        .distinct()
        .forEach(
            session ->
                report(
                    "the use of a session",
                    access.askById(session, new Command.StayInUse(), Origin.NODE)));
  }

  private static void report(String what, CompletionStage<?> done) {
    var unused =
        done.whenComplete(
            (value, failed) -> {
              if (failed != null) {
                LOG.warn("{} could not be written down: {}", what, Failure.of(failed).cause());
              }
            });
  }

  private synchronized List<Carried> all() {
    return List.copyOf(carried.values());
  }

  /** The node goes; its copies go on through another one. */
  @Override
  public void close() {
    all().forEach(Carried::end);
  }
}
