package dev.holdfast.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ActorsTest {

  private final AtomicInteger asked = new AtomicInteger();

  /** Regression: a busy machine did not answer the first time, and the node ended with 1. */
  @Test
  void aJournalThatIsSlowAtAStartIsAskedAgain() throws IOException {
    assertEquals("answer", Actors.read(answeringAfter(2), Duration.ofMinutes(1)));
    assertEquals(3, asked.get());
  }

  @Test
  void aJournalThatNeverAnswersEndsTheStart() {
    var failed =
        assertThrows(
            IOException.class,
            () -> Actors.read(answeringAfter(Integer.MAX_VALUE), Duration.ofMillis(600)));
    assertTrue(failed.getMessage().contains("the journal could not be read"), failed.getMessage());
    assertTrue(asked.get() >= 2);
  }

  private Supplier<CompletionStage<String>> answeringAfter(int failures) {
    return () ->
        asked.getAndIncrement() < failures
            ? CompletableFuture.failedStage(new TimeoutException("busy"))
            : CompletableFuture.completedStage("answer");
  }
}
