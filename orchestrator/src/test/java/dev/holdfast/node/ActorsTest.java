package dev.holdfast.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
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

  /**
   * Regression: a node that the others had given up stood for minutes instead of ending, because
   * something in it did not stop.
   */
  @Test
  void aSystemIsOverWithItsShutdownAlsoWhenSomethingInItDoesNotStop() throws Exception {
    var blocked = new CountDownLatch(1);
    ActorSystem<?> system =
        ActorSystem.create(
            Behaviors.empty(),
            "stuck",
            ConfigFactory.parseString(
                    "pekko.coordinated-shutdown { phases.actor-system-terminate.timeout = 100 ms, run-by-jvm-shutdown-hook = off }")
                .withFallback(ConfigFactory.load()));
    try {
      var over = Actors.over(system);
      var entered = new CountDownLatch(1);
      system.systemActorOf(
          Behaviors.setup(
              context -> {
                entered.countDown();
                blocked.await();
                return Behaviors.empty();
              }),
          "stuck",
          DispatcherSelector.blocking());
      assertTrue(entered.await(20, TimeUnit.SECONDS));
      Actors.stop(system, over);
      assertFalse(system.getWhenTerminated().toCompletableFuture().isDone());
    } finally {
      blocked.countDown();
    }
    system.getWhenTerminated().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  private Supplier<CompletionStage<String>> answeringAfter(int failures) {
    return () ->
        asked.getAndIncrement() < failures
            ? CompletableFuture.failedStage(new TimeoutException("busy"))
            : CompletableFuture.completedStage("answer");
  }
}
