package dev.holdfast.actor.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.persistence.query.javadsl.CurrentEventsByPersistenceIdQuery;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Events and snapshots on a real server that nodes share. */
@Timeout(300)
abstract class SharedJournalContract {
  /** What a node of the test's own tables persists with. */
  abstract Config journal() throws IOException;

  /** What reads events by their entity, in the plugin. */
  abstract CurrentEventsByPersistenceIdQuery events(Node node);

  /** SIGKILL to the server; returns when it is gone. */
  abstract void kill() throws IOException;

  /** Starts it again. */
  abstract void restart() throws IOException;

  @Test
  void eventsAndSnapshotsSurviveARestart() throws Exception {
    List<byte[]> entries = entries(25);
    try (Node node = node()) {
      ActorRef<Ledger.Command> ledger = node.ledger("one");
      for (byte[] entry : entries) {
        Node.await(node.enter(ledger, entry));
      }
    }
    try (Node node = node()) {
      ActorRef<Ledger.Command> ledger = node.ledger("one");
      assertEquals(Ledger.expected(entries), node.tell(ledger));
      byte[] last = WriterMain.entry(25);
      Node.await(node.enter(ledger, last));
      entries.add(last);
      assertEquals(Ledger.expected(entries), node.tell(ledger));
      List<byte[]> read =
          Node.await(
              events(node)
                  .currentEventsByPersistenceId("one", 3, Long.MAX_VALUE)
                  .map(envelope -> (byte[]) envelope.event())
                  .runWith(Sink.seq(), node.system()));
      assertEquals(24, read.size());
      assertArrayEquals(WriterMain.entry(2), read.get(0));
    }
  }

  @Test
  @DisplayName("behaviour 33: a database killed with -9 loses no event that was acknowledged")
  void aKilledServerLosesNothingThatWasAcknowledged() throws Exception {
    Map<String, Integer> acknowledged = new ConcurrentHashMap<>();
    Semaphore entered = new Semaphore(0);
    try (Node node = node()) {
      for (String id : List.of("a", "b", "c", "d")) {
        enterFrom(node, node.ledger(id), id, 0, acknowledged, entered);
      }
      assertTrue(entered.tryAcquire(400, 60, TimeUnit.SECONDS));
      kill();
      Map<String, Integer> atTheKill = Map.copyOf(acknowledged);
      restart();
      for (Map.Entry<String, Integer> each : atTheKill.entrySet()) {
        String told = tellAtLast(node, each.getKey());
        long kept = Ledger.entries(told);
        assertTrue(kept >= each.getValue(), () -> each + " was acknowledged; kept is " + told);
        assertEquals(Ledger.expected(entries((int) kept)), told);
      }
    }
  }

  private Node node() throws IOException {
    return Node.on(journal(), () -> {});
  }

  private static void enterFrom(
      Node node,
      ActorRef<Ledger.Command> ledger,
      String id,
      int number,
      Map<String, Integer> acknowledged,
      Semaphore entered) {
    node.enter(ledger, WriterMain.entry(number))
        .whenComplete(
            (done, failure) -> {
              if (failure == null) {
                acknowledged.put(id, number + 1);
                entered.release();
                enterFrom(node, ledger, id, number + 1, acknowledged, entered);
              }
            });
  }

  /** A ledger that is opened while the server is away ends; it is opened until it answers. */
  private static String tellAtLast(Node node, String id) {
    long deadline = System.nanoTime() + Node.DEADLINE.toNanos();
    while (true) {
      try {
        return AskPattern.ask(
                node.ledger(id), Ledger.Tell::new, Duration.ofSeconds(5), node.system().scheduler())
            .toCompletableFuture()
            .join();
      } catch (CompletionException notYet) {
        assertTrue(System.nanoTime() < deadline, notYet::toString);
      }
    }
  }

  private static List<byte[]> entries(int count) {
    return new ArrayList<>(IntStream.range(0, count).mapToObj(WriterMain::entry).toList());
  }
}
