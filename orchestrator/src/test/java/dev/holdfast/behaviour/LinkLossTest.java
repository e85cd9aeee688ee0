package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.fixture.FlakyProxy;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionState;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The way to a target is cut, closed or becomes another one; the node stays. */
class LinkLossTest {

  private static Stage stage;

  @BeforeAll
  static void setTheStage() throws IOException, InterruptedException {
    stage =
        Stage.set(
            new Stage.Options(
                "holdfast.host { ping-interval = 1s, ping-timeout = 4s }",
                List.of("MaxSessions 2", "MaxStartups 3:100:3"),
                Map.of(),
                Optional.empty()));
  }

  @AfterAll
  static void clear() throws IOException {
    stage.close();
  }

  private static final String SLOW_LINES =
      "i=0; while [ $i -lt 150 ]; do echo line $i; i=$((i+1)); sleep 0.02; done; exit 7";

  private static String lines() {
    return IntStream.range(0, 150).mapToObj(i -> "line " + i + "\n").collect(Collectors.joining());
  }

  @DisplayName(
      "behaviour 30: the link is cut in mid-job: the job goes on, no byte is lost or doubled")
  @ParameterizedTest
  @EnumSource
  void aCutLinkIsAPauseForTheFollower(TargetKind kind) {
    var shell = stage.open(kind);
    Job job = shell.submit(SLOW_LINES);
    var follower = CompletableFuture.supplyAsync(() -> shell.end(job));
    shell.awaitOutput(job, "line 20\n");
    stage.cut(kind);
    shell.awaitOutput(job, "line 60\n");
    stage.cut(kind);
    assertEquals(lines(), follower.join().with(7).text());
    assertTrue(words(shell).contains("link-lost"), () -> shell.history().toString());
    assertEquals(1, shell.look(job).getAttempts());
  }

  private static List<String> words(Shell shell) {
    return shell.history().stream().map(HistoryEntry::getWhat).toList();
  }

  @DisplayName(
      "behaviour 31: a host that is away for longer: Disconnected with the reason, then all is recovered")
  @ParameterizedTest
  @EnumSource
  void whatHappensWhileTheHostIsAwayIsRecovered(TargetKind kind) throws IOException {
    try (FlakyProxy proxy = stage.proxy(kind)) {
      var shell = stage.open(CreateSessionRequest.newBuilder().setTarget(stage.url(proxy)));
      Gate gate = stage.gate();
      Path done = stage.file("done");
      Job job = shell.submit("seq 1 10; " + gate.await() + "; seq 11 50000; : >" + done);
      var follower = CompletableFuture.supplyAsync(() -> shell.end(job));
      shell.awaitOutput(job, "10\n");
      proxy.refuse(true);
      proxy.cut();
      Session away =
          shell.await(
              "it is seen to be away",
              now -> now.getState() == SessionState.DISCONNECTED && now.hasFailure());
      assertEquals("link-lost", away.getReason());
      gate.open();
      Eventually.holds("the job ends on its own", () -> Files.exists(done));
      assertEquals(JobState.RUNNING, shell.look(job).getState());
      proxy.refuse(false);
      String all =
          IntStream.rangeClosed(1, 50_000).mapToObj(i -> i + "\n").collect(Collectors.joining());
      assertEquals(all, follower.join().with(0).text());
      assertEquals(SessionState.OPENED, shell.show().getState());
    }
  }

  @DisplayName("behaviour 31: a link that has silently gone dead is noticed, and made anew")
  @ParameterizedTest
  @EnumSource
  void aSilentLinkIsNoticed(TargetKind kind) {
    try (FlakyProxy proxy = stage.proxy(kind)) {
      var shell = stage.open(CreateSessionRequest.newBuilder().setTarget(stage.url(proxy)));
      Gate gate = stage.gate();
      Job job = shell.running(gate.await() + "; echo through");
      proxy.swallow(true);
      shell.await("silence is noticed", now -> now.getState() == SessionState.DISCONNECTED);
      gate.open();
      proxy.swallow(false);
      assertEquals("through\n", shell.end(job).with(0).text());
    }
  }

  @DisplayName(
      "behaviour 12: when its credentials count no more a session is Broken, and does not hang")
  @ParameterizedTest
  @EnumSource
  void whoIsLockedOutIsToldSoAndMayComeBack(TargetKind kind) {
    var shell = stage.open(kind);
    shell.run("kept=yes").with(0);
    stage.lockOut(kind);
    try {
      stage.cut(kind);
      Session broken = shell.await("it is Broken", now -> now.getState() == SessionState.BROKEN);
      assertEquals("auth-refused", broken.getFailure().getKind());
      assertEquals(
          "auth-refused", stage.refusal(s -> s.sessions().connectSession(shell.act())).getKind());
    } finally {
      stage.letIn(kind);
    }
    assertEquals(SessionState.OPENED, shell.connect().getState());
    assertEquals("yes\n", shell.run("echo $kept").with(0).text());
  }

