package dev.holdfast.session;

import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * What a session and its jobs may take. Of two limits the smaller one holds.
 *
 * @param jobTime the longest run time of a job; zero for none
 * @param sessionTime how long after its opening the session is removed; zero for never
 * @param parkAfter how long it keeps its link without work; zero for ever, empty: as its node says
 * @param selfRepairs how many shells it may lose and replace by itself
 * @param outputLimit unread bytes kept per stream of a job; 0 for no limit
 * @param drop at that limit, whether the oldest output goes, for jobs that have no limit of their
 *     own
 */
public record Limits(
    Duration jobTime,
    Duration sessionTime,
    Optional<Duration> parkAfter,
    int selfRepairs,
    long outputLimit,
    boolean drop) {

  public static final Limits NONE =
      new Limits(Duration.ZERO, Duration.ZERO, Optional.empty(), 0, 0, false);

  public Limits {
    Objects.requireNonNull(jobTime);
    Objects.requireNonNull(sessionTime);
    Objects.requireNonNull(parkAfter);
  }

  /** The request as it is granted. */
  JobRequest grant(JobRequest request) {
    boolean own = request.outputLimit() > 0;
    boolean within = outputLimit == 0 || (own && request.outputLimit() <= outputLimit);
    return request.within(
        shorter(request.timeout(), jobTime),
        within ? request.outputLimit() : outputLimit,
        own ? request.drop() : drop);
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.isZero() || (!b.isZero() && b.compareTo(a) < 0) ? b : a;
  }
}
