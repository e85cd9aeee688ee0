package dev.holdfast.behaviour;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.protocol.v1.Argv;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.MoveJobRequest;
import dev.holdfast.protocol.v1.OutputMode;
import dev.holdfast.protocol.v1.OutputStream;
import dev.holdfast.protocol.v1.SessionState;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a job is and does, on a real node. */
@ExtendWith(SharedStage.class)
class JobsTest {

  private static final int MIB = 1 << 20;

  private final Stage stage;

  JobsTest(Stage stage) {
    this.stage = stage;
  }

  @DisplayName(
      "behaviour 17: state set by one job is there for the next; two sessions share nothing")
  @ParameterizedTest
  @EnumSource
  void stateLivesInItsSessionAndNowhereElse(TargetKind kind) {
    var one = stage.open(kind);
    var other = stage.open(kind);
    one.run("mine=1; f() { echo f; }; cd /usr; umask 077; trap 'echo usr1' USR1").with(0);
    assertEquals(
        "1\nf\n/usr\n0077\nusr1\n",
        one.run("echo $mine; f; pwd; umask; sh -c \"kill -s USR1 $$\"; :").with(0).text());
    assertEquals("unset\n", other.run("echo ${mine-unset}").with(0).text());
    other.run("f").with(127);
  }

  @DisplayName(
      "behaviour 18: jobs queue first in, first out; the queue is listed, reordered, cancelled")
  @ParameterizedTest
  @EnumSource
  void theQueueKeepsItsOrderAndCanBeChanged(TargetKind kind) throws IOException {
    var shell = stage.open(kind);
    Gate gate = stage.gate();
    Path ledger = stage.file("ledger");
    Job first = shell.running(gate.await());
    List<Job> waiting =
        List.of("a", "b", "c", "d").stream()
            .map(name -> shell.submit("echo " + name + " >>" + ledger))
            .toList();
    assertEquals(List.of(0, 1, 2, 3, 4), shell.jobs().stream().map(Job::getPosition).toList());
    assertEquals(4, shell.show().getQueued());
    assertEquals(first.getId(), shell.show().getRunningJob());
    stage.ask(
        stubs ->
            stubs
                .jobs()
                .moveJob(
                    MoveJobRequest.newBuilder()
                        .setId(waiting.get(3).getId())
                        .setPosition(1)
                        .build()));
    assertEquals(JobState.STOPPED, shell.cancel(waiting.get(1), 0).getState());
    gate.open();
    shell.end(waiting.get(2)).with(0);
    assertEquals(List.of("d", "a", "c"), Files.readAllLines(ledger));
    shell.end(waiting.get(1)).as(JobState.STOPPED);
    assertEquals(0, shell.look(waiting.get(1)).getAttempts());
  }

  @DisplayName("behaviour 19: the same key submitted twice gives one job and the same answer")
  @ParameterizedTest
  @EnumSource
  void oneKeyIsOneJob(TargetKind kind) throws IOException {
    var shell = stage.open(kind);
    Path ledger = stage.file("ledger");
    var request =
        SubmitJobRequest.newBuilder().setScript("echo once >>" + ledger).setKey("this-one");
    Job job = shell.submit(request);
    assertEquals(job.getId(), shell.submit(request).getId());
    Ended ended = shell.end(job).with(0);
    assertEquals(ended.job(), shell.submit(request));
    shell.run("true").with(0);
    assertEquals(List.of("once"), Files.readAllLines(ledger));
  }

  @DisplayName("behaviour 20: exit codes are exact")
  @ParameterizedTest
  @EnumSource
  void exitCodesAreExact(TargetKind kind) {
    var shell = stage.open(kind);
    for (int code : List.of(0, 1, 2, 77, 126, 127, 128, 137, 255)) {
      shell.run("(exit " + code + ")").with(code);
    }
  }

