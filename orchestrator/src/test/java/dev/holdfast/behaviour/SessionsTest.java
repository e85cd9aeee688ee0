package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.fixture.FlakyProxy;
import dev.holdfast.protocol.v1.Availability;
import dev.holdfast.protocol.v1.CancelJobRequest;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.GetJobRequest;
import dev.holdfast.protocol.v1.GetSessionRequest;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.ListHistoryRequest;
import dev.holdfast.protocol.v1.ListJobsRequest;
import dev.holdfast.protocol.v1.ListSessionsRequest;
import dev.holdfast.protocol.v1.ReadOutputRequest;
import dev.holdfast.protocol.v1.RemoveSessionRequest;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionActRequest;
import dev.holdfast.protocol.v1.SessionState;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import dev.holdfast.rig.NodeClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Opening, leaving, coming back and removing, on a real node. */
@ExtendWith(SharedStage.class)
class SessionsTest {

  private final Stage stage;

  SessionsTest(Stage stage) {
    this.stage = stage;
  }

  @DisplayName("behaviour 1: opening on a reachable target gives Opened and Available, as asked")
  @ParameterizedTest
  @EnumSource
  void anOpenedSessionIsAsItWasAskedFor(TargetKind kind) {
    Session session =
        stage
            .open(
                CreateSessionRequest.newBuilder()
                    .setTarget(stage.url(kind))
                    .setName("as.asked")
                    .setShell("bash")
                    .setIdleTimeout(Shell.seconds(4000))
                    .putLabels("role", "web"))
            .show();
    assertEquals(SessionState.OPENED, session.getState());
    assertEquals(Availability.AVAILABLE, session.getAvailability());
    assertEquals(stage.url(kind), session.getTarget());
    assertEquals("as.asked", session.getName());
    assertEquals("bash", session.getShell());
    assertEquals(4000, session.getIdleTimeout().getSeconds());
    assertEquals("web", session.getLabelsOrThrow("role"));
    assertEquals(1, session.getIncarnation());
    assertEquals(
        "bash\n", new Shell(stage, session.getId()).run("ps -o comm= -p $$").with(0).text());
  }

  @DisplayName("behaviour 2: an unresolvable host is a typed error")
  @Test
  void aNameWithoutAnAddressIsSaidToBeOne() {
    assertEquals("unresolved", refusedTarget("ssh://nowhere.invalid").getKind());
  }

  @DisplayName("behaviour 2: a host that refuses is a typed error")
  @Test
  void aPortThatNobodyListensOnIsSaidToRefuse() throws IOException {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    assertEquals("refused", refusedTarget("ssh://127.0.0.1:" + port).getKind());
  }

  @DisplayName("behaviour 2: a silent host is a typed error within the connect deadline")
  @ParameterizedTest
  @EnumSource
  void aHostThatSaysNothingIsGivenUpAtTheDeadline(TargetKind kind) {
    try (FlakyProxy proxy = stage.proxy(kind)) {
      proxy.swallow(true);
      long begin = System.nanoTime();
      assertEquals("timed-out", refusedTarget(stage.url(proxy)).getKind());
      assertTrue(System.nanoTime() - begin < 40e9, "it took too long");
    }
  }

  private Failure refusedTarget(String url) {
    var failure =
        stage.refusal(
            stubs ->
                stubs
                    .sessions()
                    .createSession(
                        CreateSessionRequest.newBuilder()
                            .setTarget(url)
                            .setConnectTimeout(Shell.seconds(5))
                            .build()));
    assertFalse(failure.getCause().isBlank());
    assertFalse(failure.getAdvice().isBlank());
    var left =
        stage.ask(
            stubs ->
                stubs
                    .sessions()
                    .listSessions(
                        ListSessionsRequest.newBuilder()
                            .setTarget(url)
                            .addStates(SessionState.OPENED)
                            .addStates(SessionState.DISCONNECTED)
                            .addStates(SessionState.BROKEN)
                            .build()));
    assertEquals(0, left.getSessionsCount(), left::toString);
    return failure;
  }

