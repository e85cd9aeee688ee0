package dev.holdfast.host;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Pauses that double from a least to a most; each is shortened at random by up to a half. */
final class Backoff {

  private final Duration min;
  private final Duration max;
  private Duration next;

  Backoff(Duration min, Duration max) {
    this.min = min;
    this.max = max;
    this.next = min;
  }

  Duration next() {
    Duration pause = next;
    Duration twice = next.multipliedBy(2);
    next = twice.compareTo(max) > 0 ? max : twice;
    return pause.dividedBy(100).multipliedBy(ThreadLocalRandom.current().nextInt(50, 101));
  }

  void reset() {
    next = min;
  }
}
