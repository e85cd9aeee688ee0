package dev.holdfast.rig;

import com.datastax.oss.driver.api.core.CqlSession;
import com.typesafe.config.ConfigFactory;
import dev.holdfast.actor.store.cassandra.CassandraClient;
import dev.holdfast.actor.store.cassandra.CassandraSettings;
import dev.holdfast.actor.store.cassandra.Schema;
import dev.holdfast.cassandra.CassandraRing;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Nodes as processes of their own that are one cluster, on a real Cassandra. */
public final class Cluster implements AutoCloseable {

  private static final String KEYSPACE = "holdfast";

  /** All nodes and Cassandra share a machine: one that is starved for a moment is not dead. */
  private static final String PATIENT =
      "-Dpekko.cluster.failure-detector.acceptable-heartbeat-pause=6s";

  private final List<NodeProcess> nodes = new ArrayList<>();
  private final CassandraRing ring;

  private Cluster(CassandraRing ring) {
    this.ring = ring;
  }

  /**
   * Starts Cassandra, makes its tables, and starts the nodes.
   *
   * @param directory where everything of theirs goes, and the sessions of {@code local:}
   * @param options more options of each node's JVM
   */
  public static Cluster start(Path directory, int copies, int size, List<String> options)
      throws IOException, InterruptedException {
    var cluster = new Cluster(CassandraRing.start(copies));
    try {
      cluster.makeTables(copies);
      cluster.addNodes(directory, size, options);
      cluster.nodes.get(0).start();
      for (NodeProcess node : cluster.nodes.subList(1, size)) {
        cluster.shareTokens(node);
      }
      together(cluster.nodes.subList(1, size).stream().map(Cluster::starting).toList());
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private static Callable<Void> starting(NodeProcess node) {
    return () -> {
      node.start();
      return null;
    };
  }

  private static void together(List<Callable<Void>> all) throws IOException, InterruptedException {
    var threads = Executors.newCachedThreadPool();
    try {
      for (var done : threads.invokeAll(all)) {
        done.get();
      }
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }

  private String contactPoints() {
    return ring.contactPoints().stream()
        .map(address -> "\"" + address.getHostString() + ":" + address.getPort() + "\"")
        .collect(Collectors.joining(","));
  }

  private void makeTables(int copies) throws IOException {
    var settings =
        CassandraSettings.from(
            ConfigFactory.parseString(
                    "holdfast.cassandra { contact-points = [%s], keyspace = %s }"
                        .formatted(contactPoints(), KEYSPACE))
                .withFallback(ConfigFactory.defaultReference()));
    try (CqlSession session = CassandraClient.connect(settings)) {
      new Schema(session, KEYSPACE).apply(CassandraRing.DATACENTER, copies, said -> {});
    }
  }

  private void addNodes(Path directory, int size, List<String> options) throws IOException {
    List<Integer> ports = freePorts(size);
    String seeds =
        ports.stream().map(port -> "\"127.0.0.1:" + port + "\"").collect(Collectors.joining(","));
    for (int i = 0; i < size; i++) {
      Path file = directory.resolve("node-" + i + ".conf");
      Files.writeString(
          file,
          """
          holdfast {
            store = cassandra
            cassandra { contact-points = [%s], keyspace = %s, request-timeout = 20s }
            cluster { port = %d, seeds = [%s] }
            host { local-root = "%s" }
          }
          """
              .formatted(
                  contactPoints(), KEYSPACE, ports.get(i), seeds, directory.resolve("sessions")));
      nodes.add(
          new NodeProcess(
              Files.createDirectories(directory.resolve("node-" + i)),
              directory.resolve("node-" + i + ".log"),
              NodeProcess.small(Stream.concat(Stream.of(PATIENT), options.stream()).toList()),
              List.of("--config", file.toString()),
              java.util.Map.of()));
    }
  }

  private static List<Integer> freePorts(int count) throws IOException {
    var held = new ArrayList<ServerSocket>();
    try {
      for (int i = 0; i < count; i++) {
        held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return held.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }

  /** A cluster has the same tokens on every node; that is its operator's work. */
  private void shareTokens(NodeProcess to) throws IOException {
    for (String name : List.of("token", "tokens")) {
      Files.copy(nodes.get(0).data().resolve(name), to.data().resolve(name));
    }
  }

  public List<NodeProcess> nodes() {
    return List.copyOf(nodes);
  }

  public CassandraRing cassandra() {
    return ring;
  }

  @Override
  public void close() {
    nodes.forEach(NodeProcess::close);
    ring.close();
  }
}