  @DisplayName("behaviour 3: of several targets each gets its own session or its own error")
  @Test
  void oneBadHostSpoilsNothing() {
    var targets = stage.kinds().stream().map(stage::url).toList();
    var run =
        stage
            .holdfast()
            .run(
                java.util.stream.Stream.of(
                        List.of("new", "--output", "id", "--connect-timeout", "20s"),
                        targets,
                        List.of("ssh://127.0.0.1:1", "ssh://nowhere.invalid"))
                    .flatMap(List::stream)
                    .toArray(String[]::new));
    assertEquals(1, run.code(), run.err());
    var ids = run.out().lines().filter(line -> !line.isBlank()).toList();
    assertEquals(targets.size(), ids.size(), run.out() + run.err());
    assertTrue(run.err().contains("127.0.0.1:1"), run.err());
    assertTrue(run.err().contains("nowhere.invalid"), run.err());
    for (String id : ids) {
      assertEquals("ok\n", new Shell(stage, id).run("echo ok").with(0).text());
    }
  }

  @DisplayName(
      "behaviour 4: after disconnect and connect, variables, directory, functions are there")
  @ParameterizedTest
  @EnumSource
  void whoComesBackFindsEverything(TargetKind kind) {
    var shell = stage.open(kind);
    shell.run("colour=blue; greet() { echo \"hello $1\"; }; umask 027; cd /usr").with(0);
    Session gone = shell.disconnect();
    assertEquals(SessionState.DISCONNECTED, gone.getState());
    assertEquals("asked", gone.getReason());
    assertTrue(gone.hasExpiresAt());
    assertEquals(SessionState.OPENED, shell.connect().getState());
    assertEquals(
        "blue\nhello you\n0027\n/usr\n",
        shell.run("echo $colour; greet you; umask; pwd").with(0).text());
  }

  @DisplayName("behaviour 5: connect on Opened and disconnect on Disconnected change nothing")
  @ParameterizedTest
  @EnumSource
  void askingForWhatIsAlreadySoChangesNothing(TargetKind kind) {
    var shell = stage.open(kind);
    Session opened = shell.show();
    assertEquals(opened, shell.connect());
    Session gone = shell.disconnect();
    assertEquals(gone, shell.disconnect());
    assertEquals(
        List.of("requested", "connecting", "link-opened", "link-lost"),
        shell.history().stream().map(entry -> entry.getWhat()).toList());
  }

  @DisplayName("behaviour 6: a command for a Closed session is refused with the state named")
  @ParameterizedTest
  @EnumSource
  void aClosedSessionTakesNoCommand(TargetKind kind) {
    var shell = stage.open(kind);
    assertEquals(SessionState.CLOSED, shell.remove().getState());
    var failure = stage.refusal(submission(shell.id()));
    assertEquals("closed", failure.getKind());
    assertTrue(failure.getCause().contains("Closed"), failure.getCause());
  }

  @DisplayName(
      "behaviour 6: for a Disconnected session a command is queued, and it connects by itself")
  @ParameterizedTest
  @EnumSource
  void aDisconnectedSessionConnectsForACommand(TargetKind kind) {
    var shell = stage.open(kind);
    shell.disconnect();
    assertEquals("back\n", shell.run("echo back").with(0).text());
    assertEquals(SessionState.OPENED, shell.show().getState());
  }

