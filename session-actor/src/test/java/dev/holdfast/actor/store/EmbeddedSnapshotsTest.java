package dev.holdfast.actor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.persistence.DeleteSnapshotSuccess;
import org.apache.pekko.persistence.DeleteSnapshotsSuccess;
import org.apache.pekko.persistence.Persistence;
import org.apache.pekko.persistence.SaveSnapshotFailure;
import org.apache.pekko.persistence.SaveSnapshotSuccess;
import org.apache.pekko.persistence.SelectedSnapshot;
import org.apache.pekko.persistence.SnapshotMetadata;
import org.apache.pekko.persistence.SnapshotProtocol.DeleteSnapshot;
import org.apache.pekko.persistence.SnapshotProtocol.DeleteSnapshots;
import org.apache.pekko.persistence.SnapshotProtocol.LoadSnapshot;
import org.apache.pekko.persistence.SnapshotProtocol.LoadSnapshotResult;
import org.apache.pekko.persistence.SnapshotProtocol.SaveSnapshot;
import org.apache.pekko.persistence.SnapshotSelectionCriteria;
import org.apache.pekko.testkit.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import scala.Option;
import scala.concurrent.duration.FiniteDuration;
import scala.jdk.javaapi.DurationConverters;

/**
 * What Pekko's persistence TCK asks of a snapshot store (SnapshotStoreSpec, which needs ScalaTest).
 * As there, each test finds five snapshots, numbered 11 to 15.
 */
@Timeout(180)
class EmbeddedSnapshotsTest {
  private static final String ID = "p-1";
  private static final long ANY = Long.MAX_VALUE;
  private static final SnapshotSelectionCriteria LATEST = SnapshotSelectionCriteria.latest();
  private static final FiniteDuration DEADLINE = DurationConverters.toScala(Node.DEADLINE);

  @TempDir Path temporary;
  private Node node;
  private ActorRef store;
  private TestProbe probe;
  private final List<SnapshotMetadata> saved = new ArrayList<>();

  @BeforeEach
  void saveFive() throws Exception {
    start("holdfast-snapshots");
    for (int i = 1; i <= 5; i++) {
      saved.add(save(new SnapshotMetadata(ID, i + 10, 0), "s-" + i));
    }
  }

  @AfterEach
  void stop() throws Exception {
    node.close();
  }

  private void start(String plugin) throws Exception {
    node = Node.start(temporary.resolve("data"));
    ActorSystem system = node.system().classicSystem();
    store = Persistence.get(system).snapshotStoreFor(plugin, system.settings().config());
    probe = new TestProbe(system);
  }

  @Test
  void nothingIsFoundForAnUnknownEntity() {
    load("invalid", LATEST, ANY);
    expectNone(ANY);
  }

  @Test
  void nothingIsFoundOutsideTheBounds() {
    load(ID, SnapshotSelectionCriteria.create(ANY, 100), ANY);
    expectNone(ANY);
    load(ID, SnapshotSelectionCriteria.create(7, ANY), ANY);
    expectNone(ANY);
    load(ID, LATEST, 7);
    expectNone(7);
  }

  @Test
  void theNewestWithinTheBoundsIsFound() {
    load(ID, LATEST, ANY);
    expect(5, ANY);
    load(ID, SnapshotSelectionCriteria.create(13, ANY), ANY);
    expect(3, ANY);
    load(ID, LATEST, 13);
    expect(3, 13);
    load(ID, SnapshotSelectionCriteria.create(13, saved.get(2).timestamp()), ANY);
    expect(3, ANY);
    load(ID, SnapshotSelectionCriteria.create(ANY, saved.get(2).timestamp()), 13);
    expect(3, 13);
  }

  @Test
  void oneIsDeletedByItsNumber() {
    SnapshotMetadata third = new SnapshotMetadata(ID, 13, 0);
    store.tell(new DeleteSnapshot(third), probe.ref());
    probe.expectMsg(DEADLINE, new DeleteSnapshotSuccess(third));
    load(ID, SnapshotSelectionCriteria.create(13, ANY), ANY);
    expect(2, ANY);
  }

