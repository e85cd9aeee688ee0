package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.client.Endpoint;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.Sink;
import dev.holdfast.fixture.FlakyProxy;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.DrainNodeRequest;
import dev.holdfast.protocol.v1.FollowOutputRequest;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.ListJobsRequest;
import dev.holdfast.protocol.v1.ListNodesRequest;
import dev.holdfast.protocol.v1.ListSessionsRequest;
import dev.holdfast.protocol.v1.Node;
import dev.holdfast.protocol.v1.OutputStream;
import dev.holdfast.protocol.v1.RemoveSessionRequest;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import dev.holdfast.protocol.v1.WaitJobRequest;
import dev.holdfast.rig.Authority;
import dev.holdfast.rig.Cluster;
import dev.holdfast.rig.NodeClient;
import dev.holdfast.rig.NodeProcess;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three nodes on a real Cassandra are one Holdfast: each serves every session, and any may die. */
class ClusterTest {

  private static final String ALL =
      IntStream.rangeClosed(1, 4_000).mapToObj(i -> i + "\n").collect(Collectors.joining());

  @TempDir private static Path directory;
  private static Cluster cluster;
  private static List<NodeClient> clients;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    var missing = CassandraRing.missing();
    assumeTrue(missing.isEmpty(), () -> "skipped: " + missing.orElseThrow());
    cluster = Cluster.start(Cluster.Plan.of(directory, 3));
    clients = cluster.nodes().stream().map(NodeClient::new).toList();
  }

  @AfterAll
  static void end() {
    if (cluster != null) {
      clients.forEach(NodeClient::close);
      cluster.close();
    }
  }

  @Test
  @DisplayName("behaviours 32, 11: a session opened through one node is used through any other")
  void everyNodeServesEverySession() {
    var opened = new ArrayList<Session>();
    for (int i = 0; i < 6; i++) {
      opened.add(open(i % 3, "any-" + i));
    }
    for (int i = 0; i < 6; i++) {
      String id = opened.get(i).getId();
      submit((i + 1) % 3, id, "kept=" + i);
      Job job = submit((i + 2) % 3, id, "seq 1 4000; echo $kept >&2; exit 3");
      var followed = follow((i + 1) % 3, job.getId());
      assertEquals(ALL, followed.out());
      assertEquals(i + "\n", followed.err());
      assertEquals(3, followed.job().getExitCode());
    }
    for (NodeClient client : clients) {
      Eventually.holds("a node knows of every session", () -> list(client, "any-*") == 6);
    }
    opened.forEach(session -> remove(0, session.getId()));
  }

  @Test
  @DisplayName(
      "behaviours 33, 18: a node is killed; its sessions go on elsewhere, followed and in order")
  void theSessionsOfAKilledNodeGoOn() throws Exception {
    int victim = 2;
    var sessions = new ArrayList<Session>();
    while (sessions.size() < 6 || onNode(victim) == 0) {
      sessions.add(open(sessions.size() % 2, "kill-" + sessions.size()));
    }
    Path gate = directory.resolve("gate");
    var followers = new ArrayList<CompletableFuture<Followed>>();
    var later = new ArrayList<Job>();
    for (int i = 0; i < sessions.size(); i++) {
      String id = sessions.get(i).getId();
      Path ledger = directory.resolve("ledger-" + id);
      int through = i % 2;
      Job job =
          submit(
              through,
              id,
              "echo first >>%s; kept=%s; seq 1 2000; until [ -e %s ]; do sleep 0.05; done; seq 2001 4000; exit 5"
                  .formatted(ledger, id, gate));
      later.add(submit(through, id, "echo second $kept >>" + ledger));
      followers.add(CompletableFuture.supplyAsync(() -> follow(through, job.getId())));
    }
    cluster.nodes().get(victim).kill();
    Files.createFile(gate);
    for (int i = 0; i < sessions.size(); i++) {
      Followed followed = followers.get(i).get(120, TimeUnit.SECONDS);
      assertEquals(ALL, followed.out());
      assertEquals(5, followed.job().getExitCode());
      String job = later.get(i).getId();
      Job end =
          clients
              .get((i + 1) % 2)
              .ask(it -> it.jobs().waitJob(WaitJobRequest.newBuilder().setId(job).build()));
      assertEquals(0, end.getExitCode());
      String id = sessions.get(i).getId();
      assertEquals(
          List.of("first", "second " + id), Files.readAllLines(directory.resolve("ledger-" + id)));
    }
    NodeProcess again = cluster.nodes().get(victim);
    again.start();
    Eventually.holds("three nodes are up", () -> up() == 3);
    for (int i = 0; i < sessions.size(); i++) {
      String id = sessions.get(i).getId();
      Job job = submit(victim, id, "echo $kept");
      assertEquals(id + "\n", follow(victim, job.getId()).out());
      remove(victim, id);
    }
  }

  @Test
  @DisplayName(
      "behaviours 40, 39: nodes are restarted one by one under load; no call fails, no job is lost")
  void theNodesAreRestartedOneByOneUnderLoad() throws Exception {
    var sessions = new ArrayList<Session>();
    for (int i = 0; i < 6; i++) {
      sessions.add(open(i % 3, "rolling-" + i));
    }
    Path gate = directory.resolve("rolled");
    String script =
        "seq 1 2000; until [ -e %s ]; do sleep 0.1; done; seq 2001 4000".formatted(gate);
    var slow = open(0, "rolling-slow");
    Job job = submit(0, slow.getId(), script);
    var follower = CompletableFuture.supplyAsync(() -> followAnywhere(0, job.getId()));
    var over = new AtomicBoolean();
    var workers = new ArrayList<CompletableFuture<Integer>>();
    var threads = Executors.newFixedThreadPool(sessions.size());
    for (int i = 0; i < sessions.size(); i++) {
      int first = i;
      String id = sessions.get(i).getId();
      workers.add(CompletableFuture.supplyAsync(() -> work(first, id, over), threads));
    }
    for (NodeProcess node : cluster.nodes()) {
      node.stop();
      node.start();
      Eventually.holds("three nodes are up", () -> up() == 3);
    }
    over.set(true);
    Files.createFile(gate);
    for (int i = 0; i < sessions.size(); i++) {
      int jobs = workers.get(i).get(120, TimeUnit.SECONDS);
      assertTrue(jobs >= 5, "only " + jobs + " jobs");
      assertEquals(
          IntStream.range(0, jobs).mapToObj(Integer::toString).toList(),
          Files.readAllLines(directory.resolve("worked-" + sessions.get(i).getId())));
    }
    assertEquals(ALL, follower.get(120, TimeUnit.SECONDS).out());
    threads.shutdown();
    sessions.forEach(session -> remove(0, session.getId()));
    remove(0, slow.getId());
  }

  /**
   * Submits and follows jobs, one after the other; returns how many. They take their time, so that
   * the machine has some left for the nodes that start.
   */
  private static int work(int through, String session, AtomicBoolean over) {
    int jobs = 0;
    for (; !over.get(); jobs++) {
      int number = jobs;
      var request =
          SubmitJobRequest.newBuilder()
              .setSession(session)
              .setScript(
                  "sleep 2; echo " + number + " | tee -a " + directory.resolve("worked-" + session))
              .setKey(session + number)
              .build();
      Job job = anywhere(through + number, it -> it.jobs().submitJob(request));
      Followed followed = followAnywhere(through + number, job.getId());
      assertEquals(number + "\n", followed.out());
      assertEquals(0, followed.job().getExitCode());
    }
    return jobs;
  }

  @Test
  @DisplayName("behaviour 40: a node that is drained gives its sessions away and ends")
  void aNodeIsDrained() throws Exception {
    int leaving = 1;
    var sessions = new ArrayList<Session>();
    while (sessions.size() < 6 || onNode(leaving) == 0) {
      sessions.add(open(sessions.size() % 3, "drain-" + sessions.size()));
    }
    for (Session session : sessions) {
      submit(0, session.getId(), "kept=" + session.getName());
    }
    String address = node(leaving).getAddress();
    var request = DrainNodeRequest.newBuilder().setAddress(address).build();
    String status = clients.get(0).ask(it -> it.nodes().drainNode(request)).getStatus();
    assertTrue(List.of("up", "leaving").contains(status), status);
    assertEquals(0, cluster.nodes().get(leaving).awaitEnd());
    assertTrue(cluster.nodes().get(leaving).said().contains("holdfast is drained"));
    Eventually.holds("it is drained", () -> node(leaving).getStatus().equals("drained"));
    for (Session session : sessions) {
      Job job = submit(2, session.getId(), "echo $kept");
      assertEquals(session.getName() + "\n", follow(0, job.getId()).out());
    }
    assertEquals(0, node(leaving).getSessions());
    cluster.nodes().get(leaving).start();
    Eventually.holds("three nodes are up", () -> up() == 3);
    sessions.forEach(session -> remove(leaving, session.getId()));
  }

  @Test
  void aNodeThatTheOthersCannotTrustDoesNotGetInAndSaysWhy() throws Exception {
    String ofAnother = new Authority(directory.resolve("another")).issue("node", Cluster.NAME);
    String forOtherUse = cluster.authority().issue("web", "www.test");
    refused(
        Map.of(
            cluster.stranger("of-another", ofAnother, "", List.of()),
            "shows a certificate that " + directory + "/another/ca.pem has not issued",
            cluster.stranger("for-other-use", forOtherUse, "", List.of()),
            "has no name in common with",
            cluster.stranger("in-the-clear", Cluster.NO_TLS, "", List.of()),
            "speaks TLS, and this node has no holdfast.cluster.tls"),
        1);
  }

  @Test
  void aNodeThatIsSetUpOtherwiseThanTheOthersDoesNotGetInAndSaysWhy() throws Exception {
    String tls = cluster.authority().issue("other", Cluster.NAME);
    String sbr = "-Dpekko.cluster.split-brain-resolver.";
    var release = List.of("-Dholdfast-release.writes=2", "-Dholdfast-release.version=9");
    refused(
        Map.of(
            cluster.stranger("other-name", tls, "holdfast.cluster.name = other", List.of()),
            "holdfast.cluster.name is holdfast on the members, and other here",
            cluster.stranger("other-times", tls, "", List.of(sbr + "stable-after=7s")),
            "split-brain-resolver.stable-after is PT5S on the members, and PT7S here",
            cluster.stranger("other-release", tls, "", release),
            "release 9 here (writes 2, reads [1, 1]) and release",
            cluster.stranger("oldest", tls, "", List.of(sbr + "active-strategy=keep-oldest")),
            "active-strategy is keep-oldest, with which the loss of one node"),
        2);
    assertEquals(3, up());
  }

  /** Regression: it began a second cluster beside the first, and both kept every session. */
  @Test
  void aFirstSeedThatReachesNoOtherDoesNotBeginASecondCluster() throws Exception {
    String tls = cluster.authority().issue("apart", Cluster.NAME);
    String apart =
        "holdfast.cluster { join-timeout = 25 s, port = %1$d, seeds = [\"127.0.0.1:%1$d\", \"127.0.0.1:1\"] }"
            .formatted(Cluster.freePort());
    refused(
        Map.of(
            cluster.stranger("apart", tls, apart, List.of()),
            "nobody has let this node into the cluster for 25 s"),
        1);
    assertEquals(3, up());
  }

  @Test
  void aNodeWhoseSeedsNobodyAnswersEndsWithWhatItSaw() throws Exception {
    String tls = cluster.authority().issue("lonely", Cluster.NAME);
    String nobody = "holdfast.cluster { join-timeout = 10 s, seeds = [\"127.0.0.1:1\"] }";
    refused(
        Map.of(
            cluster.stranger("lonely", tls, nobody, List.of()),
            "the seed 127.0.0.1:1 does not answer (Connection refused)"),
        1);
  }

  /** All at once: each ends with the code, and says what is expected of it. */
  private static void refused(Map<NodeProcess, String> nodes, int code) throws Exception {
    try {
      for (NodeProcess node : nodes.keySet()) {
        node.launch();
      }
      for (var expected : nodes.entrySet()) {
        int ended = expected.getKey().awaitEnd();
        String said = expected.getKey().said();
        assertTrue(said.contains(expected.getValue()), said);
        assertEquals(code, ended, said);
      }
    } finally {
      nodes.keySet().forEach(NodeProcess::close);
    }
  }

  @Test
  @DisplayName(
      "behaviours 19, 30, 33: the node that a program speaks to dies before it answers: one job, every byte once")
  void aProgramNeedNotCareWhichNodeDies() throws Exception {
    NodeProcess victim = cluster.nodes().get(2);
    Path gate = directory.resolve("program-gate");
    Path ledger = directory.resolve("program-ledger");
    var out = new ByteArrayOutputStream();
    try (var proxy = FlakyProxy.before(victim.endpoint().getPort());
        var program =
            new Holdfast(
                Endpoint.of("http://127.0.0.1:" + proxy.port(), victim.token()),
                Endpoint.of(cluster.nodes().get(0).endpoint().toString(), victim.token()))) {
      Session session = program.open(CreateSessionRequest.newBuilder().setTarget("local:").build());
      Job first =
          program.submit(
              script(
                  session,
                  "seq 1 2000; until [ -e "
                      + gate
                      + " ]; do sleep 0.05; done; seq 2001 4000; exit 5"));
      var followed =
          CompletableFuture.supplyAsync(() -> program.follow(first.getId(), into(out)).untilEnd());
      Eventually.holds("some output is there", () -> out.size() > 0);

      // The request arrives late, and the answer is still on its way when all of it breaks.
      proxy.delay(Duration.ofSeconds(5));
      var asked =
          CompletableFuture.supplyAsync(
              () -> program.submit(script(session, "echo once >>" + ledger)));
      Eventually.see("the job is kept", () -> jobs(session), kept -> kept.size() == 2);
      proxy.refuse(true);
      proxy.cut();
      victim.kill();
      Files.createFile(gate);

      Job second = asked.get(180, TimeUnit.SECONDS);
      assertEquals(5, followed.get(180, TimeUnit.SECONDS).getExitCode());
      assertEquals(ALL, out.toString(StandardCharsets.UTF_8));
      assertEquals(0, program.follow(second.getId(), into(out)).untilEnd().getExitCode());
      assertEquals(2, jobs(session).size());
      assertEquals(List.of("once"), Files.readAllLines(ledger));
      victim.start();
      Eventually.holds("three nodes are up", () -> up() == 3);
      remove(0, session.getId());
    }
  }

  private static SubmitJobRequest script(Session session, String script) {
    return SubmitJobRequest.newBuilder().setSession(session.getId()).setScript(script).build();
  }

  private static List<Job> jobs(Session session) {
    var request = ListJobsRequest.newBuilder().setSession(session.getId()).build();
    return clients.get(0).ask(it -> it.jobs().listJobs(request)).getJobsList();
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

  private static Session open(int through, String name) {
    return clients
        .get(through)
        .ask(
            it ->
                it.sessions()
                    .createSession(
                        CreateSessionRequest.newBuilder()
                            .setTarget("local:")
                            .setName(name)
                            .setKey("open " + name)
                            .build()));
  }

  private static Job submit(int through, String session, String script) {
    var request =
        SubmitJobRequest.newBuilder()
            .setSession(session)
            .setScript(script)
            .setKey(Integer.toHexString(script.hashCode()))
            .build();
    return clients.get(through).ask(it -> it.jobs().submitJob(request));
  }

  private static void remove(int through, String session) {
    var unused =
        clients
            .get(through)
            .ask(
                it ->
                    it.sessions()
                        .removeSession(RemoveSessionRequest.newBuilder().setId(session).build()));
  }

  private static int list(NodeClient client, String name) {
    return client
        .ask(
            it ->
                it.sessions().listSessions(ListSessionsRequest.newBuilder().setName(name).build()))
        .getSessionsCount();
  }

  /** How many sessions a node keeps. */
  private static int onNode(int number) {
    return node(number).getSessions();
  }

  /** A node, as the first one sees it. */
  private static Node node(int number) {
    long pid = cluster.nodes().get(number).pid();
    return clients
        .get(0)
        .ask(it -> it.nodes().listNodes(ListNodesRequest.getDefaultInstance()))
        .getNodesList()
        .stream()
        .filter(node -> node.getPid() == pid)
        .findFirst()
        .orElse(Node.getDefaultInstance());
  }

  private static long up() {
    return clients
        .get(0)
        .ask(it -> it.nodes().listNodes(ListNodesRequest.getDefaultInstance()))
        .getNodesList()
        .stream()
        .filter(node -> node.getStatus().equals("up"))
        .count();
  }

  private record Followed(String out, String err, Job job) {}

  private static <T> T anywhere(int first, NodeClient.Call<T> call) {
    return NodeClient.ask(clients, first, call);
  }

  private static Followed follow(int through, String job) {
    return follow(job, () -> through);
  }

  private static Followed followAnywhere(int first, String job) {
    var turn = new AtomicInteger(first);
    return follow(job, () -> turn.getAndIncrement() % clients.size());
  }

  /**
   * Follows to the end; a stream that is cut is asked for again from where it was.
   *
   * @param through says at each try which client to use
   */
  private static Followed follow(String job, IntSupplier through) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    while (true) {
      var request =
          FollowOutputRequest.newBuilder()
              .setId(job)
              .setStdoutOffset(out.size())
              .setStderrOffset(err.size())
              .build();
      try {
        var stream = clients.get(through.getAsInt()).stubs().jobs().followOutput(request);
        Job last = null;
        while (stream.hasNext()) {
          var message = stream.next();
          if (message.hasJob()) {
            last = message.getJob();
          } else {
            var piece = message.getPiece();
            var to = piece.getStream().name().equals("STDOUT") ? out : err;
            assertEquals(to.size(), piece.getOffset());
            to.writeBytes(piece.getData().toByteArray());
          }
        }
        return new Followed(
            out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8), last);
      } catch (StatusRuntimeException e) {
        if (!NodeClient.isOutage(e)) {
          throw e;
        }
      } catch (IOException notThere) {
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
      }
    }
  }
}
