package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.protocol.v1.Availability;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every verb but {@code invoke}, against the little server. */
final class VerbsTest {

  @TempDir Path directory;

  private final CountDownLatch testEnds = new CountDownLatch(1);
  private LittleServer server;

  @BeforeEach
  void startServer() {
    server = new LittleServer(directory).start().when("long", job -> await(testEnds));
  }

  @AfterEach
  void stopServer() {
    testEnds.countDown();
    server.close();
  }

  @Test
  @DisplayName("behaviour 3: of N targets each gets its own session or its own error")
  void oneTargetThatCannotBeReachedSpoilsNothing() {
    var run = run("new", "one", "nowhere", "two");

    assertEquals(ExitCode.REFUSED, run.code());
    assertEquals(
        List.of("one", "two"), run.out().lines().map(line -> line.split("\t", -1)[1]).toList());
    assertEquals(
        """
        holdfast: nowhere: The host nowhere has no address.
          Check the spelling of the target.
        """,
        run.err());
  }

  @Test
  void newGivesTheSameObjectForAFailureInJson() {
    var run = run("new", "nowhere", "--output", "json");

    assertTrue(
        run.out().startsWith("{\"id\":\"\",\"name\":\"\",\"target\":\"nowhere\","), run.out());
    assertTrue(
        run.out().contains("\"state\":\"CLOSED\",")
            && run.out().contains("\"kind\":\"unresolved\""),
        run.out());
  }

  @Test
  void newPassesOnWhatWasAskedFor() {
    run(
        "new",
        "web1",
        "--name",
        "web",
        "--label",
        "a=1",
        "--label",
        "b=x=y",
        "--shell",
        "bash",
        "--idle-timeout",
        "7d");

    var session = server.session("ak3vzx2m4q7p");
    assertEquals("web", session.getName());
    assertEquals(Map.of("a", "1", "b", "x=y"), session.getLabelsMap());
    assertEquals("bash", session.getShell());
    assertEquals(7 * 24 * 3600, session.getIdleTimeout().getSeconds());
  }

  @Test
  void anInventoryHasATargetOnEachLine() throws IOException {
    var file =
        Files.writeString(directory.resolve("fleet"), "# ours\none\n\n  two # main\nssh://a#b\n");

    var run = run("new", "--inventory", file.toString());

    assertEquals(
        List.of("one", "two", "ssh://a#b"),
        run.out().lines().map(line -> line.split("\t", -1)[6]).toList());
  }

  @Test
  @DisplayName("behaviour 19: asking again with the same key gives the same sessions")
  void aKeyOpensASessionOnceForEachTarget() {
    var first = run("new", "one", "two", "one", "--key", "k", "--output", "id");
    var again = run("new", "one", "two", "one", "--key", "k", "--output", "id");

    assertEquals(3, first.out().lines().distinct().count());
    assertEquals(first.out(), again.out());
  }

  @Test
  void aSessionWhoseAnswerWasLostIsOpenedOnce() {
    server.losingAnswerOf("CreateSession");

    var run = run("new", "one");

    assertEquals(0, run.code(), run.err());
    assertEquals(1, server.sessionCount());
    assertTrue(run.err().startsWith("holdfast: connection lost, trying again"), run.err());
  }

  @Test
  void newWithoutATargetIsAWrongCommandLine() {
    assertEquals(ExitCode.USAGE, run("new").code());
    assertEquals(List.of(), server.calls());
  }

  @Test
  void aTableForPeopleFitsTheirTerminal() {
    server.open("web", Map.of("role", "web", "env", "production"));
    var db = server.open("db", Map.of());
    server.put(
        db.toBuilder()
            .setState(SessionState.DISCONNECTED)
            .setReason("link-lost")
            .setAvailability(Availability.NONE)
            .build());

    var run = CommandLineRun.with(directory).onTerminal(90).run("list");

    assertEquals(
        """
        ID            NAME  STATE                     AVAILABLE  QUEUED  AGE  TARGET     LABELS
        bk3vzx2m4q7p  db    Disconnected (link-lost)  None       0       30m  ssh://op…
        ak3vzx2m4q7p  web   Opened                    Available  0       30m  ssh://op…  env=prod…
        """,
        run.out().lines().map(String::stripTrailing).reduce("", (a, b) -> a + b + "\n"));
  }

