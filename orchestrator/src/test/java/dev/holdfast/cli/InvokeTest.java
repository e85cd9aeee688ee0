package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
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
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InvokeTest {

  @TempDir Path directory;

  private LittleServer server;
  private Session web;

  @BeforeEach
  void startServer() {
    server = new LittleServer(directory).start();
    web = server.open("web", Map.of("role", "web"));
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  @DisplayName("behaviour 20: output is exact, binary and without a final newline")
  void theBytesOfAJobArePassedOnUnchanged() {
    var bytes = new byte[3_000_001];
    new Random(7).nextBytes(bytes);
    server.when("blob", job -> job.printError("e\0é").print(bytes).exit(0));

    var run = run("invoke", "web", "--", "blob");

    assertEquals(0, run.code());
    assertArrayEquals(bytes, run.bytes());
    assertEquals("e\0é", run.err());
  }

  @Test
  void theExitCodeIsThatOfTheJob() {
    server.when("bad", job -> job.exit(42));

    assertEquals(42, run("invoke", "web", "--", "bad").code());
  }

  @Test
  void anEndWithoutAnExitCodeHasACodeOfItsOwnAndSaysWhy() {
    var why =
        Failure.newBuilder().setKind("restarted").setCause("It rebooted.").setAdvice("Repair it.");
    server.when("reboot", job -> job.end(JobState.INTERRUPTED, why.build()));

    var run = run("invoke", "web", "--", "reboot");

    assertEquals(ExitCode.JOB_INTERRUPTED, run.code());
    assertTrue(run.err().contains("Interrupted: It rebooted."), run.err());
    assertTrue(run.err().contains("\n  Repair it."), run.err());
  }

  @Test
  @DisplayName("behaviour 22: arguments travel by value, whatever quotes they hold")
  void severalWordsArriveAsTheyAre() {
    var words = List.of("show", "a b", "it's", "\"q\"", "$HOME", "--output", "@x", "", "\n", "--");
    server.when(String.join(" ", words), job -> job.exit(0));

    var args = new String[3 + words.size()];
    args[0] = "invoke";
    args[1] = "web";
    args[2] = "--";
    for (int i = 0; i < words.size(); i++) {
      args[3 + i] = words.get(i);
    }
    assertEquals(0, run(args).code());
    assertEquals(words, lastJob().request().getArgv().getWordsList());
  }

  @Test
  void oneWordIsAScript() {
    server.when("cd / && ls", job -> job.exit(0));

    assertEquals(0, run("invoke", "web", "--timeout", "90s", "--", "cd / && ls").code());
    assertEquals("cd / && ls", lastJob().request().getScript());
    assertEquals(90, lastJob().request().getTimeout().getSeconds());
    assertFalse(lastJob().request().getKey().isEmpty());
    assertEquals(0, lastJob().request().getOutputLimit());
  }

  @Test
  @DisplayName("behaviour 22: a script file travels by content")
  void aFileGoesByContentAndItsArgumentsWithIt() throws IOException {
    var file = Files.writeString(directory.resolve("é.sh"), "echo \"$1\"\n");
    server.when("echo \"$1\"\n", job -> job.exit(0));

    assertEquals(0, run("invoke", "web", "--file", file.toString(), "--", "a b").code());
    assertEquals(List.of("a b"), lastJob().request().getArgumentsList());
  }

  @Test
  void aScriptOf64MebibytesIsRefusedBeforeItIsSent() throws IOException {
    var file = directory.resolve("large.sh");
    try (var out = Files.newOutputStream(file)) {
      var piece = new byte[1 << 20];
      for (int i = 0; i < 64; i++) {
        out.write(piece);
      }
    }

    var run = run("invoke", "web", "--file", file.toString());

    assertEquals(ExitCode.REFUSED, run.code());
    assertTrue(run.err().contains("larger than 1 MiB"), run.err());
    assertEquals(List.of(), server.calls());
  }

  @Test
  void aNulInAScriptIsRefusedBeforeItIsSent() throws IOException {
    var file = Files.write(directory.resolve("nul.sh"), new byte[] {'a', 0, 'b'});

    var run = run("invoke", "web", "--file", file.toString());

    assertEquals(ExitCode.REFUSED, run.code());
    assertTrue(run.err().contains("NUL"), run.err());
    assertEquals(List.of(), server.calls());
  }

  @Test
  void aScriptThatIsNotTextIsRefusedAndNotAltered() throws IOException {
    var file = Files.write(directory.resolve("latin.sh"), new byte[] {(byte) 0xe9});

    var run = run("invoke", "web", "--file", file.toString());

    assertEquals(ExitCode.REFUSED, run.code());
    assertTrue(run.err().contains("UTF-8"), run.err());
  }

  @Test
  @DisplayName("behaviour 28: standard input can be given and ended")
  void inputIsGivenInPiecesAndEnded() {
    var bytes = new byte[700_000];
    new Random(3).nextBytes(bytes);
    server.withInputRoom(100_000).when("cat", job -> cat(job));

    var run =
        CommandLineRun.with(directory)
            .input(bytes)
            .run("invoke", "web", "--input", "-", "--", "cat");

    assertEquals(0, run.code(), run.err());
    assertArrayEquals(bytes, run.bytes());
  }

  @Test
  void standardInputIsNotTakenUnlessAsked() {
    server.when("cat", job -> job.exit(0));

    CommandLineRun.with(directory).input(new byte[9]).run("invoke", "web", "--", "cat");

    assertFalse(lastJob().request().getHasInput());
  }

  @Test
  void standardInputCannotGoToTwoSessions() {
    server.open("db", Map.of());

    var run = run("invoke", "web", "db", "--input", "-", "--", "cat");

    assertEquals(ExitCode.USAGE, run.code());
    assertTrue(run.err().contains("one session only"), run.err());
  }

  @Test
  void detachPrintsTheJobAndLeavesIt() {
    var never = new CountDownLatch(1);
    server.when("long", job -> await(never));

    var run = run("invoke", "web", "--detach", "--output", "id", "--", "long");

    assertEquals(0, run.code());
    assertEquals(web.getId() + ".1\n", run.out());
    never.countDown();
  }

  @Test
  @DisplayName("behaviour 18: jobs queue while one runs")
  void aJobForABusySessionIsQueued() {
    var never = new CountDownLatch(1);
    server.when("long", job -> await(never));
    run("invoke", "web", "--detach", "--", "long");

    var run = run("invoke", "web", "--detach", "--", "long");

    assertTrue(run.out().startsWith(web.getId() + ".2\tweb\tQueued\t-\t1\t"), run.out());
    never.countDown();
  }

  @Test
  @DisplayName("behaviour 30: no byte is lost or doubled when the connection is")
  void aFollowGoesOnWhereItWasWhenTheServerComesBackElsewhere() {
    var half = new CountDownLatch(1);
    server.when(
        "slow",
        job -> {
          job.print("first\n").printError("one\n");
          await(half);
          job.print("second\n").printError("two\n").exit(3);
        });
    var run = CommandLineRun.with(directory).start("invoke", "web", "--", "slow");
    run.awaitOut("first").awaitErr("one");

    server.stop();
    run.awaitErr("connection lost, trying again");
    half.countDown();
    server.start();

    assertEquals(3, run.code());
    assertEquals("first\nsecond\n", run.out());
    assertTrue(
        run.err().matches("one\nholdfast: connection lost.*\nholdfast: connected again\ntwo\n"),
        run.err());
  }

  @Test
  void aFollowEndsWhenTheServerStaysAwayLongerThanWanted() {
    var never = new CountDownLatch(1);
    server.when("slow", job -> await(never));
    server.when("first", job -> job.print("x"));
    var run =
        CommandLineRun.with(directory)
            .start("invoke", "web", "--wait-for-server", "300ms", "--", "first");
    run.awaitOut("x");

    server.stop();

    assertEquals(ExitCode.UNREACHABLE, run.code());
    assertTrue(run.err().contains("no server answers"), run.err());
    never.countDown();
  }

  @Test
  @DisplayName("behaviour 19: the same key submitted twice gives one job")
  void aSubmissionWhoseAnswerWasLostIsRepeatedWithItsKey() {
    server.when("once", job -> job.print("ran\n").exit(0)).losingAnswerOf("SubmitJob");

    var run = run("invoke", "web", "--", "once");

    assertEquals(0, run.code(), run.err());
    assertEquals("ran\n", run.out());
    assertEquals(2, Collections.frequency(server.calls(), "SubmitJob"));
    assertEquals(1, server.jobsOf(web).size());
  }

  @Test
  @DisplayName("behaviour 27: Drop tells the reader how many bytes are missing")
  void droppedOutputIsTold() {
    server.when("much", job -> job.print("0123456789").dropBefore(4).exit(0));

    var run = run("invoke", "web", "--output-mode", "drop", "--", "much");

    assertEquals("456789", run.out());
    assertTrue(run.err().contains("4 bytes of stdout were dropped"), run.err());
  }

  @Test
  void severalSessionsShareTheOutputByLines() {
    server.open("db", Map.of("role", "db"));
    server.when("hi", job -> job.print("one\ntwo").exit(job.view().getSessionName().length() - 2));

    var run = run("invoke", "web", "db", "--", "hi");

    assertEquals(1, run.code());
    assertEquals(
        List.of("db: one", "db: two", "web: one", "web: two"), run.out().lines().sorted().toList());
    assertTrue(run.err().contains("holdfast: web: exit code 1"), run.err());
  }

  @Test
  @DisplayName("behaviour 45: equal output is shown once with the hosts that gave it")
  void groupsShowEqualOutputOnce() {
    server.open("db", Map.of());
    server.open("mail", Map.of());
    server.when(
        "v", job -> job.print(job.view().getSessionName().equals("db") ? "2" : "1").exit(0));

    var run = run("invoke", "web", "db", "mail", "--group", "--", "v");

    assertEquals("---- web, mail (2) ----\n1\n---- db (1) ----\n2\n", run.out());
  }

  @Test
  @DisplayName("behaviour 41: a run over 1 host and over N has the same shape")
  void oneSessionThatCannotTakeTheJobSpoilsNothingForTheOthers() {
    server.withFullQueue(server.open("db", Map.of())).when("v", job -> job.print("1\n").exit(0));

    var run = run("invoke", "db", "web", "--output", "json", "--", "v");

    assertEquals(ExitCode.REFUSED, run.code());
    assertEquals(
        """
        {"target":"ssh://ops@db:22","session":"bk3vzx2m4q7p","name":"db","job":null,\
        "state":"NOT_SUBMITTED","exit_code":null,"output":"","output_base64":null,"error":"",\
        "error_base64":null,"truncated":false,"started":null,"ended":null,"attempts":0,\
        "failure":{"kind":"queue-full","cause":"The queue of the session is full.",\
        "advice":"Wait for a job to end."}}
        {"target":"ssh://ops@web:22","session":"ak3vzx2m4q7p","name":"web",\
        "job":"ak3vzx2m4q7p.1","state":"SUCCEEDED","exit_code":0,"output":"1\\n",\
        "output_base64":null,"error":"","error_base64":null,"truncated":false,\
        "started":"2027-01-15T08:00:02Z","ended":"2027-01-15T08:00:05Z","attempts":1,\
        "failure":null}
        """,
        run.out());
  }

  @Test
  void outputThatIsNotTextIsBase64InJson() {
    server.when("bin", job -> job.print(new byte[] {(byte) 0xff, 0}).exit(0));

    var run = run("invoke", "web", "--output", "json", "--", "bin");

    assertTrue(run.out().contains("\"output\":null,\"output_base64\":\"/wA=\""), run.out());
  }

  @Test
  void aSelectorThatMeansNothingIsAnErrorAndNothingRuns() {
    var run = run("invoke", "web", "wbe", "--", "v");

    assertEquals(ExitCode.REFUSED, run.code());
    assertTrue(run.err().contains("There is no session wbe."), run.err());
    assertEquals(List.of(), server.jobsOf(web));
  }

  @Test
  @DisplayName("behaviour 6: a command for a Closed session is refused with the state named")
  void aClosedSessionIsNamedAsSuch() {
    server.put(web.toBuilder().setState(SessionState.CLOSED).build());

    var run = run("invoke", web.getId(), "--", "v");

    assertEquals(ExitCode.REFUSED, run.code());
    assertTrue(run.err().contains("The session is Closed."), run.err());
  }

  @Test
  void aLabelThatNobodyHasIsNamed() {
    var run = run("invoke", "label:role=none", "--", "v");

    assertEquals(ExitCode.REFUSED, run.code());
    assertTrue(run.err().contains("no session has the label role=none"), run.err());
  }

  @Test
  void anInputThatCannotBeReadIsToldBeforeAnythingRuns() {
    var run = run("invoke", "web", "--input", "/no/such/file", "--", "v");

    assertEquals(ExitCode.REFUSED, run.code());
    assertTrue(run.err().contains("/no/such/file"), run.err());
    assertEquals(List.of(), server.calls());
  }

  @Test
  void aLabelSelectsAndNoSessionIsMeantTwice() {
    server.open("web2", Map.of("role", "web"));
    server.when("v", job -> job.exit(0));

    run("invoke", "label:role=web", "web", "--output", "json", "--", "v");

    assertEquals(1, server.jobsOf(web).size());
  }

  private static void cat(LittleJob job) {
    ByteString all = job.awaitInput();
    job.print(all.toByteArray()).exit(0);
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

  private LittleJob lastJob() {
    var jobs = server.jobsOf(web);
    return jobs.get(jobs.size() - 1);
  }

  private CommandLineRun run(String... args) {
    return CommandLineRun.with(directory).run(args);
  }
}