  @DisplayName("behaviour 7: an unknown id is always \"not found\"")
  @Test
  void anUnknownIdIsNeverAnEmptyAnswer() {
    String id = "aaaaaaaaaaaa";
    var act = SessionActRequest.newBuilder().setId(id).build();
    List<NodeClient.Call<?>> calls =
        List.of(
            stubs -> stubs.sessions().getSession(GetSessionRequest.newBuilder().setId(id).build()),
            stubs -> stubs.sessions().connectSession(act),
            stubs -> stubs.sessions().disconnectSession(act),
            stubs -> stubs.sessions().repairSession(act),
            stubs ->
                stubs.sessions().removeSession(RemoveSessionRequest.newBuilder().setId(id).build()),
            stubs ->
                stubs.sessions().listHistory(ListHistoryRequest.newBuilder().setId(id).build()),
            submission(id),
            stubs -> stubs.jobs().listJobs(ListJobsRequest.newBuilder().setSession(id).build()),
            stubs -> stubs.jobs().getJob(GetJobRequest.newBuilder().setId(id + ".1").build()),
            stubs -> stubs.jobs().cancelJob(CancelJobRequest.newBuilder().setId(id + ".1").build()),
            stubs ->
                stubs.jobs().readOutput(ReadOutputRequest.newBuilder().setId(id + ".1").build()));
    for (NodeClient.Call<?> call : calls) {
      assertEquals("not-found", stage.refusal(call).getKind());
    }
    var shell = stage.open(TargetKind.LOCAL);
    assertEquals(
        "not-found",
        stage
            .refusal(
                stubs ->
                    stubs
                        .jobs()
                        .getJob(GetJobRequest.newBuilder().setId(shell.id() + ".9").build()))
            .getKind());
    assertEquals(1, stage.holdfast().run("show", id).code());
    assertEquals(1, stage.holdfast().run("receive", id + ".1").code());
  }

  private static NodeClient.Call<?> submission(String id) {
    return stubs ->
        stubs
            .jobs()
            .submitJob(SubmitJobRequest.newBuilder().setSession(id).setScript("true").build());
  }

  @DisplayName("behaviour 10: removal stops the job and ends the far side")
  @ParameterizedTest
  @EnumSource
  void whatIsRemovedIsGoneFromItsTarget(TargetKind kind) throws IOException {
    var shell = stage.open(kind);
    Path pid = stage.file("pid");
    var job = shell.submit("echo $$ >" + pid + ".new; mv " + pid + ".new " + pid + "; sleep 1000");
    Eventually.holds("the job has begun", () -> Files.exists(pid));
    Path farSide = stage.farSide(kind, shell.show());
    assertTrue(Files.isDirectory(farSide));
    assertEquals(SessionState.CLOSED, shell.remove().getState());
    assertFalse(Files.exists(farSide));
    Eventually.holds(
        "the job's shell is gone",
        () -> !ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).isPresent());
    assertEquals(JobState.STOPPED, shell.look(job).getState());
  }

  @DisplayName("behaviour 10: removal is retried until it is confirmed, also when the host is away")
  @ParameterizedTest
  @EnumSource
  void theRemovalOfASessionWhoseHostIsAwayIsDoneWhenItReturns(TargetKind kind) {
    try (FlakyProxy proxy = stage.proxy(kind)) {
      var shell = stage.open(CreateSessionRequest.newBuilder().setTarget(stage.url(proxy)));
      Path farSide = stage.farSide(kind, shell.show());
      proxy.refuse(true);
      proxy.cut();
      Session removing = shell.remove(0);
      assertEquals("removing", removing.getReason());
      assertTrue(Files.isDirectory(farSide));
      proxy.refuse(false);
      shell.await("it is removed", now -> now.getState() == SessionState.CLOSED);
      assertFalse(Files.exists(farSide));
    }
  }

  @DisplayName("behaviour 16: closing the far side from inside ends that job and nothing else")
  @ParameterizedTest
  @EnumSource
  void exitInAJobEndsTheJobAndNotTheSession(TargetKind kind) {
    var shell = stage.open(kind);
    shell.run("kept=yes").with(0);
    shell.run("exit 3").with(3);
    assertEquals(SessionState.OPENED, shell.show().getState());
    assertEquals("yes\n", shell.run("echo $kept").with(0).text());
  }
}
