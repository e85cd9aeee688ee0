package dev.holdfast.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.directory.Directory;
import dev.holdfast.fixture.RulesOnly;
import dev.holdfast.protocol.v1.FileCopy;
import dev.holdfast.session.Cause;
import dev.holdfast.session.Command;
import dev.holdfast.session.Copy;
import dev.holdfast.session.Origin;
import dev.holdfast.session.Terms;
import dev.holdfast.transport.local.LocalTransport;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bounds of copies, their deadlines and their ends; the sessions are their rules alone. */
class CopiesTest {

  private static final Origin ANN = new Origin("ann", "t1", "10.0.0.7");
  private static final Origin BERT = new Origin("bert", "t2", "10.0.0.8");
  private static final String WEB = "k3v2x2m4q7pd";
  private static final String DATABASE = "k3v2x2m4q7pe";
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final Duration NEVER = Duration.ofHours(1);

  @TempDir Path place;
  private final Directory directory = new Directory(1000, Clock.systemUTC());
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final ScheduledExecutorService timers = Executors.newSingleThreadScheduledExecutor();
  private final LocalTransport transport = new LocalTransport();
  private final AtomicInteger connections = new AtomicInteger();
  private final CountDownLatch abandoned = new CountDownLatch(1);
  private final CountDownLatch inUse = new CountDownLatch(2);
  private RulesOnly rules;

  @BeforeEach
  void open() {
    rules = new RulesOnly(directory::changed);
    for (String id : List.of(WEB, DATABASE)) {
      var terms =
          new Terms(
              id,
              "local:",
              "sh",
              Map.of(),
              Duration.ofHours(1),
              Duration.ofSeconds(30),
              10,
              1000,
              10,
              "",
              Duration.ZERO);
      rules.tell(id, new Command.Open(id, terms, ANN));
      rules.up(id);
    }
  }

  @AfterEach
  void close() {
    threads.shutdownNow();
    timers.shutdownNow();
    transport.close();
  }

  private Copies copies(Duration idle, Duration useEvery) {
    return new Copies(
        directory,
        (id, command, by) -> {
          if (command instanceof Command.EndCopy end
              && end.failure().map(Cause::kind).equals(Optional.of("abandoned"))) {
            abandoned.countDown();
          } else if (command instanceof Command.StayInUse) {
            inUse.countDown();
          }
          return rules.ask(id, command, by);
        },
        Administrators.EVERYBODY,
        new Copies.Limits(2, 3, idle, useEvery),
        (target, deadline) -> {
          connections.incrementAndGet();
          return transport.connect(target, deadline);
        },
        threads,
        timers);
  }

  private FileCopy copy(String session, String key) {
    return FileCopy.newBuilder()
        .setSession(session)
        .setKey(key)
        .setUp(true)
        .setRoot(place.toString())
        .build();
  }

  private static boolean looks(Copies copies, FileCopy copy, Origin by) {
    return copies
        .call(copy, by, carried -> carried.call(DEADLINE, tree -> tree.look("", true, "")))
        .toCompletableFuture()
        .join()
        .info()
        .isPresent();
  }

  private static String kind(Copies copies, FileCopy copy, Origin by) {
    var refused = assertThrows(CompletionException.class, () -> looks(copies, copy, by));
    return ((Refusal) refused.getCause()).failure().getKind();
  }

  private long told(Predicate<Command> which) {
    return rules.told().stream().filter(which).count();
  }

  @Test
  @DisplayName("behaviours 48, 52: nothing is copied to a session of another tenant")
  void anotherTenantsSessionIsNotFound() {
    var copies = copies(NEVER, NEVER);
    assertEquals("not-found", kind(copies, copy(WEB, "a"), BERT));
    assertEquals("not-found", kind(copies, copy("nowhere", "a"), ANN));
    assertEquals(0, told(Command.BeginCopy.class::isInstance));
    assertEquals(0, connections.get());
  }

