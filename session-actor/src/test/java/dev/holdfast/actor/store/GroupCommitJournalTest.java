package dev.holdfast.actor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.persistence.AtomicWrite;
import org.apache.pekko.persistence.DeleteMessagesSuccess;
import org.apache.pekko.persistence.JournalProtocol;
import org.apache.pekko.persistence.JournalProtocol.DeleteMessagesTo;
import org.apache.pekko.persistence.JournalProtocol.RecoverySuccess;
import org.apache.pekko.persistence.JournalProtocol.ReplayMessages;
import org.apache.pekko.persistence.JournalProtocol.ReplayedMessage;
import org.apache.pekko.persistence.JournalProtocol.WriteMessageFailure;
import org.apache.pekko.persistence.JournalProtocol.WriteMessageRejected;
import org.apache.pekko.persistence.JournalProtocol.WriteMessageSuccess;
import org.apache.pekko.persistence.JournalProtocol.WriteMessages;
import org.apache.pekko.persistence.JournalProtocol.WriteMessagesFailed;
import org.apache.pekko.persistence.Persistence;
import org.apache.pekko.persistence.PersistentEnvelope;
import org.apache.pekko.persistence.PersistentRepr;
import org.apache.pekko.persistence.jdbc.query.javadsl.JdbcReadJournal;
import org.apache.pekko.persistence.journal.Tagged;
import org.apache.pekko.persistence.query.EventEnvelope;
import org.apache.pekko.persistence.query.Offset;
import org.apache.pekko.persistence.query.PersistenceQuery;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.testkit.TestProbe;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import scala.concurrent.duration.FiniteDuration;
import scala.jdk.javaapi.CollectionConverters;
import scala.jdk.javaapi.DurationConverters;

/**
 * What Pekko's persistence TCK asks of a journal (JournalSpec, which needs ScalaTest), and what
 * this journal promises beyond it. As there, each test finds five events, the last two of which
 * were written as one.
 */
@Timeout(180)
class GroupCommitJournalTest {
  private static final String ID = "p-1";
  private static final String WRITER = "writer-1";
  private static final int INSTANCE = 7;
  private static final FiniteDuration DEADLINE = DurationConverters.toScala(Node.DEADLINE);

  @TempDir Path temporary;
  private Node node;
  private ActorSystem system;
  private ActorRef journal;
  private TestProbe receiver;

  @BeforeEach
  void writeFive() throws Exception {
    start("holdfast-journal");
    write(
        List.of(
            one(event(ID, 1)),
            one(event(ID, 2)),
            one(event(ID, 3)),
            both(event(ID, 4), event(ID, 5))));
    expectWritten(ID, 1, 5);
  }

  @AfterEach
  void stop() throws Exception {
    node.close();
  }

  private void start(String plugin) throws Exception {
    node = Node.start(temporary.resolve("data"));
    system = node.system().classicSystem();
    journal = Persistence.get(system).journalFor(plugin, system.settings().config());
    receiver = new TestProbe(system);
  }

  // Replay, as in JournalSpec

  @Test
  void allEventsAreReplayed() {
    replay(1, Long.MAX_VALUE, Long.MAX_VALUE, ID);
    expectReplayed(5, 1, 2, 3, 4, 5);
  }

  @Test
  void replayBeginsAtTheLowerBound() {
    replay(3, Long.MAX_VALUE, Long.MAX_VALUE, ID);
    expectReplayed(5, 3, 4, 5);
  }

  @Test
  void replayEndsAtTheUpperBound() {
    replay(1, 3, Long.MAX_VALUE, ID);
    expectReplayed(5, 1, 2, 3);
  }

  @Test
  void replayEndsAtTheCount() {
    replay(1, Long.MAX_VALUE, 3, ID);
    expectReplayed(5, 1, 2, 3);
  }

  @Test
  void replayKeepsBothBoundsAndTheCount() {
    replay(2, 3, Long.MAX_VALUE, ID);
    expectReplayed(5, 2, 3);
    replay(2, 5, 2, ID);
    expectReplayed(5, 2, 3);
    replay(2, 2, Long.MAX_VALUE, ID);
    expectReplayed(5, 2);
    replay(2, 4, 1, ID);
    expectReplayed(5, 2);
  }

  @Test
  void nothingIsReplayedForACountOfNoneOrCrossedBounds() {
    replay(2, 4, 0, ID);
    expectReplayed(5);
    replay(3, 2, Long.MAX_VALUE, ID);
    expectReplayed(5);
  }

  @Test
  void anUnknownEntityHasNoEventsAndNumberZero() {
    replay(0, Long.MAX_VALUE, Long.MAX_VALUE, "non-existing-pid");
    expectReplayed(0);
  }

  @Test
  void deletedEventsAreNotReplayed() {
    delete(3);
    replay(1, Long.MAX_VALUE, Long.MAX_VALUE, ID);
    expectReplayed(5, 4, 5);
    replay(3, Long.MAX_VALUE, Long.MAX_VALUE, ID);
    expectReplayed(5, 4, 5);
    replay(4, Long.MAX_VALUE, Long.MAX_VALUE, ID);
    expectReplayed(5, 4, 5);
    replay(1, 2, Long.MAX_VALUE, ID);
    expectReplayed(5);
    replay(1, 3, Long.MAX_VALUE, ID);
    expectReplayed(5);
    replay(1, 4, Long.MAX_VALUE, ID);
    expectReplayed(5, 4);
  }

