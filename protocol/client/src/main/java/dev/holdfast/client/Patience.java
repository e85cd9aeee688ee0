package dev.holdfast.client;

import dev.holdfast.client.CallFailed.Where;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * How long, and how often, one caller tries again: pauses grow from 100 ms to 5 s, each shortened
 * by chance to between half and the whole, so that many clients do not return at once. Progress
 * starts it anew.
 */
final class Patience {

  private static final long FIRST = 100;
  private static final long LONGEST = 5_000;

  private final Duration limit;
  private final CountDownLatch givenUp;
  private boolean failing;
  private long since;
  private long pause = FIRST;

  /**
   * Patience for a time.
   *
   * @param givenUp opened when nobody waits any more
   */
  Patience(Duration limit, CountDownLatch givenUp) {
    this.limit = limit;
    this.givenUp = givenUp;
  }

  void progressed() {
    failing = false;
    pause = FIRST;
  }

  /** Whether the time is up, counted from the first failure after the last progress. */
  boolean over() {
    if (!failing) {
      failing = true;
      since = System.nanoTime();
    }
    return System.nanoTime() - since >= limit.toNanos();
  }

  /** Waits before the next try; throws when nobody waits any more. */
  void pause() {
    long span = pause / 2 + ThreadLocalRandom.current().nextLong(pause / 2 + 1);
    pause = Math.min(LONGEST, pause * 2);
    try {
      if (givenUp.await(span, TimeUnit.MILLISECONDS)) {
        throw interrupted();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw interrupted();
    }
  }

  private static CallFailed interrupted() {
    return new CallFailed(
        Where.THERE,
        "interrupted",
        "interrupted while waiting for the server",
        "ask again with the same key",
        null);
  }
}