  @DisplayName("behaviour 20: output is exact: nothing, NULs, invalid UTF-8, no final newline")
  @ParameterizedTest
  @EnumSource
  void everyByteArrivesAsItWas(TargetKind kind) throws IOException {
    var shell = stage.open(kind);
    byte[] every = new byte[256];
    for (int i = 0; i < every.length; i++) {
      every[i] = (byte) i;
    }
    for (byte[] bytes :
        List.of(new byte[0], new byte[] {0}, every, "no newline".getBytes(UTF_8), random(65_536))) {
      Path file = Files.write(stage.file("bytes"), bytes);
      Ended ended = shell.run("cat " + file + "; cat " + file + " >&2").with(0);
      assertArrayEquals(bytes, ended.out());
      assertArrayEquals(bytes, ended.err());
      assertEquals(bytes.length, ended.job().getStdoutBytes());
    }
  }

  @DisplayName("behaviour 20: 64 MiB of output are exact")
  @ParameterizedTest
  @EnumSource
  void muchOutputIsExact(TargetKind kind) throws IOException {
    var shell = stage.open(kind);
    byte[] bytes = random(64 * MIB);
    Path file = Files.write(stage.file("large"), bytes);
    Ended ended = shell.run("cat " + file).with(0);
    assertEquals(-1, Arrays.mismatch(bytes, ended.out()));
    Files.delete(file);
  }

  private static byte[] random(int size) {
    byte[] bytes = new byte[size];
    new Random(20).nextBytes(bytes);
    return bytes;
  }

  @DisplayName(
      "behaviour 21: however a job misbehaves, its outcome is true and the session survives")
  @ParameterizedTest
  @EnumSource
  void aJobThatMisbehavesEndsTruly(TargetKind kind) {
    var shell = stage.open(kind);
    shell.run("if then fi (").with(2);
    assertEquals("one\n", shell.run("set -e; echo one; false; echo two").with(1).text());
    assertEquals("still\n", shell.run("false; echo still").with(0).text());
    shell.run("exec sh -c 'exit 4'").with(4);
    assertEquals("new shell\n", shell.run("echo new shell").with(0).text());
    Ended killed = shell.run("kill -s KILL $$; sleep 5");
    assertTrue(
        killed.job().getState() == JobState.FAILED || killed.job().getState() == JobState.UNKNOWN,
        killed::toString);
    assertEquals("closed\n", shell.run("exec >&-; echo closed >&2").with(0).errors());
    assertEquals("open\n", shell.run("echo open").with(0).text());
    assertEquals("left\n", shell.run("sleep 2 & echo left").with(0).text());
    assertEquals("here\n", shell.run("trap '' TERM; echo here").with(0).text());
    assertEquals(SessionState.OPENED, shell.show().getState());
  }

  @DisplayName("behaviour 21: a job that kills its shell with TERM ends, and the session goes on")
  @ParameterizedTest
  @EnumSource
  void killDollarDollarIsSurvived(TargetKind kind) {
    var shell = stage.open(kind);
    Ended ended = shell.run("kill $$; sleep 1; echo after");
    assertTrue(ended.job().hasExitCode(), ended::toString);
    assertEquals("alive\n", shell.run("echo alive").with(0).text());
  }

  @DisplayName("behaviour 22: arguments travel by value, whatever quotes they hold")
  @ParameterizedTest
  @EnumSource
  void wordsArriveAsTheyAre(TargetKind kind) {
    var shell = stage.open(kind);
    List<String> words =
        List.of("-oProxyCommand=x", "it's", "\"", "$(id)", "`id`", "a\nb", "\\", "", "*", "é ☂");
    var command = Argv.newBuilder().addWords("printf").addWords("%s|").addAllWords(words);
    assertEquals(
        String.join("|", words) + "|",
        shell.end(shell.submit(SubmitJobRequest.newBuilder().setArgv(command))).with(0).text());
    assertEquals(
        String.join("|", words) + "|",
        shell
            .end(
                shell.submit(
                    SubmitJobRequest.newBuilder()
                        .setScript("printf '%s|' \"$@\"")
                        .addAllArguments(words)))
            .with(0)
            .text());
  }

  @DisplayName("behaviour 22: a script of any shape travels by content")
  @ParameterizedTest
  @EnumSource
  void aLargeScriptTravelsByContent(TargetKind kind) {
    var shell = stage.open(kind);
    String comment = "# it's \"quoted\" and $(long)\n";
    String script = "n=0\n" + comment.repeat(30_000) + "echo end $n\n";
    assertEquals("end 0\n", shell.run(script).with(0).text());
  }