  @Test
  void manyAreDeletedByNumberAndTime() {
    SnapshotSelectionCriteria upToThird =
        SnapshotSelectionCriteria.create(13, saved.get(2).timestamp());
    store.tell(new DeleteSnapshots(ID, upToThird), probe.ref());
    probe.expectMsg(DEADLINE, new DeleteSnapshotsSuccess(upToThird));
    load(ID, upToThird, ANY);
    expectNone(ANY);
    load(ID, SnapshotSelectionCriteria.create(14, saved.get(3).timestamp()), ANY);
    expect(4, ANY);
  }

  @Test
  void whatIsNewerThanTheTimeIsNotDeleted() {
    SnapshotSelectionCriteria before =
        SnapshotSelectionCriteria.create(14, saved.get(3).timestamp() - 1);
    store.tell(new DeleteSnapshots(ID, before), probe.ref());
    probe.expectMsg(DEADLINE, new DeleteSnapshotsSuccess(before));
    load(ID, SnapshotSelectionCriteria.create(14, saved.get(3).timestamp()), ANY);
    expect(4, ANY);
  }

  @Test
  void aSecondOfTheSameNumberTakesThePlaceOfTheFirst() {
    SnapshotMetadata again = save(saved.get(4), "s-5-modified");
    load(ID, SnapshotSelectionCriteria.create(15, ANY), ANY);
    expect(new SelectedSnapshot(again, "s-5-modified"), ANY);
  }

  @Test
  void aBigOneWithMetadataIsSaved() {
    String state = "0".repeat(2_000_000);
    SnapshotMetadata metadata = save(new SnapshotMetadata(ID, 100, 0).withMetadata("meta"), state);
    load(ID, LATEST, ANY);
    SelectedSnapshot loaded = expect(new SelectedSnapshot(metadata, state), ANY);
    assertEquals(Option.apply("meta"), loaded.metadata().metadata());
  }

  @Test
  void whatCannotBeSerializedIsRefused() {
    store.tell(new SaveSnapshot(new SnapshotMetadata(ID, 100, 0), new Object()), probe.ref());
    assertInstanceOf(
        java.io.NotSerializableException.class,
        probe.expectMsgClass(DEADLINE, SaveSnapshotFailure.class).cause());
  }

  @Test
  void theOtherPluginReadsWhatThisOneWroteAndTheOtherWayRound() throws Exception {
    node.close();
    start("jdbc-snapshot-store");
    load(ID, LATEST, ANY);
    expect(5, ANY);
    SnapshotMetadata theirs = save(new SnapshotMetadata(ID, 16, 0), "s-6");
    node.close();
    start("holdfast-snapshots");
    load(ID, LATEST, ANY);
    expect(new SelectedSnapshot(theirs, "s-6"), ANY);
  }

  private SnapshotMetadata save(SnapshotMetadata metadata, String state) {
    store.tell(new SaveSnapshot(metadata, state), probe.ref());
    return probe.expectMsgClass(DEADLINE, SaveSnapshotSuccess.class).metadata();
  }

  private void load(String id, SnapshotSelectionCriteria criteria, long to) {
    store.tell(new LoadSnapshot(id, criteria, to), probe.ref());
  }

  private void expectNone(long to) {
    probe.expectMsg(DEADLINE, new LoadSnapshotResult(Option.empty(), to));
  }

  private void expect(int which, long to) {
    expect(new SelectedSnapshot(saved.get(which - 1), "s-" + which), to);
  }

  private SelectedSnapshot expect(SelectedSnapshot snapshot, long to) {
    LoadSnapshotResult result = probe.expectMsgClass(DEADLINE, LoadSnapshotResult.class);
    assertEquals(to, result.toSequenceNr());
    assertEquals(snapshot, result.snapshot().get());
    return result.snapshot().get();
  }
}
