package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.GetSessionRequest;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.ListSessionsRequest;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionState;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What runs beside a session's queue, and what goes when its work is done, on a real node. */
@ExtendWith(SharedStage.class)
class BesideTest {

  private final Stage stage;

  BesideTest(Stage stage) {
    this.stage = stage;
  }

  @DisplayName("several jobs run beside the queue, each with its own output, exit code and cancel")
  @ParameterizedTest
  @EnumSource
  void jobsRunBesideTheQueue(TargetKind kind) {
    Shell shell = stage.open(kind);
    Gate queue = stage.gate();
    Gate gate = stage.gate();
    Job queued = shell.running(queue.await());
    Job one = shell.awaitRunning(shell.submit(beside("echo one; " + gate.await() + "; exit 3")));
    Job two = shell.awaitRunning(shell.submit(beside("echo two; sleep 1000")));

    assertNotEquals(one.getSession(), two.getSession());
    assertEquals(shell.show().getId(), one.getBeside());
    assertEquals(
        List.of(queued.getId(), two.getId(), one.getId()),
        shell.jobs().stream().map(Job::getId).toList());
    assertEquals(JobState.STOPPED, shell.end(shell.cancel(two, 0)).job().getState());
    gate.open();
    assertEquals("one\n", shell.end(one).with(3).text());
    assertEquals(JobState.RUNNING, shell.look(queued).getState());

    queue.open();
    shell.end(queued).with(0);
    shell.remove();
  }

  @DisplayName("behaviour 19: the same key beside the queue gives the same job")
  @ParameterizedTest
  @EnumSource
  void theSameKeyGivesTheSameJob(TargetKind kind) throws IOException {
    Shell shell = stage.open(kind);
    Path ledger = stage.file("ledger");
    Job first = shell.submit(beside("echo x >>" + ledger).setKey("once"));
    Job again = shell.submit(beside("echo x >>" + ledger).setKey("once"));

    assertEquals(first.getId(), again.getId());
    shell.end(first).with(0);
    assertEquals("x\n", Files.readString(ledger));
    shell.remove();
  }

  @DisplayName("what runs beside a session is not in lists, and goes with it")
  @ParameterizedTest
  @EnumSource
  void whatRunsBesideASessionGoesWithIt(TargetKind kind) {
    Shell shell = stage.open(kind);
    Session own = session(shell.awaitRunning(shell.submit(beside("sleep 1000"))).getSession());
    assertTrue(listed().noneMatch(own.getId()::equals));
    assertEquals(List.of(own.getId()), listed("beside=" + shell.show().getId()).toList());

    shell.remove();

    Eventually.see(
        "it is gone", () -> session(own.getId()), now -> now.getState() == SessionState.CLOSED);
    assertTrue(Files.notExists(stage.farSide(kind, own)));
  }

  @DisplayName("a session beside one that has gone by itself goes too")
  @ParameterizedTest
  @EnumSource
  void whatIsLeftAloneGoesByItself(TargetKind kind) {
    Shell shell =
        stage.open(
            CreateSessionRequest.newBuilder()
                .setTarget(stage.url(kind))
                .setRemoveAfter(Shell.seconds(1)));
    Job job = shell.submit(beside("sleep 1000"));

    shell.await("it goes when it has no work", now -> now.getState() == SessionState.CLOSED);
    Eventually.see(
        "so does what ran beside it",
        () -> session(job.getSession()),
        now -> now.getState() == SessionState.CLOSED);
  }

  @DisplayName("behaviour 6: beside a Closed session nothing is started")
  @ParameterizedTest
  @EnumSource
  void besideAClosedSessionNothingIsStarted(TargetKind kind) {
    Shell shell = stage.open(kind);
    shell.remove();

    assertEquals(
        "closed",
        stage
            .refusal(stubs -> stubs.jobs().submitJob(beside("true").setSession(shell.id()).build()))
            .getKind());
  }

  @DisplayName("behaviours 17, 20: a one-off run gives output and exit code and leaves no session")
  @ParameterizedTest
  @EnumSource
  void aRunLeavesNoSession(TargetKind kind) {
    var run =
        stage
            .holdfast()
            .run(
                "run",
                stage.url(kind),
                "--label-text",
                "one-off",
                "--",
                "printf %s \"$1\"; exit 7");
    assertEquals(7, run.code(), run::err);
    var words = stage.holdfast().run("run", stage.url(kind), "--", "printf", "%s|", "a b", "$(id)");
    assertEquals(0, words.code(), words::err);
    assertEquals("a b|$(id)|", words.out());
    var json =
        stage.holdfast().run("run", stage.url(kind), "--output", "json", "--", "echo out; exit 4");
    assertEquals(4, json.code(), json::err);
    assertTrue(json.out().contains("\"exit_code\":4"), json::out);

    String session = json.out().replaceFirst("(?s).*\"session\":\"([a-z2-7]+)\".*", "$1");
    Eventually.see(
        "it is gone", () -> session(session), now -> now.getState() == SessionState.CLOSED);
  }

  @DisplayName("a one-off run that nobody waits for can be received, and goes by itself")
  @ParameterizedTest
  @EnumSource
  void aRunThatNobodyWaitsForGoesByItself(TargetKind kind) {
    Gate gate = stage.gate();
    var run =
        stage
            .holdfast()
            .run(
                "run",
                stage.url(kind),
                "--detach",
                "--stay",
                "2s",
                "--output",
                "id",
                "--",
                gate.await() + "; echo done");
    assertEquals(0, run.code(), run::err);
    String job = run.out().strip();
    gate.open();
    var received = stage.holdfast().run("receive", job, "--follow");
    assertEquals("done\n", received.out(), received::err);
    Eventually.see(
        "it is gone",
        () -> session(job.replaceFirst("\\..*", "")),
        now -> now.getState() == SessionState.CLOSED);
  }

  @DisplayName("behaviour 2: a one-off run on a target that cannot be used says so")
  @ParameterizedTest
  @EnumSource
  void aRunThatCannotBeginSaysSo(TargetKind kind) {
    var run =
        stage
            .holdfast()
            .run("run", "ssh://nobody@127.0.0.1:1", stage.url(kind), "--", "echo it runs");
    assertEquals(1, run.code(), run::err);
    assertTrue(run.out().contains("it runs"), run::out);
    assertTrue(run.err().contains("127.0.0.1"), run::err);
  }

  private static SubmitJobRequest.Builder beside(String script) {
    return SubmitJobRequest.newBuilder().setScript(script).setBackground(true);
  }

  private Session session(String id) {
    return stage.ask(
        stubs -> stubs.sessions().getSession(GetSessionRequest.newBuilder().setId(id).build()));
  }

  private Stream<String> listed(String... labels) {
    return stage
        .ask(
            stubs ->
                stubs
                    .sessions()
                    .listSessions(
                        ListSessionsRequest.newBuilder()
                            .addAllLabels(List.of(labels))
                            .setPageSize(1000)
                            .build()))
        .getSessionsList()
        .stream()
        .map(Session::getId);
  }
}