  @DisplayName("behaviour 23: wait with a short timeout returns \"still running\"; the job runs on")
  @ParameterizedTest
  @EnumSource
  void waitingEndsAndTheJobRunsOn(TargetKind kind) {
    var shell = stage.open(kind);
    Gate gate = stage.gate();
    Job job = shell.running(gate.await() + "; echo done");
    assertEquals(JobState.RUNNING, shell.await(job, 1).getState());
    assertEquals(124, stage.holdfast().run("wait", "--timeout", "100ms", job.getId()).code());
    gate.open();
    assertEquals("done\n", shell.end(job).with(0).text());
  }

  @DisplayName("behaviour 24: cancel ends every process of the job, also those that left its group")
  @ParameterizedTest
  @EnumSource
  void nothingOfACancelledJobIsLeft(TargetKind kind) throws IOException {
    var shell = stage.open(kind);
    shell.run("kept=yes").with(0);
    Path pids = stage.file("pids");
    Job job =
        shell.submit(
            """
            sh -c 'trap "" TERM; echo $$ >>PIDS; while :; do sleep 1; done' &
            setsid sh -c 'echo $$ >>PIDS; exec sleep 1000' &
            sh -c 'echo $$ >>PIDS; exec sleep 1000'
            """
                .replace("PIDS", pids.toString()));
    Eventually.holds(
        "three processes run", () -> Files.exists(pids) && Files.readAllLines(pids).size() == 3);
    assertTrue(shell.cancel(job, 1).getCancelling());
    shell.end(job).as(JobState.STOPPED);
    for (String pid : Files.readAllLines(pids)) {
      Eventually.holds(
          pid + " is gone", () -> ProcessHandle.of(Long.parseLong(pid.strip())).isEmpty());
    }
    assertTrue(
        shell.history().stream().anyMatch(entry -> entry.getWhat().equals("escapees-ended")),
        () -> shell.history().toString());
    assertEquals("yes\n", shell.run("echo $kept").with(0).text());
  }

  @DisplayName("behaviour 25: a job over its timeout is TimedOut, ended like a cancel")
  @ParameterizedTest
  @EnumSource
  void aJobOverItsTimeIsEnded(TargetKind kind) {
    var shell = stage.open(kind);
    Job job =
        shell.submit(
            SubmitJobRequest.newBuilder()
                .setScript("echo begun; sleep 1000")
                .setTimeout(Shell.seconds(1)));
    assertEquals("begun\n", shell.end(job).as(JobState.TIMED_OUT).text());
    assertEquals("alive\n", shell.run("echo alive").with(0).text());
  }

  @DisplayName(
      "behaviour 26: from the start, from an offset, twice, by two readers: the same bytes")
  @ParameterizedTest
  @EnumSource
  void outputCanBeReadAgain(TargetKind kind) {
    var shell = stage.open(kind);
    Gate gate = stage.gate();
    Job job = shell.submit("seq 1 20000; " + gate.await() + "; seq 20001 40000");
    var one = CompletableFuture.supplyAsync(() -> shell.end(job));
    var other = CompletableFuture.supplyAsync(() -> shell.end(job));
    gate.open();
    byte[] whole = one.join().with(0).out();
    assertEquals("40000", new String(whole, UTF_8).lines().reduce((a, b) -> b).orElseThrow());
    assertArrayEquals(whole, other.join().out());
    assertArrayEquals(whole, shell.end(job).out());
    var pieces = new ByteArrayOutputStream();
    int from = 12_345;
    while (from + pieces.size() < whole.length) {
      pieces.writeBytes(
          shell
              .read(job, OutputStream.STDOUT, from + pieces.size(), 50_000)
              .getData()
              .toByteArray());
    }
    assertArrayEquals(Arrays.copyOfRange(whole, from, whole.length), pieces.toByteArray());
    assertTrue(shell.read(job, OutputStream.STDOUT, whole.length, 10).getEnd());
  }

