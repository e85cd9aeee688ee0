package dev.holdfast.output;

import dev.holdfast.output.OutputLog.Place;
import dev.holdfast.output.OutputLog.Watch;
import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks, in rounds, whether output that somebody watches has grown by the hand of another process.
 * A job is looked at once a round however many watch it, and not at all in a round in which this
 * process itself stored something of it; nobody watching, nothing is asked. The next round begins
 * when the last is over and the pause has passed, so a slow server is not asked faster.
 */
final class WatchRounds implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WatchRounds.class);

  /** Jobs that are looked at side by side. */
  private static final int AT_ONCE = 4;

  interface Ends {
    long end(Place place) throws IOException;
  }

  private record Job(String session, String job) {}

  private static final class Watched {
    private final Map<StreamName, Long> ends = new EnumMap<>(StreamName.class);
    private int watchers;
    private volatile boolean changedHere;
  }

  private final Ends ends;
  private final Watchers watchers;
  private final ConcurrentHashMap<Job, Watched> watched = new ConcurrentHashMap<>();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(daemons("holdfast-output-rounds"));
  private final ExecutorService hands =
      Executors.newFixedThreadPool(AT_ONCE, daemons("holdfast-output-look"));

  private final Future<?> rounds;

  WatchRounds(Duration pause, Ends ends, Watchers watchers) {
    this.ends = ends;
    this.watchers = watchers;
    this.rounds =
        clock.scheduleWithFixedDelay(
            this::round, pause.toMillis(), pause.toMillis(), TimeUnit.MILLISECONDS);
  }

  Watch add(String session, String job) {
    Job key = new Job(session, job);
    watched.compute(
        key,
        (k, present) -> {
          Watched it = present == null ? new Watched() : present;
          it.watchers++;
          return it;
        });
    return new Watch() {
      private boolean closed;

      @Override
      public synchronized void close() {
        if (!closed) {
          closed = true;
          watched.computeIfPresent(key, (k, it) -> --it.watchers == 0 ? null : it);
        }
      }
    };
  }

  /** The watchers know already; the next round need not look. */
  void changedHere(Place place) {
    Watched it = watched.get(new Job(place.session(), place.job()));
    if (it != null) {
      it.changedHere = true;
    }
  }

  @Override
  public void close() {
    rounds.cancel(true);
    clock.shutdownNow();
    hands.shutdownNow();
  }

  private void round() {
    List<Callable<Object>> looks =
        watched.entrySet().stream()
            .map(each -> Executors.callable(() -> look(each.getKey(), each.getValue())))
            .toList();
    try {
      hands.invokeAll(looks);
    } catch (InterruptedException closed) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("A round of looks at watched output failed", e);
    }
  }

  private void look(Job job, Watched it) {
    if (it.changedHere) {
      it.changedHere = false;
      it.ends.clear();
      return;
    }
    try {
      boolean first = it.ends.isEmpty();
      boolean grown = false;
      for (StreamName name : (Iterable<StreamName>) Stream.of(StreamName.values())::iterator) {
        long end = ends.end(new Place(job.session(), job.job(), name));
        Long before = it.ends.put(name, end);
        grown |= before != null && before != end;
      }
      // What was stored between the watch's beginning and the first look is not known to be known.
      if (grown || first) {
        watchers.changed(job.session(), job.job());
      }
    } catch (IOException e) {
      LOG.debug("A look at the output of {} failed; the next round looks again", job, e);
    }
  }

  private static ThreadFactory daemons(String name) {
    return work -> {
      Thread thread = new Thread(work, name);
      thread.setDaemon(true);
      return thread;
    };
  }
}
