package dev.holdfast.host;

import dev.holdfast.transport.Backoff;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** The pauses between the tries of one thing. */
final class Pauses {

  private final Backoff backoff;
  private int tries;

  Pauses(Duration least, Duration most) {
    this.backoff = new Backoff(least, most);
  }

  Duration next() {
    return backoff.delay(tries++, ThreadLocalRandom.current());
  }

  void reset() {
    tries = 0;
  }
}
