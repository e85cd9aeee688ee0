package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.datastax.oss.driver.api.core.CqlSession;
import com.google.protobuf.ByteString;
import dev.holdfast.cassandra.CassandraNode;
import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.client.Endpoint;
import dev.holdfast.client.Holdfast;
import dev.holdfast.client.Sink;
import dev.holdfast.client.Terms;
import dev.holdfast.client.Weather;
import dev.holdfast.fixture.OneCassandra;
import dev.holdfast.node.MigrateVerb;
import dev.holdfast.node.SchemaVerb;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.ListHistoryRequest;
import dev.holdfast.protocol.v1.ListSessionsRequest;
import dev.holdfast.protocol.v1.OutputStream;
import dev.holdfast.protocol.v1.RemoveSessionRequest;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import dev.holdfast.rig.NodeProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** {@code holdfast migrate}: a node's sessions go on, on a real Cassandra. */
@Timeout(600)
@ExtendWith(OneCassandra.class)
class MigrationTest {

  private static final int SESSIONS = 12;
  private static final String KEYSPACE = "migration_test";

  /** More than a piece, and more than a bucket of Cassandra's. */
  private static final String LARGE =
      IntStream.rangeClosed(1, 200_000).mapToObj(i -> i + "\n").collect(Collectors.joining());

  @TempDir private Path directory;
  private NodeProcess node;
  private String cassandra;
  private CqlSession cql;

  @AfterEach
  void stop() {
    if (cql != null) {
      cql.close();
    }
    if (node != null) {
      node.close();
    }
  }

  @Test
  @DisplayName(
      "behaviour 39: brought to Cassandra, in two goes because the first is killed, every session goes on")
  void theSessionsOfAnEmbeddedNodeGoOnOnCassandra(CassandraNode server) throws Exception {
    cassandra = "127.0.0.1:" + server.address().getPort();
    assertEquals(0, SchemaVerb.run(with("apply", "--replication-factor", "1")));
    cql = connect();
    Path gate = directory.resolve("gate");
    node = embedded();
    node.start();
    var kept = new ArrayList<Session>();
    Job large;
    Job running;
    Job waiting;
    Session removed;
    List<HistoryEntry> history;
    try (Holdfast holdfast = client()) {
      for (int i = 0; i < SESSIONS; i++) {
        kept.add(open(holdfast, "kept-" + i));
        assertEquals("", said(holdfast, kept.get(i), "me=" + i).out());
      }
      large = said(holdfast, kept.get(0), "seq 1 200000; echo $me >&2; exit 7").job();
      running =
          submit(holdfast, kept.get(1), "until [ -e " + gate + " ]; do sleep 0.1; done; exit 3");
      waiting = submit(holdfast, kept.get(1), "echo next is $me");
      removed = open(holdfast, "removed");
      remove(holdfast, removed);
      history = history(holdfast, kept.get(0));
    }
    assertEquals(1, migrate());
    node.stop();

    assertEquals(0, migrate("--dry-run"));
    assertEquals(0, sessionsThere());
    killOneInTheMiddle();
    assertEquals(0, migrate());
    assertEquals(SESSIONS + 1, sessionsThere());
    assertEquals(0, migrate());
    whatDiffersIsRefused(kept.get(2));
    node.launch();
    assertEquals(1, node.awaitEnd());
    assertTrue(node.said().contains("were brought to Cassandra, keyspace " + KEYSPACE));

    node = onCassandra();
    node.start();
    try (Holdfast holdfast = client()) {
      var all = ListSessionsRequest.newBuilder().setName("kept-*").build();
      assertEquals(SESSIONS, holdfast.sessions(it -> it.listSessions(all)).getTotal());
      for (int i = 0; i < SESSIONS; i++) {
        if (i != 1) {
          assertEquals(i + "\n", said(holdfast, kept.get(i), "echo $me").out());
        }
      }
      Said again = followed(holdfast, large);
      assertEquals(LARGE, again.out());
      assertEquals("0\n", again.err());
      assertEquals(7, again.job().getExitCode());
      Files.createFile(gate);
      assertEquals(3, followed(holdfast, running).job().getExitCode());
      assertEquals("next is 1\n", followed(holdfast, waiting).out());
      List<HistoryEntry> now = history(holdfast, kept.get(0));
      assertEquals(history, now.subList(0, history.size()));
      assertTrue(now.size() > history.size());
      kept.forEach(session -> remove(holdfast, session));
    }
    node.stop();
    assertEquals(0, migrate());
  }

