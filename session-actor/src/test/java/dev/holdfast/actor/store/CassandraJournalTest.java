package dev.holdfast.actor.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.datastax.oss.driver.api.core.CqlSession;
import dev.holdfast.actor.store.cassandra.CassandraClient;
import dev.holdfast.actor.store.cassandra.CassandraJournal;
import dev.holdfast.actor.store.cassandra.CassandraSettings;
import dev.holdfast.actor.store.cassandra.Given;
import dev.holdfast.actor.store.cassandra.Schema;
import dev.holdfast.cassandra.CassandraNode;
import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.fixture.OneCassandra;
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
import org.apache.pekko.persistence.cassandra.query.javadsl.CassandraReadJournal;
import org.apache.pekko.persistence.query.PersistenceQuery;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Events and snapshots on a real Cassandra. */
@Timeout(300)
@ExtendWith(OneCassandra.class)
final class CassandraJournalTest {
  private static CassandraNode server;
  private static CassandraSettings settings;

  @BeforeAll
  static void applySchema(CassandraNode node) throws IOException {
    server = node;
    settings = Given.settings(node, "journal_test");
    try (CqlSession session = CassandraClient.connect(settings)) {
      new Schema(session, settings.keyspace()).apply(CassandraRing.DATACENTER, 1, line -> {});
    }
  }

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
              PersistenceQuery.get(node.system())
                  .getReadJournalFor(CassandraReadJournal.class, CassandraReadJournal.Identifier())
                  .currentEventsByPersistenceId("one", 3, Long.MAX_VALUE)
                  .map(envelope -> (byte[]) envelope.event())
                  .runWith(Sink.seq(), node.system()));
      assertEquals(24, read.size());
      assertArrayEquals(WriterMain.entry(2), read.get(0));
    }
  }

  @Test
  @DisplayName("behaviour 33: Cassandra killed with -9 loses no event that was acknowledged")
  void aKilledServerLosesNothingThatWasAcknowledged() throws Exception {
    Map<String, Integer> acknowledged = new ConcurrentHashMap<>();
    Semaphore entered = new Semaphore(0);
    try (Node node = node()) {
      for (String id : List.of("a", "b", "c", "d")) {
        enterFrom(node, node.ledger(id), id, 0, acknowledged, entered);
      }
      assertTrue(entered.tryAcquire(400, 60, TimeUnit.SECONDS));
      server.kill();
      Map<String, Integer> atTheKill = Map.copyOf(acknowledged);
      server.restart();
      for (Map.Entry<String, Integer> each : atTheKill.entrySet()) {
        String told = tellAtLast(node, each.getKey());
        long kept = Ledger.entries(told);
        assertTrue(kept >= each.getValue(), () -> each + " was acknowledged; kept is " + told);
        assertEquals(Ledger.expected(entries((int) kept)), told);
      }
    }
  }

  private static Node node() throws IOException {
    return Node.on(CassandraJournal.prepare(settings), () -> {});
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

  /** A ledger that is opened while Cassandra is away ends; it is opened until it answers. */
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
