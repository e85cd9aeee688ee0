package dev.holdfast.behaviour;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Waits for what will be true soon, and says what was seen last when it never was. */
final class Eventually {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(30);

  private Eventually() {}

  /** Looks until what is seen is as it should be; returns that. */
  static <T> T see(String what, Supplier<T> look, Predicate<T> good) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    T seen = look.get();
    while (!good.test(seen)) {
      if (System.nanoTime() > until) {
        throw new AssertionError(what + ": not after " + PATIENCE + ", but " + seen);
      }
      LockSupport.parkNanos(PAUSE.toNanos());
      seen = look.get();
    }
    return seen;
  }

  /** Waits until it holds. */
  static void holds(String what, Callable<Boolean> condition) {
    see(
        what,
        () -> {
          try {
            return condition.call();
          } catch (Exception e) {
            throw new AssertionError(what, e);
          }
        },
        Boolean::booleanValue);
  }
}
