package dev.holdfast.actor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import dev.holdfast.fixture.NoOutput;
import dev.holdfast.fixture.PlayedLinks;
import dev.holdfast.session.Closed;
import dev.holdfast.session.Command;
import dev.holdfast.session.Disconnected;
import dev.holdfast.session.JobRequest;
import dev.holdfast.session.Opened;
import dev.holdfast.session.Origin;
import dev.holdfast.session.Outcome;
import dev.holdfast.session.Reply;
import dev.holdfast.session.Session;
import dev.holdfast.session.Terms;
import dev.holdfast.transport.Backoff;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.LinkReport;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.persistence.testkit.PersistenceTestKitPlugin;
import org.apache.pekko.persistence.testkit.javadsl.PersistenceTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SessionActorTest {

  private static final Origin ALICE = new Origin("alice", "ops", "127.0.0.1");
  private static final Terms TERMS =
      new Terms(
          "web1",
          "local:",
          "sh",
          Map.of(),
          Duration.ofHours(1),
          Duration.ofSeconds(30),
          10,
          10_000,
          5,
          "",
          Duration.ZERO);

  private final ActorTestKit kit =
      ActorTestKit.create(
          ConfigFactory.parseString(
                  """
                  pekko.actor.provider = local
                  pekko.actor.testkit.typed { single-expect-default = 30 s, default-timeout = 30 s }
                  """)
              .withFallback(PersistenceTestKitPlugin.config())
              .withFallback(ConfigFactory.load()));
  private final PersistenceTestKit journal = PersistenceTestKit.create(kit.system());
  private final PlayedLinks links = new PlayedLinks();
  private final BlockingQueue<Session> seen = new LinkedBlockingQueue<>();
  private final TestProbe<ClusterSharding.ShardCommand> shard =
      kit.createTestProbe(ClusterSharding.ShardCommand.class);
  private final TestProbe<Answer> client = kit.createTestProbe(Answer.class);
  private final PlayedOwnership owners = new PlayedOwnership();
  private Ownership ownership = Ownership.ALONE;
  private Duration parkAfter = Duration.ZERO;
  private ActorRef<Message> actor = spawn();

  @AfterEach
  void stop() {
    kit.shutdownTestKit();
  }

  @Test
  void theFirstJobIsHandedToTheLinkOnlyAfterItIsWrittenAndItsOutcomeIsKept()
      throws InterruptedException {
    PlayedLinks.Played link = open();
    assertEquals(1, jobOf(ask(submit("k1", "uname"))));
    assertEquals("start 1 uname", link.asked());
    assertTrue(written().contains("JobStarted"), written());

    link.says(new LinkReport.JobEnded("1", new LinkReport.JobEnd.Exited(3)));
    Session after = await(session -> session.jobs().running().isEmpty());
    assertEquals("FAILED", outcome(after, 1));
  }

  @Test
  void anActorThatStartsAgainPicksUpItsRunningJobWithAHigherEpoch() throws InterruptedException {
    PlayedLinks.Played first = open();
    ask(submit("k1", "sleep 60"));
    first.asked();

    kit.stop(actor);
    actor = spawn();
    PlayedLinks.Played second = links.next();
    assertTrue(second.request().epoch() > first.request().epoch());
    assertEquals(false, second.request().create());
    second.says(new LinkReport.Up("boot", 1, false));
    assertEquals("start 1 sleep 60", second.asked());
  }

  /** A job with limited output whose readers had caught up during an outage waited for ever. */
  @Test
  void whatReadersReceivedDuringAnOutageIsToldToTheNextLink() throws InterruptedException {
    PlayedLinks.Played first = open();
    ask(submit("k1", "work"));
    assertEquals("start 1 work", first.asked());
    ask(new Command.MarkRead(1, 100, 5));
    assertEquals("read 1 100 5", first.asked());
    first.says(new LinkReport.Down(new Failure(Failure.Kind.LINK_LOST, "cut", "wait")));
    await(session -> session instanceof Disconnected);
    ask(new Command.MarkRead(1, 300, 0));
    ask(new Command.MarkRead(1, 200, 7));
    PlayedLinks.Played second = links.next();
    second.says(new LinkReport.Up("boot", 1, false));
    assertEquals("start 1 work", second.asked());
    assertEquals("read 1 300 7", second.asked());

    second.says(new LinkReport.JobEnded("1", new LinkReport.JobEnd.Exited(0)));
    await(session -> session.jobs().running().isEmpty());
    ask(submit("k2", "more"));
    assertEquals("start 2 more", second.asked());
    ask(new Command.MarkRead(2, 1, 1));
    assertEquals("read 2 1 1", second.asked());
  }

  @Test
  void aSessionThatNobodyUsesGivesUpItsLinkAndTheNextJobConnectsItAgain()
      throws InterruptedException {
    kit.stop(actor);
    parkAfter = Duration.ofMillis(200);
    actor = spawn();
    PlayedLinks.Played first = open();
    var parked = (Disconnected) await(session -> session instanceof Disconnected);
    assertEquals(Disconnected.Reason.PARKED, parked.reason());
    assertEquals("hang up", first.asked());

    ask(submit("k1", "uname"));
    PlayedLinks.Played second = links.next();
    second.says(new LinkReport.Up("boot", 1, false));
    assertEquals("start 1 uname", second.asked());
  }

  @Test
  void aReportOfALinkThatWasGivenUpChangesNothing() throws InterruptedException {
    PlayedLinks.Played old = open();
    ask(submit("k1", "sleep 60"));
    ask(new Command.Disconnect());
    ask(new Command.Connect());
    PlayedLinks.Played link = links.next();
    link.says(new LinkReport.Up("boot", 1, false));
    old.says(new LinkReport.JobEnded("1", new LinkReport.JobEnd.Exited(0)));
    assertEquals("start 1 sleep 60", link.asked());
    assertTrue(ask(new Command.Look()).session().jobs().running().isPresent());
  }

  /** Regression: the late report took the new link away, and the session waited for ever. */
  @Test
  void aLateReportOfAnOlderEpochDoesNotTakeTheNewLinkAway() throws InterruptedException {
    PlayedLinks.Played first = open();
    first.says(new LinkReport.Down(new Failure(Failure.Kind.LINK_LOST, "cut", "wait")));
    PlayedLinks.Played second = links.next();
    ask(new Command.Remove(false));
    PlayedLinks.Played third = links.next();
    second.says(new LinkReport.Failed(new Failure(Failure.Kind.REFUSED, "no", "wait"), false));
    third.says(new LinkReport.Up("boot", 1, false));
    assertEquals("end 1", third.asked());
    third.says(new LinkReport.Ended());
    assertInstanceOf(Closed.class, await(session -> session instanceof Closed));
  }

  @Test
  void aFailedAttemptOfASessionThatExistsIsRepeatedAfterAPause() throws InterruptedException {
    PlayedLinks.Played first = open();
    first.says(new LinkReport.Down(new Failure(Failure.Kind.LINK_LOST, "cut", "wait")));
    PlayedLinks.Played second = links.next();
    second.says(new LinkReport.Failed(new Failure(Failure.Kind.REFUSED, "no", "wait"), false));
    PlayedLinks.Played third = links.next();
    assertTrue(third.request().epoch() > second.request().epoch());
    third.says(new LinkReport.Up("boot", 1, false));
    assertInstanceOf(Opened.class, await(session -> session instanceof Opened));
  }

  @Test
  void aSessionThatCouldNotBeOpenedIsClosedAndLeavesItsShard() throws InterruptedException {
    actor.tell(new Message.Ask(new Command.Open("s1", TERMS, ALICE), ALICE, client.getRef()));
    client.receiveMessage();
    links
        .next()
        .says(
            new LinkReport.Failed(
                new Failure(Failure.Kind.UNRESOLVED, "no such host", "look"), false));
    var closed = assertInstanceOf(Closed.class, await(session -> session instanceof Closed));
    assertEquals("unresolved", closed.cause().orElseThrow().kind());
    shard.expectMessageClass(ClusterSharding.Passivate.class);
  }

  @Test
  void whatIsAskedDuringRecoveryWaitsUntilTheSessionIsAwake() throws InterruptedException {
    open();
    kit.stop(actor);
    actor = spawn();
    Answer answer = ask(submit("k1", "uname"));
    assertEquals(1, jobOf(answer));
    assertInstanceOf(Disconnected.class, answer.session());
  }

  @Test
  void whereOthersMightOwnTheSessionNothingIsDoneOrSaidBeforeItIsKnownToBeOurs()
      throws InterruptedException {
    kit.stop(actor);
    ownership = owners;
    actor = spawn();
    PlayedLinks.Played link = open();
    owners.hold();
    actor.tell(new Message.Ask(submit("k1", "uname"), ALICE, client.getRef()));
    CompletableFuture<Boolean> first = owners.asked();
    assertTrue(written().contains("JobStarted"), written());
    client.expectNoMessage(Duration.ofMillis(100));
    first.completeExceptionally(new IOException("the database does not answer"));
    owners.asked().complete(true);
    assertEquals(1, jobOf(client.receiveMessage()));
    assertEquals("start 1 uname", link.asked());
  }

  @Test
  void anOwnerThatWasReplacedAcknowledgesNothingAndHangsUp() throws InterruptedException {
    kit.stop(actor);
    ownership = owners;
    actor = spawn();
    PlayedLinks.Played link = open();
    owners.hold();
    actor.tell(new Message.Ask(submit("k1", "uname"), ALICE, client.getRef()));
    owners.asked().complete(false);
    owners.release();
    // It claims the session anew, after a pause, and picks up what is in the journal.
    PlayedLinks.Played next = links.next();
    assertTrue(next.request().epoch() > link.request().epoch());
    assertEquals(2, owners.claims.get());
    client.expectNoMessage(Duration.ofMillis(100));
  }

  /** Says whether a claim holds when the test says so. */
  private static final class PlayedOwnership implements Ownership, Ownership.Claim {
    private final AtomicInteger claims = new AtomicInteger();
    private final BlockingQueue<CompletableFuture<Boolean>> questions = new LinkedBlockingQueue<>();
    private volatile boolean holding;

    @Override
    public CompletionStage<Claim> claim(String session) {
      claims.incrementAndGet();
      return CompletableFuture.completedStage(this);
    }

    @Override
    public long term() {
      return claims.get();
    }

    @Override
    public CompletionStage<Boolean> holds() {
      if (!holding) {
        return CompletableFuture.completedStage(true);
      }
      var question = new CompletableFuture<Boolean>();
      questions.add(question);
      return question;
    }

    void hold() {
      holding = true;
    }

    void release() {
      holding = false;
    }

    CompletableFuture<Boolean> asked() throws InterruptedException {
      return Objects.requireNonNull(questions.poll(30, TimeUnit.SECONDS), "nobody asked");
    }
  }

  private ActorRef<Message> spawn() {
    var settings =
        new SessionSettings(
            Duration.ofSeconds(20), Duration.ofSeconds(1), 5, Duration.ofMillis(50), parkAfter, 10);
    var around =
        new Surroundings(
            Origin.NODE,
            settings,
            links,
            new NoOutput(),
            Runnable::run,
            seen::add,
            ownership,
            Clock.systemUTC(),
            new Backoff(Duration.ofMillis(5), Duration.ofMillis(20)));
    return kit.spawn(SessionActor.create(Sessions.persistenceId("s1"), shard.getRef(), around));
  }

  private PlayedLinks.Played open() throws InterruptedException {
    ask(new Command.Open("s1", TERMS, ALICE));
    PlayedLinks.Played link = links.next();
    link.says(new LinkReport.Up("boot", 1, true));
    await(session -> session instanceof Opened);
    return link;
  }

  private Answer ask(Command command) {
    actor.tell(new Message.Ask(command, ALICE, client.getRef()));
    return client.receiveMessage();
  }

  private static Command submit(String key, String script) {
    return new Command.Submit(
        new JobRequest(key, script, script, Duration.ZERO, 0, false, false), ALICE);
  }

  private static int jobOf(Answer answer) {
    return assertInstanceOf(Reply.Accepted.class, answer.reply()).job().orElseThrow();
  }

  private static String outcome(Session session, int job) {
    var ended =
        assertInstanceOf(
            dev.holdfast.session.Job.Phase.Ended.class,
            session.jobs().find(job).orElseThrow().phase());
    return outcomeKind(ended.outcome());
  }

  private static String outcomeKind(Outcome outcome) {
    return outcome.kind().name();
  }

  private String written() {
    return journal.persistedInStorage(Sessions.persistenceId("s1").id()).toString();
  }

  private Session await(java.util.function.Predicate<Session> wanted) throws InterruptedException {
    for (Session session = seen.poll(30, TimeUnit.SECONDS);
        session != null;
        session = seen.poll(30, TimeUnit.SECONDS)) {
      if (wanted.test(session)) {
        return session;
      }
    }
    throw new AssertionError("the session never came into the wanted state");
  }
}
