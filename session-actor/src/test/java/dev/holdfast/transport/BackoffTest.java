package dev.holdfast.transport;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class BackoffTest {

  @Property
  void aDelayIsNeitherNoPauseNorBeyondItsCeiling(
      @ForAll @LongRange(min = 1, max = 10_000) long base,
      @ForAll @LongRange(min = 1, max = 100_000) long above,
      @ForAll @IntRange(min = 0, max = Integer.MAX_VALUE) int retry,
      @ForAll long seed) {
    var backoff = new Backoff(Duration.ofMillis(base), Duration.ofMillis(base + above));
    Duration delay = backoff.delay(retry, new Random(seed));
    assertTrue(delay.toMillis() >= Math.max(1, base / 2));
    assertTrue(delay.compareTo(backoff.ceiling(retry)) <= 0);
    assertTrue(delay.compareTo(backoff.cap()) <= 0);
  }

  @Property
  void aCeilingNeverFallsAndReachesTheCap(
      @ForAll @LongRange(min = 1, max = 10_000) long base,
      @ForAll @IntRange(min = 0, max = 100) int retry) {
    var backoff = new Backoff(Duration.ofMillis(base), Duration.ofMinutes(5));
    assertTrue(backoff.ceiling(retry).compareTo(backoff.ceiling(retry + 1)) <= 0);
    assertEquals(backoff.cap(), backoff.ceiling(64));
  }

  @Property
  void twoSessionsSeldomWaitForTheSameTime(@ForAll long seed) {
    var random = new Random(seed);
    long distinct =
        random
            .longs(100)
            .map(s -> Backoff.DEFAULT.delay(6, new Random(s)).toMillis())
            .distinct()
            .count();
    assertTrue(distinct > 90, "only " + distinct + " distinct delays of 100");
  }

  @Test
  void theDefaultDoublesFromHalfASecondToThirty() {
    assertEquals(Duration.ofMillis(500), Backoff.DEFAULT.ceiling(0));
    assertEquals(Duration.ofSeconds(1), Backoff.DEFAULT.ceiling(1));
    assertEquals(Duration.ofSeconds(16), Backoff.DEFAULT.ceiling(5));
    assertEquals(Duration.ofSeconds(30), Backoff.DEFAULT.ceiling(6));
  }

  @Test
  void anImpossibleRangeIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)));
    assertThrows(
        IllegalArgumentException.class, () -> new Backoff(Duration.ZERO, Duration.ofSeconds(1)));
  }
}