  @Test
  void aListForProgramsIsWholeAndHasNoHeading() {
    server.open("web", Map.of("role", "web"));

    assertEquals(
        "ak3vzx2m4q7p\tweb\tOpened\tAvailable\t0\t2027-01-15T08:00:00Z\tssh://ops@web:22\trole=web\n",
        run("list").out());
  }

  @Test
  void aSessionInJsonHasTheDocumentedShape() {
    server.open("web", Map.of("role", "web"));

    assertEquals(
        """
        {"id":"ak3vzx2m4q7p","name":"web","target":"ssh://ops@web:22","state":"OPENED",\
        "reason":"","availability":"AVAILABLE","queued":0,"running_job":"","owner":"ops",\
        "labels":{"role":"web"},"shell":"sh","incarnation":1,"generation":1,\
        "created_at":"2027-01-15T08:00:00Z","state_since":"2027-01-15T08:00:01Z",\
        "idle_timeout":"86400s","beside":"","profile":"","profile_version":0}
        """,
        run("list", "--output", "json").out());
  }

  @Test
  void everyPageIsFetched() {
    server.withPages(3);
    for (int i = 0; i < 10; i++) {
      server.open("web" + i, Map.of());
    }

    assertEquals(10, run("list").out().lines().count());
  }

  @Test
  void closedSessionsAreListedWhenAskedFor() {
    var web = server.open("web", Map.of());
    server.put(web.toBuilder().setState(SessionState.CLOSED).build());

    assertEquals("", run("list").out());
    assertEquals(1, run("list", "--state", "closed").out().lines().count());
    assertEquals(ExitCode.USAGE, run("list", "--state", "shut").code());
  }

  @Test
  void showTellsWhyASessionIsBroken() {
    var web = server.open("web", Map.of());
    server.put(
        web.toBuilder()
            .setState(SessionState.BROKEN)
            .setFailure(
                Failure.newBuilder()
                    .setKind("host-key-mismatch")
                    .setCause("Another\u001b[2J key.")
                    .setAdvice("Look."))
            .build());

    var run = run("show", "web");

    assertTrue(run.out().contains("state\tBroken\n"), run.out());
    assertTrue(run.out().contains("cause\tAnother\\x1b[2J key.\n"), run.out());
  }

  @Test
  @DisplayName("behaviour 7: an unknown id is always not found, never an empty answer")
  void anUnknownSessionIsNotFound() {
    for (String verb : List.of("list", "show", "jobs", "history", "connect", "repair", "remove")) {
      var run = run(verb, "zzzz");
      assertEquals(ExitCode.REFUSED, run.code(), verb);
      assertTrue(run.err().contains("zzzz"), run.err());
      assertEquals("", run.out());
    }
    for (String verb : List.of("receive", "wait", "cancel")) {
      assertEquals(ExitCode.REFUSED, run(verb, "zzzz.1").code(), verb);
    }
  }

  @Test
  void theBeginningOfAnIdIsEnough() {
    server.open("web", Map.of());

    assertEquals("ak3vzx2m4q7p\n", run("show", "ak3v", "--output", "id").out());
  }

  @Test
  void disconnectConnectRepairAndRemoveActOnEverySessionMeant() {
    server.open("web", Map.of("env", "test"));
    server.open("db", Map.of("env", "test"));

    assertEquals(2, states(run("disconnect", "label:env=test"), "Disconnected (asked)"));
    assertEquals(2, states(run("connect", "label:env=test"), "Opened"));
    assertEquals(ExitCode.REFUSED, run("repair", "web").code());
    assertEquals(2, states(run("remove", "label:env=test", "--wait", "1m"), "Closed"));
  }