  /** The other bytes are put there by hand; no node would write them. */
  private void whatDiffersIsRefused(Session session) {
    String where =
        " WHERE persistence_id = 'Session|"
            + session.getId()
            + "' AND partition_nr = 0 AND sequence_nr = 2";
    var row = cql.execute("SELECT timestamp, event FROM messages" + where).one();
    String set = "UPDATE messages SET event = ?" + where + " AND timestamp = ?";
    cql.execute(set, ByteBuffer.wrap(new byte[] {1}), row.getUuid(0));
    assertEquals(1, migrate());
    cql.execute(set, row.getByteBuffer(1), row.getUuid(0));
    assertEquals(0, migrate());
  }

  /** As soon as something is there. */
  private void killOneInTheMiddle() throws IOException, InterruptedException {
    var command =
        Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Djava.io.tmpdir=" + System.getProperty("java.io.tmpdir"),
                    "-cp",
                    System.getProperty("java.class.path"),
                    "dev.holdfast.cli.Main",
                    "migrate"),
                Stream.of(with("--data-dir", node.data().toString())))
            .toList();
    Path log = directory.resolve("migrate.log");
    Process killed =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      while (sessionsThere() == 0 && killed.isAlive()) {
        // As often as Cassandra answers: a moment later it may be done.
      }
    } finally {
      killed.destroyForcibly();
    }
    assertTrue(killed.waitFor(60, TimeUnit.SECONDS));
    assertTrue(!Files.readString(log).contains("are the same"), "it was killed too late");
  }

  private int sessionsThere() {
    return cql.execute("SELECT DISTINCT persistence_id, partition_nr FROM messages").all().size();
  }

  private CqlSession connect() {
    int port = Integer.parseInt(cassandra.substring(cassandra.indexOf(':') + 1));
    return CqlSession.builder()
        .addContactPoint(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port))
        .withLocalDatacenter(CassandraRing.DATACENTER)
        .withKeyspace(KEYSPACE)
        .build();
  }

  private int migrate(String... more) {
    var all = Stream.concat(Stream.of("--data-dir", node.data().toString()), Stream.of(more));
    return MigrateVerb.run(with(all.toArray(String[]::new)));
  }

  private String[] with(String... words) {
    return Stream.concat(
            Stream.of(words), Stream.of("--contact-point", cassandra, "--keyspace", KEYSPACE))
        .toArray(String[]::new);
  }

  private NodeProcess embedded() throws IOException {
    return new NodeProcess(
        Files.createDirectories(directory.resolve("node")),
        directory.resolve("node.log"),
        List.of("-Dholdfast.host.local-root=" + directory.resolve("sessions")));
  }

  private NodeProcess onCassandra() throws IOException {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path config = directory.resolve("cluster.conf");
    Files.writeString(
        config,
        """
        holdfast {
          store = cassandra
          cassandra { contact-points = ["%s"], keyspace = %s, request-timeout = 20s }
          cluster { port = %d, seeds = ["127.0.0.1:%d"] }
          host { local-root = "%s" }
        }
        """
            .formatted(cassandra, KEYSPACE, port, port, directory.resolve("sessions")));
    return new NodeProcess(
        node.data(),
        directory.resolve("cluster.log"),
        NodeProcess.small(List.of()),
        List.of("--config", config.toString()),
        Map.of());
  }

  private Holdfast client() {
    return new Holdfast(
        () -> {
          try {
            return List.of(Endpoint.of(node.endpoint().toString(), node.token()));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        Terms.USUAL,
        Weather.UNHEARD);
  }

  private static Session open(Holdfast holdfast, String name) {
    return holdfast.open(
        CreateSessionRequest.newBuilder().setTarget("local:").setName(name).build());
  }

  private static void remove(Holdfast holdfast, Session session) {
    var request = RemoveSessionRequest.newBuilder().setId(session.getId()).setKey(Holdfast.key());
    assertEquals(
        session.getId(), holdfast.sessions(it -> it.removeSession(request.build())).getId());
  }

  private static List<HistoryEntry> history(Holdfast holdfast, Session session) {
    var request = ListHistoryRequest.newBuilder().setId(session.getId()).setPageSize(1000).build();
    return holdfast.sessions(it -> it.listHistory(request)).getEntriesList();
  }

  private static Job submit(Holdfast holdfast, Session session, String script) {
    return holdfast.submit(
        SubmitJobRequest.newBuilder().setSession(session.getId()).setScript(script).build());
  }

  private record Said(String out, String err, Job job) {}

  private static Said said(Holdfast holdfast, Session session, String script) {
    return followed(holdfast, submit(holdfast, session, script));
  }

  private static Said followed(Holdfast holdfast, Job job) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var sink =
        new Sink() {
          @Override
          public void take(OutputStream stream, ByteString bytes) {
            (stream == OutputStream.STDERR ? err : out).writeBytes(bytes.toByteArray());
          }

          @Override
          public void lost(OutputStream stream, long bytes) {
            throw new AssertionError(bytes + " bytes are lost");
          }
        };
    Job ended = holdfast.follow(job.getId(), sink).untilEnd();
    return new Said(
        out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8), ended);
  }
}
