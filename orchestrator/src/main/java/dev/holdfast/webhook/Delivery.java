package dev.holdfast.webhook;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How hard a delivery is tried.
 *
 * @param attempts how many there are before it is given up
 * @param firstPause after the first attempt; each pause is twice the one before
 * @param longestPause none is longer
 * @param deadline by when a receiver must have answered
 */
public record Delivery(
    int attempts, Duration firstPause, Duration longestPause, Duration deadline) {

  /** The pause after so many failed attempts, shortened by chance to between half and whole. */
  Duration pause(int failed, RandomGenerator random) {
    long first = firstPause.toMillis();
    long doubled = failed > 30 ? Long.MAX_VALUE : first << (failed - 1);
    long most = Math.max(1, Math.min(longestPause.toMillis(), doubled < first ? first : doubled));
    return Duration.ofMillis(most / 2 + random.nextLong(most / 2 + 1));
  }
}