  @Test
  void jobsAreListedWithTheirPlaces() {
    submit("web", 3);

    var rows = run("jobs", "web").out().lines().map(line -> line.split("\t", -1)).toList();

    assertEquals(List.of("Running", "Queued", "Queued"), rows.stream().map(r -> r[2]).toList());
    assertEquals(List.of("-", "1", "2"), rows.stream().map(r -> r[4]).toList());
    assertEquals(2, run("jobs", "web", "--limit", "2").out().lines().count());
  }

  @Test
  @DisplayName("behaviour 18: the queue can be reordered and cancelled")
  void aWaitingJobIsMovedAndCancelled() {
    submit("web", 3);

    assertTrue(run("move", "web.3", "--to", "1").out().contains("\tQueued\t-\t1\t"));
    assertEquals(ExitCode.REFUSED, run("move", "web.1", "--to", "1").code());
    assertEquals(ExitCode.USAGE, run("move", "web.3", "--to", "0").code());
    assertTrue(run("cancel", "web.3", "--grace", "1s").out().contains("\tStopped\t"));
  }

  @Test
  @DisplayName("behaviour 23: wait with a short timeout returns still running; the job runs on")
  void waitTellsThatAJobStillRuns() {
    var job = submit("web", 1);

    var run = run("wait", "web.1", "--timeout", "50ms");

    assertEquals(ExitCode.STILL_RUNNING, run.code());
    assertTrue(run.err().contains("still running"), run.err());
    assertFalse(job.ended());
  }

  @Test
  void waitEndsWithTheExitCodeOfTheJob() {
    var job = submit("web", 1);
    var run = CommandLineRun.with(directory).start("wait", "web.1");

    job.exit(7);

    assertEquals(7, run.code());
  }

  @Test
  void waitGoesOnWhenTheServerIsStartedAgain() {
    var job = submit("web", 1);
    var run = CommandLineRun.with(directory).start("wait", "web.1");
    awaitCall("WaitJob");

    server.stop();
    run.awaitErr("connection lost");
    server.start();
    job.exit(0);

    assertEquals(0, run.code(), run.err());
  }

  @Test
  @DisplayName("behaviour 26: from the start, from an offset, twice: always the same bytes")
  void receiveReadsTheSameBytesAsOftenAsWanted() {
    var job = submit("web", 1);
    job.print("0123456789").printError("abc");

    for (int i = 0; i < 2; i++) {
      var run = run("receive", "web.1");
      assertEquals("0123456789", run.out());
      assertEquals("abc", run.err());
    }
    assertEquals("789", run("receive", "web.1", "--from", "7", "--stream", "stdout").out());
    assertEquals("bc", run("receive", "web.1", "--stderr-from", "1", "--stream", "stderr").out());
    assertEquals(0, run("receive", "web.1").code());
  }

  @Test
  void receiveFollowsToTheEndAndHasTheExitCode() {
    var job = submit("web", 1).print("a");
    var run = CommandLineRun.with(directory).start("receive", "web.1", "--follow");
    run.awaitOut("a");

    job.print("b").exit(9);

    assertEquals(9, run.code());
    assertEquals("ab", run.out());
  }

  @Test
  void receiveFollowsOneStreamAlone() {
    var job = submit("web", 1).print("a").printError("x");
    var run =
        CommandLineRun.with(directory).start("receive", "web.1", "--follow", "--stream", "stderr");
    run.awaitOut("x");

    job.printError("y").print("b").end(JobState.TIMED_OUT);

    assertEquals(ExitCode.TIMED_OUT, run.code());
    assertEquals("xy", run.out());
  }

  @Test
  void receiveReadsAGreatOutputByPieces() {
    var bytes = new byte[5_000_000];
    new java.util.Random(5).nextBytes(bytes);
    submit("web", 1).print(bytes).exit(0);

    assertArrayEquals(bytes, run("receive", "web.1").bytes());
  }

