package dev.holdfast.transport;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How long to wait before the next attempt: bounded exponential backoff with full jitter.
 *
 * <p>Before retry <i>n</i> (0 is the first retry) the ceiling is {@code min(cap, base * 2^n)}, and
 * the delay is drawn evenly from [base / 2, ceiling]. Drawing from the whole range, not from its
 * end, is what keeps the sessions of a host that has just come back from arriving together; the
 * lower bound keeps an unlucky draw from being no pause at all.
 *
 * @param base the first ceiling, more than zero
 * @param cap the highest ceiling, not below {@code base}
 */
public record Backoff(Duration base, Duration cap) {

  /** Half a second, growing to thirty seconds. */
  public static final Backoff DEFAULT = new Backoff(Duration.ofMillis(500), Duration.ofSeconds(30));

  public Backoff {
    if (base.toMillis() < 1 || base.compareTo(cap) > 0) {
      throw new IllegalArgumentException("backoff needs 1 ms <= base <= cap");
    }
  }

  /** The longest delay before retry {@code retry}. */
  public Duration ceiling(int retry) {
    long limit = cap.toMillis();
    for (long ceiling = base.toMillis(), n = 0; ceiling < limit; ceiling *= 2, n++) {
      if (n >= retry) {
        return Duration.ofMillis(ceiling);
      }
    }
    return cap;
  }

  /**
   * The delay before retry {@code retry}, in whole milliseconds.
   *
   * @param retry how many retries there have been, 0 or more
   * @param random where the jitter comes from
   */
  public Duration delay(int retry, RandomGenerator random) {
    long least = Math.max(1, base.toMillis() / 2);
    return Duration.ofMillis(random.nextLong(least, ceiling(retry).toMillis() + 1));
  }
}
