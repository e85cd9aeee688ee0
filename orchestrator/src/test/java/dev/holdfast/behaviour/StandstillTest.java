package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.fixture.SshHost;
import dev.holdfast.fixture.SshKeys;
import dev.holdfast.protocol.v1.CancelJobRequest;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.GetSessionRequest;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.ListHistoryRequest;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import dev.holdfast.protocol.v1.WaitJobRequest;
import dev.holdfast.rig.Cluster;
import dev.holdfast.rig.NodeClient;
import dev.holdfast.rig.NodeProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node stands still (SIGSTOP) while each of its sessions is at another step of starting a job,
 * until others have taken the sessions over; then it wakes up, and what it had said to the target
 * arrives there, too.
 */
class StandstillTest {

  /** Where in a job's life its session is when the node stops. */
  private enum Step {
    /** The job was journaled; nothing has reached the target. */
    SCRIPT_ON_ITS_WAY(true, "script 1 "),
    /** The target has the script, and was not told to start it. */
    START_ON_ITS_WAY(true, "start 1"),
    /** The target has started it, and the node does not know. */
    STARTED_ON_ITS_WAY(false, "STARTED 1"),
    /** It runs, and the node knows. */
    RUNNING(false, ""),
    /** Its cancellation was acknowledged, and the target does not know. */
    CANCEL_ON_ITS_WAY(true, "cancel 1"),
    /** It has ended, and the node does not know. */
    EXIT_ON_ITS_WAY(false, "EXIT 1 "),
    /** The node was asked for it when it stood still already. */
    ASKED(false, "");

    private final boolean toHost;
    private final String line;

    Step(boolean toHost, String line) {
      this.toHost = toHost;
      this.line = line;
    }

    boolean holds() {
      return !line.isEmpty();
    }

    boolean isAt(boolean goesToHost, String said) {
      return holds() && goesToHost == toHost && said.startsWith(line);
    }

    /** Whether the job goes on until the test lets it end. */
    boolean waits() {
      return this == RUNNING || this == CANCEL_ON_ITS_WAY;
    }
  }

  /** A line that is kept on its way, once. */
  private record Held(
      String session, Step step, AtomicBoolean once, CountDownLatch there, CountDownLatch go) {
    Held(String session, Step step) {
      this(session, step, new AtomicBoolean(), new CountDownLatch(1), new CountDownLatch(1));
    }
  }

  private static final int STILL = 2;
  private static final int OTHER = 0;

  @TempDir private Path directory;
  private final Map<Step, Session> sessions = new EnumMap<>(Step.class);
  private final Map<String, Held> held = new java.util.concurrent.ConcurrentHashMap<>();
  private SshHost host;
  private Cluster cluster;
  private List<NodeClient> clients;

  @BeforeEach
  void start() throws IOException, InterruptedException {
    var missing = CassandraRing.missing();
    assumeTrue(missing.isEmpty(), () -> "skipped: " + missing.orElseThrow());
    var key = SshKeys.ed25519();
    host =
        SshHost.start(Map.of("HOLDFAST_ROOT", directory.resolve("root").toString()))
            .accept(key.getPublic());
    host.show(this::passing);
    Path known = Files.writeString(directory.resolve("known_hosts"), host.knownHostsLine());
    cluster =
        Cluster.start(
            Cluster.Plan.of(directory, 3)
                .options(
                    List.of(
                        "-Dholdfast.ssh.config-file=",
                        "-Dholdfast.ssh.agent-socket=",
                        "-Dholdfast.ssh.known-hosts.0=" + known,
                        "-Dholdfast.ssh.identities.0="
                            + SshKeys.write(key, directory.resolve("id_ed25519")))));
    clients = cluster.nodes().stream().map(NodeClient::new).toList();
  }

  @AfterEach
  void end() {
    held.values().forEach(line -> line.go().countDown());
    if (cluster != null) {
      clients.forEach(NodeClient::close);
      cluster.close();
    }
    if (host != null) {
      host.close();
    }
  }

  private void passing(String command, boolean toHost, String line) throws InterruptedException {
    for (Held each : held.values()) {
      if (command.contains(each.session())
          && each.step().isAt(toHost, line)
          && each.once().compareAndSet(false, true)) {
        each.there().countDown();
        each.go().await();
      }
    }
  }

