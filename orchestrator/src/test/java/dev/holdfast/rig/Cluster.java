package dev.holdfast.rig;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Nodes as processes of their own that are one cluster, on a real database, with TLS between them.
 */
public final class Cluster implements AutoCloseable {

  /** The name that the certificates of all nodes have in common. */
  public static final String NAME = "cluster.test";

  /** The block {@code holdfast.cluster.tls} of a node that talks in the clear. */
  public static final String NO_TLS = "{}";

  /** All nodes and the database share a machine: one that is starved for a moment is not dead. */
  private static final String PATIENT =
      "-Dpekko.cluster.failure-detector.acceptable-heartbeat-pause=6s";

  private final List<NodeProcess> nodes = new ArrayList<>();
  private final Path directory;
  private final SharedStore store;
  private final Authority authority;
  private final List<Integer> ports;

  private Cluster(Path directory, SharedStore store, Authority authority, List<Integer> ports) {
    this.directory = directory;
    this.store = store;
    this.authority = authority;
    this.ports = ports;
  }

  /**
   * What a cluster is made of.
   *
   * @param directory where everything of theirs goes, and the sessions of {@code local:}
   * @param size the number of nodes
   * @param settings more of each node's configuration, instead of what it has
   * @param options more options of each node's JVM
   * @param environment more of each node's environment
   */
  public record Plan(
      Path directory,
      int size,
      String settings,
      List<String> options,
      Map<String, String> environment) {

    /** With nothing more. */
    public static Plan of(Path directory, int size) {
      return new Plan(directory, size, "", List.of(), Map.of());
    }

    public Plan settings(String more) {
      return new Plan(directory, size, more, options, environment);
    }

    public Plan options(List<String> more) {
      return new Plan(directory, size, settings, more, environment);
    }

    public Plan environment(Map<String, String> more) {
      return new Plan(directory, size, settings, options, more);
    }
  }

  /** Starts one Cassandra, makes its tables, and starts the nodes. */
  public static Cluster start(Plan plan) throws IOException, InterruptedException {
    return start(plan, CassandraStore.start(1));
  }

  /** Starts the nodes on a store, which is closed with them. */
  public static Cluster start(Plan plan, SharedStore store)
      throws IOException, InterruptedException {
    Path directory = plan.directory();
    int size = plan.size();
    var authority = new Authority(directory.resolve("authority"));
    var cluster = new Cluster(directory, store, authority, freePorts(size));
    try {
      for (int i = 0; i < size; i++) {
        String tls = cluster.authority.issue("node-" + i, NAME);
        cluster.nodes.add(cluster.node("node-" + i, cluster.ports.get(i), tls, plan));
      }
      cluster.start();
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /** Starts its nodes: the first, then all others at once. */
  public void start() throws IOException, InterruptedException {
    nodes.get(0).start();
    List<NodeProcess> others = nodes.subList(1, nodes.size());
    for (NodeProcess node : others) {
      shareTokens(node);
    }
    together(others.stream().map(Cluster::starting).toList());
  }

  /** Stops its nodes, one after the other. */
  public void stop() throws InterruptedException {
    for (NodeProcess node : nodes) {
      node.stop();
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

  /** Brings an embedded node's sessions to the tables, while none of the nodes runs. */
  public void migrate(Path data) throws IOException {
    store.migrate(data);
  }

  /** Under which address the others know a node. */
  public String address(int node) {
    return "127.0.0.1:" + ports.get(node);
  }

  /**
   * One that wants to be a node of this cluster, too, and is not started yet.
   *
   * @param tls its block {@code holdfast.cluster.tls}
   * @param settings what of its configuration differs from that of the nodes
   * @param options more options of its JVM
   */
  public NodeProcess stranger(String name, String tls, String settings, List<String> options)
      throws IOException {
    return node(name, freePort(), tls, Plan.of(directory, 1).settings(settings).options(options));
  }

  private NodeProcess node(String name, int port, String tls, Plan plan) throws IOException {
    String seeds =
        ports.stream().map(seed -> "\"127.0.0.1:" + seed + "\"").collect(Collectors.joining(","));
    Path file = directory.resolve(name + ".conf");
    Files.writeString(
        file,
        """
        holdfast {
          %s
          cluster { port = %d, seeds = [%s], tls = %s, join-timeout = 120 s }
          host { local-root = "%s" }
        }
        %s
        """
            .formatted(
                store.settings(),
                port,
                seeds,
                tls,
                directory.resolve("sessions"),
                plan.settings()));
    return new NodeProcess(
        Files.createDirectories(directory.resolve(name)),
        directory.resolve(name + ".log"),
        NodeProcess.small(Stream.concat(Stream.of(PATIENT), plan.options().stream()).toList()),
        List.of("--config", file.toString()),
        plan.environment());
  }

  /** One that nobody listens on. */
  public static int freePort() throws IOException {
    return freePorts(1).get(0);
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
      Files.copy(
          nodes.get(0).data().resolve(name),
          to.data().resolve(name),
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  public List<NodeProcess> nodes() {
    return List.copyOf(nodes);
  }

  /** Who has issued the certificates of its nodes, all for {@link #NAME}. */
  public Authority authority() {
    return authority;
  }

  @Override
  public void close() {
    nodes.forEach(NodeProcess::close);
    store.close();
  }
}