  @Test
  void historyAndNodesAreListed() {
    server.open("web", Map.of());

    assertEquals(
        "1\t2027-01-15T08:00:00Z\tops\t127.0.0.1\trequested\t-\tssh://ops@web:22\n",
        run("history", "web").out());
    assertEquals(
        """
        {"address":"127.0.0.1:1234","status":"up","version":"1",\
        "started_at":"2027-01-15T08:00:00Z","sessions":1,"opened":1,"pid":"42","java":"17"}
        """,
        run("node", "list", "--output", "json").out());
  }

  @Test
  void theHistoryOfATargetOrAUserIsFoundOverAllSessions() {
    server.open("web", Map.of());
    server.open("db", Map.of());

    assertEquals(2, run("history", "--who", "ops").out().lines().count());
    assertEquals("", run("history", "--who", "nobody").out());
    assertEquals("2\n", run("history", "--target", "ssh://ops@db:22", "-o", "id").out());
    assertEquals(2, run("history", "--who", "ops", "--since", "2h").out().lines().count());
    assertEquals("", run("history", "--who", "ops", "--since", "2030-01-01").out());
    assertEquals("", run("history", "web", "--until", "2026-01-01T00:00:00Z").out());
    for (String wrong : List.of("yesterday", "2026-13-01", "2026-01-01T25:00:00Z")) {
      var refused = run("history", "web", "--since", wrong);
      assertEquals(ExitCode.USAGE, refused.code());
      assertTrue(refused.err().contains(wrong), refused.err());
    }
    assertEquals(ExitCode.USAGE, run("history").code());
  }

  @Test
  void eventsGoOnFromACursor() {
    server.open("web", Map.of());
    server.open("db", Map.of());

    assertEquals("1\n2\n", run("events", "-o", "id").out());
    assertEquals("2\n", run("events", "--from", "1", "-o", "id").out());
  }

  @Test
  void aNodeIsDrainedWhenItKeepsNothingAnyMore() {
    server.open("web", Map.of());
    server.open("db", Map.of());

    var asked = run("node", "drain", "127.0.0.1:1234", "--timeout", "0", "--output", "tsv");
    var drained = run("node", "drain", "127.0.0.1:1234", "--output", "tsv");

    assertEquals(0, asked.code(), asked.err());
    assertTrue(asked.out().startsWith("127.0.0.1:1234\tleaving\t2\t"), asked.out());
    assertEquals(0, drained.code(), drained.err());
    assertTrue(drained.out().startsWith("127.0.0.1:1234\tdrained\t0\t"), drained.out());
    assertEquals("", drained.err());
  }

  @Test
  void aNodeThatDrainsForLongerThanOneWantsToWaitGoesOn() {
    for (int i = 0; i < 20; i++) {
      server.open("web" + i, Map.of());
    }

    var late = run("node", "drain", "127.0.0.1:1234", "--timeout", "10ms");

    assertEquals(ExitCode.STILL_RUNNING, late.code());
    assertTrue(late.err().contains("127.0.0.1:1234 is not drained yet; it keeps "), late.err());
  }

  @Test
  void everythingThatChangesSomethingIsAskedOnce() {
    server.open("web", Map.of());
    run("disconnect", "web");

    assertEquals(1, Collections.frequency(server.calls(), "DisconnectSession"));
  }

  private LittleJob submit(String name, int times) {
    Session session = server.open(name, Map.of());
    for (int i = 0; i < times; i++) {
      assertEquals(0, run("invoke", name, "--detach", "--", "long").code());
    }
    return server.jobsOf(session).get(0);
  }

  private static long states(CommandLineRun run, String state) {
    return run.out().lines().filter(line -> line.split("\t", -1)[2].equals(state)).count();
  }

  private void awaitCall(String name) {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!server.calls().contains(name)) {
      assertTrue(System.nanoTime() < until, "never called: " + name);
      Thread.onSpinWait();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      if (!latch.await(60, TimeUnit.SECONDS)) {
        throw new IllegalStateException("never");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private CommandLineRun run(String... args) {
    return CommandLineRun.with(directory).run(args);
  }
}
