package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.client.Endpoint;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.Sink;
import dev.holdfast.fixture.PostgresServer;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.ListNodesRequest;
import dev.holdfast.protocol.v1.Node;
import dev.holdfast.protocol.v1.OutputStream;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import dev.holdfast.rig.Cluster;
import dev.holdfast.rig.NodeClient;
import dev.holdfast.rig.NodeProcess;
import dev.holdfast.rig.PostgresStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes on a real PostgreSQL are one Holdfast, too; any of them may die, and it as well. */
class PostgresClusterTest {

  private static final String ALL =
      IntStream.rangeClosed(1, 4_000).mapToObj(i -> i + "\n").collect(Collectors.joining());
  private static final int VICTIM = 2;

  @TempDir private static Path directory;
  private static PostgresStore store;
  private static Cluster cluster;
  private static Holdfast program;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    var missing = PostgresServer.missing();
    assumeTrue(missing.isEmpty(), () -> "skipped: " + missing.orElseThrow());
    store = PostgresStore.start();
    cluster = Cluster.start(Cluster.Plan.of(directory, 3), store);
    program = new Holdfast(endpoint(0), endpoint(1), endpoint(VICTIM));
  }

  private static Endpoint endpoint(int node) throws IOException {
    NodeProcess process = cluster.nodes().get(node);
    return Endpoint.of(process.endpoint().toString(), process.token());
  }

  @AfterAll
  static void end() {
    if (program != null) {
      program.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  /** A session with a job in mid-run, and one behind it that tells what the shell remembers. */
  private record Running(
      Session session, ByteArrayOutputStream out, CompletableFuture<Job> end, Job next) {}

  @Test
  @DisplayName("behaviours 33, 18: the node is killed that keeps a session; its job goes on")
  void theSessionsOfAKilledNodeGoOn() throws Exception {
    Path gate = directory.resolve("node-gate");
    var threads = Executors.newCachedThreadPool();
    try {
      var running = new ArrayList<Running>();
      while (running.size() < 4 || keptBy(VICTIM) == 0) {
        running.add(run("node-" + running.size(), gate, threads));
      }
      cluster.nodes().get(VICTIM).kill();
      Files.createFile(gate);
      for (Running each : running) {
        assertWhole(each);
      }
      cluster.nodes().get(VICTIM).start();
      Eventually.holds("three nodes are up", () -> up() == 3);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  @DisplayName("behaviour 33: the database is killed under a running job, which loses nothing")
  void aDatabaseThatIsKilledAndComesBackLosesNothing() throws Exception {
    Path gate = directory.resolve("database-gate");
    var threads = Executors.newCachedThreadPool();
    try {
      Running running = run("database", gate, threads);
      store.server().kill();
      Files.createFile(gate);
      store.server().restart();
      assertWhole(running);
    } finally {
      threads.shutdownNow();
    }
  }

  /** Opens a session, and returns when half of its job's output is there. */
  private static Running run(String name, Path gate, Executor threads) {
    Session session =
        program.open(CreateSessionRequest.newBuilder().setTarget("local:").setName(name).build());
    Job job =
        program.submit(
            script(
                session,
                "kept=%s; seq 1 2000; until [ -e %s ]; do sleep 0.05; done; seq 2001 4000; exit 5"
                    .formatted(name, gate)));
    Job next = program.submit(script(session, "echo $kept"));
    var out = new ByteArrayOutputStream();
    var end =
        CompletableFuture.supplyAsync(
            () -> program.follow(job.getId(), into(out)).untilEnd(), threads);
    Eventually.holds("some output is there", () -> out.size() > 0);
    return new Running(session, out, end, next);
  }

  private static void assertWhole(Running running) throws Exception {
    assertEquals(5, running.end().get(180, TimeUnit.SECONDS).getExitCode());
    assertEquals(ALL, running.out().toString(StandardCharsets.UTF_8));
    var said = new ByteArrayOutputStream();
    Job next = program.follow(running.next().getId(), into(said)).untilEnd();
    assertEquals(0, next.getExitCode());
    assertEquals(running.session().getName() + "\n", said.toString(StandardCharsets.UTF_8));
  }

  private static SubmitJobRequest script(Session session, String script) {
    return SubmitJobRequest.newBuilder().setSession(session.getId()).setScript(script).build();
  }

  private static Sink into(ByteArrayOutputStream out) {
    return new Sink() {
      @Override
      public void take(OutputStream stream, ByteString bytes) {
        out.writeBytes(bytes.toByteArray());
      }

      @Override
      public void lost(OutputStream stream, long bytes) {
        throw new AssertionError(bytes + " bytes are lost");
      }
    };
  }

  private static int keptBy(int number) {
    long pid = cluster.nodes().get(number).pid();
    return nodes().stream().filter(node -> node.getPid() == pid).mapToInt(Node::getSessions).sum();
  }

  private static long up() {
    return nodes().stream().filter(node -> node.getStatus().equals("up")).count();
  }

  private static List<Node> nodes() {
    try (var first = new NodeClient(cluster.nodes().get(0))) {
      return first
          .ask(it -> it.nodes().listNodes(ListNodesRequest.getDefaultInstance()))
          .getNodesList();
    }
  }
}