  @DisplayName("behaviour 13: a changed host key never connects; both fingerprints are shown")
  @ParameterizedTest
  @EnumSource
  void aChangedHostKeyBreaksTheSession(TargetKind kind) {
    var shell = stage.open(kind);
    shell.run("kept=yes").with(0);
    stage.changeHostKey(kind);
    try {
      stage.cut(kind);
      Session broken = shell.await("it is Broken", now -> now.getState() == SessionState.BROKEN);
      assertEquals("host-key-mismatch", broken.getFailure().getKind());
      var fingerprints =
          java.util.regex.Pattern.compile("SHA256:[A-Za-z0-9+/]{43}")
              .matcher(broken.getFailure().getCause())
              .results()
              .map(java.util.regex.MatchResult::group)
              .distinct()
              .toList();
      assertEquals(2, fingerprints.size(), broken.getFailure().getCause());
      var another =
          stage.refusal(
              stubs ->
                  stubs
                      .sessions()
                      .createSession(
                          CreateSessionRequest.newBuilder().setTarget(stage.url(kind)).build()));
      assertEquals("host-key-mismatch", another.getKind());
    } finally {
      stage.trustHostKeys();
    }
    assertEquals(SessionState.OPENED, shell.connect().getState());
    assertEquals("yes\n", shell.run("echo $kept").with(0).text());
  }

  @DisplayName(
      "behaviours 6, 14: a reboot is noticed; repair gives a new shell and the queue goes on")
  @ParameterizedTest
  @EnumSource
  void aRestartedTargetInterruptsItsJobAndCanBeRepaired(TargetKind kind) {
    stage.url(kind);
    var shell = stage.open(kind);
    shell.run("kept=yes").with(0);
    Job interrupted = shell.running("echo begun; sleep 1000");
    shell.awaitOutput(interrupted, "begun\n");
    Job waiting = shell.submit("echo ${kept-a new shell}");
    stage.reboot(kind);
    stage.cut(kind);
    Session broken = shell.await("it is Broken", now -> now.getState() == SessionState.BROKEN);
    assertTrue(broken.getFailure().getCause().contains("restarted"), broken::toString);
    assertEquals("begun\n", shell.end(interrupted).as(JobState.INTERRUPTED).text());
    assertEquals(JobState.QUEUED, shell.look(waiting).getState());
    var refusal =
        stage.refusal(
            stubs ->
                stubs
                    .jobs()
                    .submitJob(
                        SubmitJobRequest.newBuilder()
                            .setSession(shell.id())
                            .setScript("true")
                            .build()));
    assertEquals("broken", refusal.getKind());
    assertTrue(refusal.getCause().contains("restarted"), refusal.getCause());
    assertTrue(refusal.getAdvice().contains("repair"), refusal.getAdvice());
    Session repaired = shell.repair();
    assertEquals(SessionState.OPENED, repaired.getState());
    assertEquals(shell.id(), repaired.getId());
    assertEquals(2, repaired.getIncarnation());
    assertEquals("a new shell\n", shell.end(waiting).with(0).text());
  }

  @DisplayName("behaviour 38: MaxSessions and MaxStartups are reached: all sessions open and work")
  @ParameterizedTest
  @EnumSource
  void aTargetWithLittleRoomCarriesManySessions(TargetKind kind) {
    assumeTrue(kind != TargetKind.LOCAL, "skipped for LOCAL: it has no such limits");
    stage.url(kind);
    stage.fixture().limitChannels(2);
    try {
      var shells =
          IntStream.range(0, 6)
              .mapToObj(i -> CompletableFuture.supplyAsync(() -> stage.open(kind)))
              .toList()
              .stream()
              .map(CompletableFuture::join)
              .toList();
      var jobs =
          shells.stream().map(shell -> shell.submit("seq 1 30000; sleep 0.5; echo end")).toList();
      for (int i = 0; i < shells.size(); i++) {
        assertTrue(shells.get(i).end(jobs.get(i)).with(0).text().endsWith("30000\nend\n"));
      }
      shells.forEach(Shell::remove);
    } finally {
      stage.fixture().limitChannels(Integer.MAX_VALUE);
    }
  }

  @DisplayName(
      "behaviour 38: sshd restarts and drops connections: it is tried again, the job is not lost")
  @ParameterizedTest
  @EnumSource
  void anSshdThatRestartsLosesNoJob(TargetKind kind) {
    assumeTrue(kind != TargetKind.LOCAL, "skipped for LOCAL: it has no sshd");
    var shell = stage.open(kind);
    Gate gate = stage.gate();
    Job job = shell.running(gate.await() + "; echo end");
    int arrivals = stage.fixture().arrivals();
    if (kind == TargetKind.FIXTURE) {
      stage.fixture().dropConnections(true);
      stage.cut(kind);
      Eventually.holds("it is tried again", () -> stage.fixture().arrivals() >= arrivals + 3);
      stage.fixture().dropConnections(false);
    } else {
      stage.openSsh().restart();
      stage.cut(kind);
    }
    gate.open();
    assertEquals("end\n", shell.end(job).with(0).text());
    assertNotEquals(SessionState.BROKEN, shell.show().getState());
  }
}