  @Test
  @DisplayName(
      "behaviours 34, 35: an owner that stands still at any step of a start, and wakes up after the failover, changes nothing")
  void anOwnerThatStandsStillAtAnyStepOfAStartChangesNothing() throws Exception {
    NodeProcess still = cluster.nodes().get(STILL);
    openOneForEachStep();
    var jobs = new EnumMap<Step, Job>(Step.class);
    for (Step step : Step.values()) {
      if (step != Step.ASKED) {
        jobs.put(step, submit(step, "run"));
      }
    }
    for (Step step : List.of(Step.RUNNING, Step.CANCEL_ON_ITS_WAY)) {
      Eventually.holds("the job of " + step + " runs", () -> Files.exists(ledger(step)));
    }
    cancel(jobs.get(Step.CANCEL_ON_ITS_WAY));
    for (Held line : held.values()) {
      assertTrue(line.there().await(60, TimeUnit.SECONDS), line.step() + " was not reached");
    }
    still.pause();
    var asked = CompletableFuture.supplyAsync(() -> submit(Step.ASKED, "run"));

    Files.createFile(directory.resolve("gate"));
    jobs.put(Step.ASKED, asked.get(180, TimeUnit.SECONDS));
    for (Step step : Step.values()) {
      assertTrueEnd(step, end(jobs.get(step)));
    }
    assertEquals("holdfast", takenOver(sessions.get(Step.RUNNING)).getWho());

    held.values().forEach(line -> line.go().countDown());
    still.resume();
    assertEquals(3, still.awaitEnd());
    for (Step step : Step.values()) {
      assertTrueEnd(step, end(jobs.get(step)));
      var before =
          Files.exists(ledger(step)) ? Files.readAllLines(ledger(step)) : List.<String>of();
      assertEquals(JobState.FAILED, end(submit(step, "then")).getState());
      var expected = new ArrayList<>(before);
      expected.add("then");
      assertEquals(expected, Files.readAllLines(ledger(step)), step::toString);
    }
  }

  /** What is told of the job is what happened on the target. */
  private void assertTrueEnd(Step step, Job job) throws IOException {
    int runs = Files.exists(ledger(step)) ? Files.readAllLines(ledger(step)).size() : 0;
    if (job.getState() == JobState.NEVER_STARTED) {
      assertEquals(0, runs, step::toString);
      return;
    }
    assertEquals(1, runs, step::toString);
    if (step == Step.CANCEL_ON_ITS_WAY) {
      assertEquals(JobState.STOPPED, job.getState());
    } else {
      assertEquals(JobState.FAILED, job.getState(), step::toString);
      assertEquals(7, job.getExitCode(), step::toString);
    }
  }

  /** Sessions are spread by their ids, so some are opened in vain. */
  private void openOneForEachStep() {
    for (int i = 0; sessions.size() < Step.values().length; i++) {
      Session session = open("still-" + i);
      if (owner(session).equals(address(STILL))) {
        Step step = Step.values()[sessions.size()];
        sessions.put(step, session);
        if (step.holds()) {
          held.put(session.getId(), new Held(session.getId(), step));
        }
      }
    }
  }

  private Session open(String name) {
    var request =
        CreateSessionRequest.newBuilder()
            .setTarget(host.target().toString())
            .setName(name)
            .setKey("open " + name)
            .build();
    return clients.get(OTHER).ask(it -> it.sessions().createSession(request));
  }

  private Job submit(Step step, String word) {
    String gate = step.waits() && word.equals("run") ? directory.resolve("gate").toString() : "/";
    // A cancelled job must not see the gate, or it could end before it hears of that.
    String until = step == Step.CANCEL_ON_ITS_WAY && word.equals("run") ? "/nowhere" : gate;
    var request =
        SubmitJobRequest.newBuilder()
            .setSession(sessions.get(step).getId())
            .setScript(
                "echo %s >>%s; until [ -e %s ]; do sleep 0.05; done; (exit 7)"
                    .formatted(word, ledger(step), until))
            .setKey(step + " " + word)
            .build();
    return clients.get(OTHER).ask(it -> it.jobs().submitJob(request));
  }

  private void cancel(Job job) {
    var request = CancelJobRequest.newBuilder().setId(job.getId()).build();
    var unused = clients.get(OTHER).ask(it -> it.jobs().cancelJob(request));
  }

  private Job end(Job job) {
    var request = WaitJobRequest.newBuilder().setId(job.getId()).build();
    return Eventually.see(
        "the end of " + job.getId(),
        () -> clients.get(OTHER).ask(it -> it.jobs().waitJob(request)),
        seen -> seen.getState() != JobState.RUNNING && seen.getState() != JobState.QUEUED);
  }

  /** The node that keeps it, as its history says: the last that did something by itself. */
  private String owner(Session session) {
    var request = GetSessionRequest.newBuilder().setId(session.getId()).build();
    var unused = clients.get(OTHER).ask(it -> it.sessions().getSession(request));
    return ownActs(session).stream().reduce((before, last) -> last).orElseThrow().getFrom();
  }

  /** The first act of the node that went on with it. */
  private HistoryEntry takenOver(Session session) {
    return ownActs(session).stream()
        .filter(entry -> !entry.getFrom().equals(address(STILL)))
        .findFirst()
        .orElseThrow();
  }

  private List<HistoryEntry> ownActs(Session session) {
    var request = ListHistoryRequest.newBuilder().setId(session.getId()).build();
    return clients
        .get(OTHER)
        .ask(it -> it.sessions().listHistory(request))
        .getEntriesList()
        .stream()
        .filter(entry -> entry.getWho().equals("holdfast"))
        .toList();
  }

  private String address(int node) {
    return cluster.address(node);
  }

  private Path ledger(Step step) {
    return directory.resolve("ledger-" + step);
  }
}
