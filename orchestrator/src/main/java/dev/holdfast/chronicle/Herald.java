package dev.holdfast.chronicle;

import dev.holdfast.actor.Watcher;
import dev.holdfast.protocol.cluster.v1.SessionMark;
import dev.holdfast.session.Closed;
import dev.holdfast.session.New;
import dev.holdfast.session.Session;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Tells the chronicles how far the sessions of this node have got, until they have it: a mark is
 * kept until its chronicle has told the session that far. Between two messages to one chronicle
 * there is a moment in which sessions change; each is told once then. There is one mark for each
 * session that is owed, whatever happens to it.
 *
 * <p>What is lost with the node is told by the one that wakes its sessions. Thread-safe; never
 * blocks.
 */
public final class Herald implements Watcher {

  private static final Duration MOMENT = Duration.ofMillis(20);
  private static final Duration REST = Duration.ofSeconds(1);
  private static final Duration SETTLED = Duration.ofSeconds(2);
  private static final int MARKS = 200;

  private final Chronicles chronicles;
  private final Map<String, Errand> errands = new ConcurrentHashMap<>();

  /** Tells these. */
  public Herald(Chronicles chronicles) {
    this.chronicles = chronicles;
  }

  @Override
  public void changed(Session session) {
    // What is not in the journal is not told.
  }

  @Override
  public void written(Session after, long upTo) {
    if (after instanceof New) {
      return;
    }
    var mark = SoFar.mark(after.core().id(), upTo).toBuilder();
    if (after instanceof Closed) {
      mark.setClosedMillis(after.core().since().toEpochMilli());
    }
    errand(after.core().owner().tenant()).owe(mark.build());
  }

  /**
   * Completes when all that this node has done for a tenant up to now is told, or after two
   * seconds.
   */
  public CompletionStage<?> settled(String tenant) {
    return errand(tenant).settled();
  }

  private Errand errand(String tenant) {
    return errands.computeIfAbsent(tenant, Errand::new);
  }

  /** What one chronicle is owed. */
  private final class Errand {
    private final String tenant;
    private final Map<String, SessionMark> owed = new LinkedHashMap<>();
    private final List<Waiting> waiting = new ArrayList<>();
    private boolean underWay;

    private record Waiting(Map<String, Long> wanted, CompletableFuture<Void> done) {}

    Errand(String tenant) {
      this.tenant = tenant;
    }

    synchronized void owe(SessionMark mark) {
      owed.merge(mark.getSession(), mark, (a, b) -> a.getNumber() > b.getNumber() ? a : b);
      if (!underWay) {
        underWay = true;
        after(MOMENT);
      }
    }

    synchronized CompletionStage<Void> settled() {
      if (owed.isEmpty()) {
        return CompletableFuture.completedStage(null);
      }
      var wanted = new HashMap<String, Long>();
      owed.values().forEach(mark -> wanted.put(mark.getSession(), mark.getNumber()));
      var done = new CompletableFuture<Void>();
      waiting.add(new Waiting(wanted, done));
      return done.completeOnTimeout(null, SETTLED.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void after(Duration pause) {
      Executor then = CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS);
      then.execute(this::tell);
    }

    private void tell() {
      List<SessionMark> some;
      synchronized (this) {
        some = owed.values().stream().limit(MARKS).toList();
      }
      var unused =
          chronicles
              .tell(tenant, some)
              .whenComplete((told, failed) -> heard(failed == null ? told : List.of()));
    }

    private synchronized void heard(List<SessionMark> told) {
      int before = owed.size();
      for (SessionMark mark : told) {
        owed.computeIfPresent(
            mark.getSession(), (session, now) -> now.getNumber() <= mark.getNumber() ? null : now);
        waiting.forEach(
            it ->
                it.wanted()
                    .computeIfPresent(
                        mark.getSession(),
                        (session, number) -> number <= mark.getNumber() ? null : number));
      }
      for (Waiting it : waiting) {
        if (it.wanted().isEmpty()) {
          it.done().complete(null);
        }
      }
      waiting.removeIf(it -> it.done().isDone());
      underWay = !owed.isEmpty();
      if (underWay) {
        after(!told.isEmpty() && progressed(before, told) ? MOMENT : REST);
      }
    }

    private boolean progressed(int before, List<SessionMark> told) {
      return owed.size() < before || told.stream().anyMatch(mark -> mark.getNumber() > 0);
    }
  }
}
