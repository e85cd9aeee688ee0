package dev.holdfast.host;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/**
 * Sees to it that the host script is sent to a target at most once at a time, however many sessions
 * are opened there at once: whoever comes second waits for the first and then looks again.
 */
final class Installs {

  private final ConcurrentHashMap<String, CompletableFuture<Void>> running =
      new ConcurrentHashMap<>();

  /** Starts the work, or joins the one under way for the same place. */
  CompletionStage<Void> once(String place, Supplier<CompletionStage<Void>> work) {
    var mine = new CompletableFuture<Void>();
    var others = running.putIfAbsent(place, mine);
    if (others != null) {
      return others;
    }
    work.get()
        .whenComplete(
            (done, failure) -> {
              running.remove(place, mine);
              if (failure == null) {
                mine.complete(null);
              } else {
                mine.completeExceptionally(failure);
              }
            });
    return mine;
  }
}
