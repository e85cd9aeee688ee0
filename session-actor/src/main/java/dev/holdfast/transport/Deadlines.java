package dev.holdfast.transport;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** Ends a wait in time, with a failure that says what was waited for. */
public final class Deadlines {

  private Deadlines() {}

  /**
   * Fails {@code work} itself, if it is not done in time, so that whoever does it can see that
   * nobody waits any more.
   */
  public static <T> CompletableFuture<T> within(
      CompletableFuture<T> work, Duration deadline, Supplier<Failure> late) {
    var answer = new CompletableFuture<T>();
    var unused =
        work.orTimeout(Math.max(1, deadline.toMillis()), TimeUnit.MILLISECONDS)
            .whenComplete(
                (value, error) -> {
                  if (error == null) {
                    answer.complete(value);
                  } else if (error instanceof TimeoutException) {
                    answer.completeExceptionally(new TransportException(late.get()));
                  } else {
                    answer.completeExceptionally(new TransportException(Failure.of(error)));
                  }
                });
    return answer;
  }
}