  @Test
  void aSessionAndANodeCarrySoManyCopiesAndNoMore() {
    var copies = copies(NEVER, NEVER);
    for (String key : List.of("a", "b")) {
      assertTrue(looks(copies, copy(WEB, key), ANN));
    }
    assertEquals("too-many-copies", kind(copies, copy(WEB, "c"), ANN));
    assertTrue(looks(copies, copy(WEB, "a"), ANN), "one that is carried goes on");
    assertTrue(looks(copies, copy(DATABASE, "a"), ANN));
    assertEquals("too-many-copies", kind(copies, copy(DATABASE, "b"), ANN));
    var unused = copies.end(copy(WEB, "a"), Optional.empty(), ANN).toCompletableFuture().join();
    assertTrue(looks(copies, copy(DATABASE, "b"), ANN));
  }

  @Test
  void aCopyIsWrittenDownOnceHoweverManyCallsItHas() {
    var copies = copies(NEVER, NEVER);
    for (int i = 0; i < 3; i++) {
      assertTrue(looks(copies, copy(WEB, "a"), ANN));
    }
    for (int i = 0; i < 2; i++) {
      var unused = copies.end(copy(WEB, "a"), Optional.empty(), ANN).toCompletableFuture().join();
    }
    assertEquals(1, told(new Command.BeginCopy(new Copy("a", true, place.toString()))::equals));
    assertEquals(1, told(Command.EndCopy.class::isInstance));
    assertEquals(1, connections.get());
  }

  @Test
  void aKeyStandsForOneCopy() {
    var copies = copies(NEVER, NEVER);
    assertTrue(looks(copies, copy(WEB, "a"), ANN));
    var other = copy(WEB, "a").toBuilder().setRoot("/elsewhere").build();
    assertEquals("key-reused", kind(copies, other, ANN));
    assertEquals(
        "invalid",
        assertThrows(Refusal.class, () -> looks(copies, copy(WEB, ""), ANN)).failure().getKind());
  }

  @Test
  void aCallThatTakesTooLongIsEndedAndTheNextOneHasAWayOfItsOwn() {
    var copies = copies(NEVER, NEVER);
    var never = new CountDownLatch(1);
    CompletableFuture<Boolean> late =
        copies
            .call(
                copy(WEB, "a"),
                ANN,
                carried ->
                    carried.call(
                        Duration.ofMillis(50),
                        tree -> {
                          try {
                            return never.await(30, TimeUnit.SECONDS);
                          } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                            return false;
                          }
                        }))
            .toCompletableFuture();
    var failed = assertThrows(CompletionException.class, late::join);
    assertEquals("timed-out", ((Refusal) failed.getCause()).failure().getKind());
    assertTrue(looks(copies, copy(WEB, "a"), ANN));
    assertEquals(2, connections.get());
    never.countDown();
  }

  @Test
  void aCopyThatNobodyGoesOnWithIsGivenUpAndThatIsWrittenDown() throws InterruptedException {
    var copies = copies(Duration.ofMillis(40), NEVER);
    assertTrue(looks(copies, copy(WEB, "a"), ANN));
    assertTrue(abandoned.await(30, TimeUnit.SECONDS));
    assertTrue(looks(copies, copy(WEB, "a"), ANN), "it may be gone on with");
    assertEquals(2, told(Command.BeginCopy.class::isInstance));
  }

  @Test
  void aSessionHearsThatItIsInUse() throws InterruptedException {
    var copies = copies(NEVER, Duration.ofMillis(10));
    assertTrue(looks(copies, copy(WEB, "a"), ANN));
    assertTrue(inUse.await(30, TimeUnit.SECONDS));
  }

  @Test
  void aSessionThatIsNotAliveIsRefusedWithItsState() {
    var copies = copies(NEVER, NEVER);
    var dead = new Cause("host-died", "its host was killed", "repair it");
    rules.tell(WEB, new Command.ShellGone(rules.get(WEB).core().epoch(), dead));
    assertEquals("broken", kind(copies, copy(WEB, "a"), ANN));
    rules.tell(DATABASE, new Command.Remove(false));
    assertEquals("removing", kind(copies, copy(DATABASE, "a"), ANN));
    rules.tell(DATABASE, new Command.Remove(true));
    assertEquals("closed", kind(copies, copy(DATABASE, "a"), ANN));
    assertEquals(0, connections.get());
  }
}