  @Test
  void theHighestNumberOutlivesTheDeletionOfAllEvents() throws Exception {
    delete(Long.MAX_VALUE);
    replay(0, Long.MAX_VALUE, Long.MAX_VALUE, ID);
    expectReplayed(5);
    node.close();
    start("holdfast-journal");
    replay(0, Long.MAX_VALUE, Long.MAX_VALUE, ID);
    expectReplayed(5);
    write(List.of(one(event(ID, 6))));
    expectWritten(ID, 6, 6);
    delete(5);
    replay(0, Long.MAX_VALUE, Long.MAX_VALUE, ID);
    expectReplayed(6, 6);
  }

  // Writing, as in JournalSpec

  @Test
  void anEventThatCannotBeSerializedIsRejectedAlone() {
    Object unserializable = new Object();
    write(List.of(one(event(ID, 6)), one(event(ID, 7, unserializable)), one(event(ID, 8))));
    assertEquals(6, success().sequenceNr());
    WriteMessageRejected rejected = receiver.expectMsgClass(DEADLINE, WriteMessageRejected.class);
    assertEquals(unserializable, rejected.message().payload());
    assertInstanceOf(java.io.NotSerializableException.class, rejected.cause());
    assertEquals(8, success().sequenceNr());
    replay(6, Long.MAX_VALUE, Long.MAX_VALUE, ID);
    expectReplayed(8, 6, 8);
  }

  @Test
  void writesThatBelongTogetherAreRejectedTogether() {
    write(List.of(both(event(ID, 6), event(ID, 7, new Object()))));
    receiver.expectMsgClass(DEADLINE, WriteMessageRejected.class);
    receiver.expectMsgClass(DEADLINE, WriteMessageRejected.class);
    replay(6, Long.MAX_VALUE, Long.MAX_VALUE, ID);
    expectReplayed(5);
  }

  @Test
  void eventsComeBackAsTheirSerializerMadeThem() {
    write(List.of(one(event(ID, 6, ByteString.fromString("bytes")))));
    success();
    replay(6, 6, 1, ID);
    ReplayedMessage replayed = receiver.expectMsgClass(DEADLINE, ReplayedMessage.class);
    assertEquals(ByteString.fromString("bytes"), replayed.persistent().payload());
    receiver.expectMsg(DEADLINE, new RecoverySuccess(6));
  }

  @Test
  void metadataManifestAndTimeComeBack() {
    PersistentRepr event =
        event(ID, 6).withMetadata("meta-data").withManifest("adapter").withTimestamp(1234);
    write(List.of(one(event)));
    success();
    replay(6, 6, 1, ID);
    PersistentRepr replayed = receiver.expectMsgClass(DEADLINE, ReplayedMessage.class).persistent();
    assertEquals("meta-data", replayed.metadata().get());
    assertEquals("adapter", replayed.manifest());
    assertEquals(1234, replayed.timestamp());
    receiver.expectMsg(DEADLINE, new RecoverySuccess(6));
  }

  // Beyond JournalSpec

  @Test
  void aNumberThatIsTakenFailsThatWriteAndNoOther() {
    for (int i = 1; i <= 50; i++) {
      journal.tell(
          new WriteMessages(envelopes(List.of(one(event("other", i)))), receiver.ref(), INSTANCE),
          receiver.ref());
    }
    TestProbe second = new TestProbe(system);
    journal.tell(
        new WriteMessages(envelopes(List.of(one(event(ID, 5)))), second.ref(), INSTANCE),
        second.ref());
    second.expectMsgClass(DEADLINE, WriteMessagesFailed.class);
    second.expectMsgClass(DEADLINE, WriteMessageFailure.class);
    for (int i = 1; i <= 50; i++) {
      receiver.expectMsg(DEADLINE, JournalProtocol.WriteMessagesSuccessful$.MODULE$);
      assertEquals(i, success().sequenceNr());
    }
    replay(1, Long.MAX_VALUE, Long.MAX_VALUE, ID);
    expectReplayed(5, 1, 2, 3, 4, 5);
  }

  @Test
  void aReplaySeesWhatWasSentBeforeIt() {
    TestProbe writes = new TestProbe(system);
    for (int i = 6; i <= 200; i++) {
      journal.tell(
          new WriteMessages(envelopes(List.of(one(event(ID, i)))), writes.ref(), INSTANCE),
          writes.ref());
    }
    replay(6, Long.MAX_VALUE, Long.MAX_VALUE, ID);
    expectReplayed(200, LongStream.rangeClosed(6, 200).toArray());
  }

