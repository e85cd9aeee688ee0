package dev.holdfast.metrics;

import dev.holdfast.actor.Watcher;
import dev.holdfast.session.Cause;
import dev.holdfast.session.Event;
import dev.holdfast.session.Job;
import dev.holdfast.session.Outcome;
import dev.holdfast.session.Session;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What happens to the sessions of a node, counted: since the node started, and only what it did
 * itself, so the figures of all nodes may be added up. What has several outcomes has the outcome as
 * a tag, with the words of the API.
 */
public final class SessionMeters implements Watcher {

  private final MeterRegistry registry;
  private final Counter takenOver;
  private final Counter replaced;
  private final Counter opened;
  private final Counter queued;
  private final Timer waited;

  /** Counts into a registry. */
  public SessionMeters(MeterRegistry registry) {
    this.registry = registry;
    this.takenOver =
        counter("holdfast.sessions.taken.over", "Sessions taken over from their last keeper");
    this.replaced =
        counter("holdfast.sessions.replaced", "Sessions found to have been taken over by another");
    this.opened = counter("holdfast.links.opened", "Links to targets that came up");
    this.queued = counter("holdfast.jobs.submitted", "Jobs accepted");
    this.waited =
        Timer.builder("holdfast.jobs.wait")
            .description("From a job's submission until it is handed to its target")
            .register(registry);
    for (Outcome.Kind kind : Outcome.Kind.values()) {
      run(kind);
    }
    lost("fenced");
    failed("fenced");
  }

  private Counter counter(String name, String description) {
    return Counter.builder(name).description(description).register(registry);
  }

  /** Is there from the beginning for each outcome, so that the first one is seen as a rise. */
  private Timer run(Outcome.Kind kind) {
    return Timer.builder("holdfast.jobs.run")
        .description("From a job's start, or its submission if it was never started, to its end")
        .tag("outcome", word(kind.name()))
        .register(registry);
  }

  private Counter lost(String cause) {
    return Counter.builder("holdfast.links.lost")
        .description("Links that were up and are not any more; cause none: they were let go")
        .tag("cause", cause)
        .register(registry);
  }

  private Counter failed(String cause) {
    return Counter.builder("holdfast.links.failed")
        .description("Attempts to open a link that failed with something new")
        .tag("cause", cause)
        .register(registry);
  }

  private static String word(String constant) {
    return constant.toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @Override
  public void changed(Session session) {}

  @Override
  public void takenOver(String session) {
    takenOver.increment();
  }

  @Override
  public void replaced(String session) {
    replaced.increment();
  }

  @Override
  public void happened(Session after, List<Event> events) {
    events.forEach(event -> count(after, event));
  }

  private void count(Session after, Event event) {
    if (event instanceof Event.LinkOpened) {
      opened.increment();
    } else if (event instanceof Event.LinkLost lost) {
      lost(kind(lost.cause())).increment();
    } else if (event instanceof Event.AttemptFailed attempt) {
      failed(attempt.cause().kind()).increment();
    } else if (event instanceof Event.JobQueued) {
      queued.increment();
    } else if (event instanceof Event.JobStarted started) {
      after.jobs().find(started.number()).ifPresent(this::started);
    } else if (event instanceof Event.JobFinished finished) {
      after.jobs().find(finished.number()).ifPresent(this::finished);
    }
  }

  private static String kind(Optional<Cause> cause) {
    return cause.map(Cause::kind).orElse("none");
  }

  private void started(Job job) {
    if (job.phase() instanceof Job.Phase.Running running) {
      waited.record(between(job.submittedAt(), running.since()));
    }
  }

  private void finished(Job job) {
    if (job.phase() instanceof Job.Phase.Ended end) {
      run(end.outcome().kind()).record(between(end.started().orElse(job.submittedAt()), end.at()));
    }
  }

  /** Two nodes' clocks may have told them. */
  private static Duration between(Instant from, Instant to) {
    return to.isBefore(from) ? Duration.ZERO : Duration.between(from, to);
  }
}
