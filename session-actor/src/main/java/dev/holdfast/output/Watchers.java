package dev.holdfast.output;

import dev.holdfast.output.OutputLog.Watch;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who wants to hear of changes, by job. They are called on the thread that made the change. */
final class Watchers {
  private static final Logger LOG = LoggerFactory.getLogger(Watchers.class);

  private record Job(String session, String job) {}

  private final ConcurrentHashMap<Job, List<Runnable>> byJob = new ConcurrentHashMap<>();

  Watch add(String session, String job, Runnable changed) {
    Job key = new Job(session, job);
    // A wrapper of its own, so that the same Runnable can watch twice and stop once.
    Runnable mine = () -> changed.run();
    byJob.compute(
        key,
        (k, watchers) -> {
          List<Runnable> list = watchers == null ? new CopyOnWriteArrayList<>() : watchers;
          list.add(mine);
          return list;
        });
    return () ->
        byJob.computeIfPresent(
            key,
            (k, watchers) -> {
              watchers.remove(mine);
              return watchers.isEmpty() ? null : watchers;
            });
  }

  void changed(String session, String job) {
    for (Runnable watcher : byJob.getOrDefault(new Job(session, job), List.of())) {
      call(watcher);
    }
  }

  void changed(String session) {
    byJob.forEach(
        (key, watchers) -> {
          if (key.session().equals(session)) {
            watchers.forEach(Watchers::call);
          }
        });
  }

  /** A watcher that fails must not fail the append that it hears of. */
  private static void call(Runnable watcher) {
    try {
      watcher.run();
    } catch (RuntimeException e) {
      LOG.error("A watcher of job output failed", e);
    }
  }
}