  @Test
  void theOtherPluginReadsWhatThisOneWroteAndTheOtherWayRound() throws Exception {
    delete(2);
    node.close();
    start("jdbc-journal");
    replay(1, Long.MAX_VALUE, Long.MAX_VALUE, ID);
    expectReplayed(5, 3, 4, 5);
    write(List.of(both(event(ID, 6), event(ID, 7)), one(event(ID, 8))));
    expectWritten(ID, 6, 8);
    delete(3);
    node.close();
    start("holdfast-journal");
    replay(1, Long.MAX_VALUE, Long.MAX_VALUE, ID);
    expectReplayed(8, 4, 5, 6, 7, 8);
  }

  @Test
  void tagsAreFoundByTheQueries() throws Exception {
    write(
        List.of(
            one(event(ID, 6, new Tagged("tagged", Set.of("red", "blue")))),
            one(event(ID, 7, new Tagged("also", Set.of("red"))))));
    receiver.expectMsgClass(DEADLINE, WriteMessageSuccess.class);
    receiver.expectMsgClass(DEADLINE, WriteMessageSuccess.class);
    JdbcReadJournal queries =
        PersistenceQuery.get(system)
            .getReadJournalFor(JdbcReadJournal.class, JdbcReadJournal.Identifier());
    List<EventEnvelope> red =
        Node.await(
            queries.currentEventsByTag("red", Offset.noOffset()).runWith(Sink.seq(), system));
    assertEquals(List.of("tagged", "also"), red.stream().map(EventEnvelope::event).toList());
    List<EventEnvelope> blue =
        Node.await(
            queries.currentEventsByTag("blue", Offset.noOffset()).runWith(Sink.seq(), system));
    assertEquals(List.of(6L), blue.stream().map(EventEnvelope::sequenceNr).toList());
  }

  @Test
  void itsConnectionsWriteAheadAndSyncEachCommit() throws Exception {
    Config config = system.settings().config().getConfig("holdfast-journal");
    try (Connection connection = EmbeddedJournal.connect(config.getString("url"));
        Statement statement = connection.createStatement()) {
      for (var wanted : List.of(List.of("journal_mode", "wal"), List.of("synchronous", "2"))) {
        try (ResultSet result = statement.executeQuery("PRAGMA " + wanted.get(0))) {
          assertEquals(wanted.get(1), result.getString(1));
        }
      }
    }
  }

  @Test
  void manyEntitiesWriteAtOnce() throws Exception {
    List<org.apache.pekko.actor.typed.ActorRef<Ledger.Command>> ledgers =
        IntStream.range(0, 50).mapToObj(i -> node.ledger("ledger-" + i)).toList();
    List<java.util.concurrent.CompletableFuture<?>> entered = new ArrayList<>();
    List<byte[]> entries = IntStream.range(0, 40).mapToObj(WriterMain::entry).toList();
    for (byte[] entry : entries) {
      ledgers.forEach(it -> entered.add(node.enter(it, entry).toCompletableFuture()));
    }
    for (var each : entered) {
      Node.await(each);
    }
    for (int i = 0; i < ledgers.size(); i++) {
      assertEquals(Ledger.expected(entries), node.tell(node.ledger("ledger-" + i)));
    }
  }

  private static PersistentRepr event(String id, long number) {
    return event(id, number, "a-" + number);
  }

  private static PersistentRepr event(String id, long number, Object payload) {
    return PersistentRepr.apply(payload, number, id, "", false, ActorRef.noSender(), WRITER);
  }

  private static AtomicWrite one(PersistentRepr event) {
    return AtomicWrite.apply(event);
  }

  private static AtomicWrite both(PersistentRepr first, PersistentRepr second) {
    return new AtomicWrite(CollectionConverters.asScala(List.of(first, second)).toList());
  }

  private static scala.collection.immutable.Seq<PersistentEnvelope> envelopes(
      List<? extends PersistentEnvelope> writes) {
    return CollectionConverters.asScala(List.<PersistentEnvelope>copyOf(writes)).toList();
  }

  private void write(List<AtomicWrite> writes) {
    journal.tell(new WriteMessages(envelopes(writes), receiver.ref(), INSTANCE), receiver.ref());
    receiver.expectMsg(DEADLINE, JournalProtocol.WriteMessagesSuccessful$.MODULE$);
  }

  private PersistentRepr success() {
    return receiver.expectMsgClass(DEADLINE, WriteMessageSuccess.class).persistent();
  }

  private void expectWritten(String id, long from, long to) {
    for (long number = from; number <= to; number++) {
      PersistentRepr written = success();
      assertEquals(event(id, number), written);
    }
  }

  private void delete(long to) {
    journal.tell(new DeleteMessagesTo(ID, to, receiver.ref()), receiver.ref());
    receiver.expectMsg(DEADLINE, new DeleteMessagesSuccess(to));
  }

  private void replay(long from, long to, long max, String id) {
    journal.tell(new ReplayMessages(from, to, max, id, receiver.ref()), receiver.ref());
  }

  private void expectReplayed(long highest, long... numbers) {
    for (long number : numbers) {
      PersistentRepr replayed =
          receiver.expectMsgClass(DEADLINE, ReplayedMessage.class).persistent();
      assertEquals(event(ID, number), replayed);
      assertTrue(replayed.timestamp() > 0);
    }
    receiver.expectMsg(DEADLINE, new RecoverySuccess(highest));
  }
}
