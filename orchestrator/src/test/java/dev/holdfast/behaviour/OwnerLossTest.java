package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.MoveJobRequest;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The node dies, stops, or its client does. A node is killed once for all kinds of target: starting
 * it takes seconds.
 */
class OwnerLossTest {

  private static Stage stage;

  @BeforeAll
  static void setTheStage() throws IOException, InterruptedException {
    stage = Stage.set();
  }

  @AfterAll
  static void clear() throws IOException {
    stage.close();
  }

  /** What one session is about when its node goes: a running job, and others that wait. */
  private record Scene(
      TargetKind kind, Shell shell, Path ledger, Gate gate, Job running, List<Job> waiting) {

    static Scene begin(TargetKind kind) {
      Shell shell = stage.open(kind);
      shell.run("kept=yes; cd /usr").with(0);
      Path ledger = stage.file("ledger");
      Gate gate = stage.gate();
      Job running =
          shell.submit(
              "echo run >>%s; seq 1 20000; %s; seq 20001 40000; exit 5"
                  .formatted(ledger, gate.await()));
      List<Job> waiting =
          List.of("a", "b", "c", "d").stream()
              .map(name -> shell.submit("echo " + name + " $kept >>" + ledger + "; pwd"))
              .toList();
      shell.awaitOutput(running, "1000\n");
      return new Scene(kind, shell, ledger, gate, running, waiting);
    }

    void isWhole(Ended first, List<String> expected) throws IOException {
      String all =
          IntStream.rangeClosed(1, 40_000).mapToObj(i -> i + "\n").collect(Collectors.joining());
      assertEquals(all, first.with(5).text(), kind.toString());
      for (Job job : waiting) {
        Ended ended = shell.end(job);
        if (ended.job().getState() != JobState.STOPPED) {
          assertEquals("/usr\n", ended.with(0).text());
        }
      }
      assertEquals(expected, Files.readAllLines(ledger), kind.toString());
      assertEquals("yes\n", shell.run("echo $kept").with(0).text());
      assertEquals(SessionState.OPENED, shell.show().getState());
      assertEquals(1, shell.show().getIncarnation());
    }
  }

  @DisplayName(
      "behaviours 18, 33: the node is killed with -9: same id, same queue, the true outcome")
  @Test
  void aKilledNodeLosesNothing() throws IOException, InterruptedException {
    var scenes = stage.kinds().stream().map(Scene::begin).toList();
    var followers =
        scenes.stream()
            .map(scene -> CompletableFuture.supplyAsync(() -> scene.shell().end(scene.running())))
            .toList();
    stage.node().kill();
    scenes.forEach(scene -> scene.gate().open());
    stage.node().start();
    for (int i = 0; i < scenes.size(); i++) {
      scenes
          .get(i)
          .isWhole(followers.get(i).join(), List.of("run", "a yes", "b yes", "c yes", "d yes"));
    }
  }

  @DisplayName(
      "behaviours 18, 39: all nodes stop and start: every session is there, jobs are picked up")
  @Test
  void aNodeThatStopsAndStartsPicksEverythingUp() throws IOException, InterruptedException {
    var scenes = stage.kinds().stream().map(Scene::begin).toList();
    Shell parted = stage.open(TargetKind.LOCAL);
    parted.run("kept=too").with(0);
    parted.disconnect();
    for (Scene scene : scenes) {
      stage.ask(
          stubs ->
              stubs
                  .jobs()
                  .moveJob(
                      MoveJobRequest.newBuilder()
                          .setId(scene.waiting().get(3).getId())
                          .setPosition(1)
                          .build()));
      assertEquals(JobState.STOPPED, scene.shell().cancel(scene.waiting().get(1), 0).getState());
    }
    var before = scenes.stream().map(scene -> order(scene.shell())).toList();
    stage.node().stop();
    stage.node().start();
    for (int i = 0; i < scenes.size(); i++) {
      assertEquals(before.get(i), order(scenes.get(i).shell()));
      scenes.get(i).gate().open();
    }
    for (Scene scene : scenes) {
      scene.isWhole(scene.shell().end(scene.running()), List.of("run", "d yes", "a yes", "c yes"));
    }
    Session still = parted.show();
    assertEquals(SessionState.DISCONNECTED, still.getState());
    assertEquals("asked", still.getReason());
    assertEquals("too\n", parted.run("echo $kept").with(0).text());
  }

  private static List<String> order(Shell shell) {
    return shell.jobs().stream()
        .filter(job -> job.getState() == JobState.QUEUED)
        .map(Job::getId)
        .toList();
  }

  @DisplayName(
      "behaviour 32: the client dies: nothing changes, another client receives everything by id")
  @ParameterizedTest
  @EnumSource
  void anotherClientGoesOnWhereOneDied(TargetKind kind) throws IOException, InterruptedException {
    var shell = stage.open(kind);
    Gate gate = stage.gate();
    Process client =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.holdfast.cli.Main",
                "invoke",
                "--data-dir",
                stage.data().toString(),
                shell.id(),
                "--",
                "echo one; " + gate.await() + "; echo two; exit 6")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    Job job = Eventually.see("it is submitted", shell::jobs, jobs -> !jobs.isEmpty()).get(0);
    shell.awaitOutput(job, "one\n");
    client.destroyForcibly();
    assertTrue(client.waitFor(30, TimeUnit.SECONDS));
    gate.open();
    var other = stage.holdfast().run("receive", job.getId(), "--follow");
    assertEquals(6, other.code(), other.err());
    assertEquals("one\ntwo\n", other.out());
  }
}
