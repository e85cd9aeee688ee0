package dev.holdfast.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.concurrent.TimeUnit;

/**
 * The machine's clock with an error that a file tells, in milliseconds, and that may change while
 * the node runs: so tests of wrong clocks need no right to set the machine's. Without the file
 * there is no error.
 */
final class WrongClock extends Clock {

  private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private final Path file;
  private final Clock right;
  private volatile Look last;

  private record Look(long at, Duration error) {}

  private WrongClock(Path file, Clock right) {
    this.file = file;
    this.right = right;
    this.last = look();
  }

  /** The right clock, or, when a file is named, a wrong one. */
  static Clock of(String file) {
    return file.isEmpty() ? Clock.systemUTC() : new WrongClock(Path.of(file), Clock.systemUTC());
  }

  private Look look() {
    long now = System.nanoTime();
    try {
      return new Look(now, Duration.ofMillis(Long.parseLong(Files.readString(file).strip())));
    } catch (IOException | NumberFormatException none) {
      return new Look(now, Duration.ZERO);
    }
  }

  @Override
  public Instant instant() {
    if (System.nanoTime() - last.at() > LOOK_AGAIN_NANOS) {
      last = look();
    }
    return right.instant().plus(last.error());
  }

  @Override
  public ZoneId getZone() {
    return right.getZone();
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return new WrongClock(file, right.withZone(zone));
  }
}