  @DisplayName("behaviour 27: Block: a full buffer pauses the job, a reader lets it go on")
  @ParameterizedTest
  @EnumSource
  void aBlockedJobWaitsForItsReaderAndLosesNothing(TargetKind kind) throws IOException {
    var shell = stage.open(kind);
    Path done = stage.file("done");
    byte[] bytes = random(MIB);
    Path file = Files.write(stage.file("bytes"), bytes);
    Job job =
        shell.submit(
            SubmitJobRequest.newBuilder()
                .setScript("cat " + file + "; : >" + done)
                .setOutputLimit(65_536)
                .setOutputMode(OutputMode.BLOCK));
    shell.awaitRunning(job);
    assertEquals(JobState.RUNNING, shell.await(job, 2).getState());
    assertTrue(Files.notExists(done), "the job was not paused");
    assertArrayEquals(bytes, shell.end(job).with(0).out());
    assertTrue(Files.exists(done));
  }

  @DisplayName(
      "behaviour 27: Drop: the job goes on, and the reader is told how many bytes are missing")
  @ParameterizedTest
  @EnumSource
  void aDroppingJobGoesOnAndTheReaderIsTold(TargetKind kind) throws IOException {
    var shell = stage.open(kind);
    byte[] bytes = random(MIB);
    Path file = Files.write(stage.file("bytes"), bytes);
    Path done = stage.file("done");
    Gate gate = stage.gate();
    Job job =
        shell.submit(
            SubmitJobRequest.newBuilder()
                .setScript(gate.await() + "; cat " + file + "; : >" + done)
                .setOutputLimit(65_536)
                .setOutputMode(OutputMode.DROP));
    shell.awaitRunning(job);
    shell.disconnect();
    gate.open();
    Eventually.holds("the job goes on without a reader", () -> Files.exists(done));
    shell.connect();
    assertEquals(JobState.SUCCEEDED, shell.await(job, 60).getState());
    long dropped = 0;
    long at = 0;
    while (true) {
      var piece = shell.read(job, OutputStream.STDOUT, at, MIB);
      assertEquals(at + piece.getDropped(), piece.getOffset());
      dropped += piece.getDropped();
      byte[] data = piece.getData().toByteArray();
      int from = (int) piece.getOffset();
      assertArrayEquals(Arrays.copyOfRange(bytes, from, from + data.length), data);
      at = piece.getOffset() + data.length;
      if (piece.getEnd()) {
        break;
      }
    }
    assertEquals(bytes.length, at);
    assertTrue(dropped > 0, "1 MiB fitted into 64 KiB");
  }

  @DisplayName("behaviour 28: standard input can be given and ended")
  @ParameterizedTest
  @EnumSource
  void inputIsGivenInPiecesAndEnded(TargetKind kind) {
    var shell = stage.open(kind);
    Job job =
        shell.submit(
            SubmitJobRequest.newBuilder()
                .setScript("read -r line; echo \"got $line\"; cat; echo end")
                .setHasInput(true));
    assertEquals(6, shell.give(job, 0, "first\n".getBytes(UTF_8), false));
    shell.awaitOutput(job, "got first\n");
    assertEquals(6, shell.give(job, 0, "first\n".getBytes(UTF_8), false));
    byte[] bytes = random(300_000);
    assertEquals(300_006, shell.give(job, 6, bytes, true));
    var expected = new ByteArrayOutputStream();
    expected.writeBytes("got first\n".getBytes(UTF_8));
    expected.writeBytes(bytes);
    expected.writeBytes("end\n".getBytes(UTF_8));
    assertArrayEquals(expected.toByteArray(), shell.end(job).with(0).out());
  }

  @DisplayName("behaviour 29: each stream keeps its own order, whatever the other does")
  @ParameterizedTest
  @EnumSource
  void eachStreamKeepsItsOrder(TargetKind kind) {
    Ended ended =
        stage
            .open(kind)
            .run("i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo $i; echo $i >&2; done")
            .with(0);
    String due =
        IntStream.rangeClosed(1, 2000).mapToObj(i -> i + "\n").collect(Collectors.joining());
    assertEquals(due, ended.text());
    assertEquals(due, ended.errors());
  }

  @DisplayName("behaviour 28: without input a job sees the end of it at once")
  @ParameterizedTest
  @EnumSource
  void withoutInputThereIsNone(TargetKind kind) {
    assertEquals("0\n", stage.open(kind).run("wc -c").with(0).text());
  }
}
