package dev.holdfast.chaos;

import com.datastax.oss.driver.api.core.CqlSession;
import com.typesafe.config.ConfigFactory;
import dev.holdfast.actor.store.cassandra.CassandraClient;
import dev.holdfast.actor.store.cassandra.CassandraSettings;
import dev.holdfast.actor.store.cassandra.Schema;
import dev.holdfast.cassandra.CassandraNode;
import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.protocol.v1.ListNodesRequest;
import dev.holdfast.rig.NodeClient;
import dev.holdfast.rig.NodeProcess;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Everything that takes part: nodes as processes of their own, Cassandra, the targets, and the
 * network between all of them and the clients.
 */
final class Stage implements AutoCloseable {

  static final String CLIENTS = "clients";
  private static final String KEYSPACE = "holdfast";
  private static final int TARGET_DISK_MIB = 256;
  private static final int DATA_DISK_MIB = 512;
  private static final long LOOK_MILLIS = 100;

  /** Sessions are parked while their clients think, and when a node has more than one Opened. */
  private static final String PARKING =
      "holdfast.session { park-after = 1 s, links-per-node = 1 }\n";

  private static final Duration SETTLING = Duration.ofMinutes(3);

  private final Plan plan;
  private final Wires wires;
  private final Disks disks = new Disks();
  private final Targets targets;
  private final CassandraRing ring;
  private final List<Keeper> nodes = new ArrayList<>();
  private final List<Integer> doors = new ArrayList<>();
  private final List<NodeClient> direct = new ArrayList<>();
  private final Thread atExit = new Thread(this::end, "stage-end");

  /** Starts everything. */
  static Stage set(Plan plan, Consumer<String> notes) throws IOException, InterruptedException {
    var stage = new Stage(plan, notes);
    Runtime.getRuntime().addShutdownHook(stage.atExit);
    try {
      stage.start();
      return stage;
    } catch (IOException | InterruptedException | RuntimeException e) {
      stage.close();
      throw e;
    }
  }

  private Stage(Plan plan, Consumer<String> notes) throws IOException {
    this.plan = plan;
    this.wires = new Wires(this::parties);
    mount();
    this.targets = new Targets(plan.scratch(), wires);
    this.ring =
        plan.nodes() == 1
            ? null
            : CassandraRing.startBehind(
                IntStream.range(0, plan.cassandras()).mapToObj(Stage::databaseDoor).toList());
    if (ring != null) {
      for (int i = 0; i < plan.cassandras(); i++) {
        InetSocketAddress real = ring.nodes().get(i).address();
        wires.lead(database(i), new InetSocketAddress(databaseDoor(i), real.getPort()), () -> real);
      }
      makeTables();
    }
    addNodes(notes);
  }

  private void mount() throws IOException {
    if (plan.kinds().contains(Fault.Kind.TARGET_DISK_FULL)) {
      disks.mount(plan.scratch().resolve("near"), TARGET_DISK_MIB);
      disks.mount(plan.scratch().resolve("far"), TARGET_DISK_MIB);
    }
    if (plan.kinds().contains(Fault.Kind.DATA_DISK_FULL)) {
      for (int i = 0; i < plan.nodes(); i++) {
        disks.mount(data(i), DATA_DISK_MIB);
      }
    }
  }

  /** Where clients of a database node find it. */
  private static String databaseDoor(int number) {
    return "127.0.1." + (number + 1);
  }

  static String node(int number) {
    return "node" + number;
  }

  static String database(int number) {
    return "database" + number;
  }

  private Map<Long, String> parties() {
    var parties = new HashMap<Long, String>();
    parties.put(ProcessHandle.current().pid(), CLIENTS);
    for (Keeper node : nodes) {
      if (node.process().isAlive()) {
        parties.put(node.process().pid(), node.name());
      }
    }
    return parties;
  }

  private void makeTables() throws IOException {
    var settings =
        CassandraSettings.from(
            ConfigFactory.parseString("holdfast.cassandra { " + contactPoints() + " }")
                .withFallback(ConfigFactory.defaultReference()));
    try (CqlSession session = CassandraClient.connect(settings)) {
      new Schema(session, KEYSPACE).apply(CassandraRing.DATACENTER, plan.cassandras(), said -> {});
    }
  }

  private String contactPoints() {
    return ring.nodes().stream()
        .map(
            node ->
                "\""
                    + databaseDoor(ring.nodes().indexOf(node))
                    + ":"
                    + node.address().getPort()
                    + "\"")
        .collect(Collectors.joining(",", "keyspace = " + KEYSPACE + ", contact-points = [", "]"));
  }

  private void addNodes(Consumer<String> notes) throws IOException {
    List<Integer> bound = freePorts(plan.nodes());
    List<Integer> told = new ArrayList<>();
    for (int i = 0; i < plan.nodes(); i++) {
      var place = new InetSocketAddress(InetAddress.getLoopbackAddress(), bound.get(i));
      told.add(wires.lead(node(i), () -> place));
    }
    for (int i = 0; i < plan.nodes(); i++) {
      Path data = Files.createDirectories(data(i));
      Path file = plan.scratch().resolve(node(i) + ".conf");
      Files.writeString(
          file, targets.configuration() + PARKING + (ring == null ? "" : cluster(i, told)));
      var options = new ArrayList<String>();
      options.add("-Dholdfast.clock-error-file=" + clockError(i));
      if (ring != null) {
        options.add("-Dpekko.remote.artery.bind.hostname=127.0.0.1");
        options.add("-Dpekko.remote.artery.bind.port=" + bound.get(i));
      }
      var process =
          new NodeProcess(
              data,
              plan.scratch().resolve(node(i) + ".log"),
              NodeProcess.small(options),
              List.of("--config", file.toString()),
              targets.environment(),
              plan.before());
      nodes.add(new Keeper(node(i), process, notes));
      doors.add(
          wires.lead(
              node(i),
              () -> {
                URI now = process.endpoint();
                return new InetSocketAddress(now.getHost(), now.getPort());
              }));
      direct.add(new NodeClient(process));
    }
  }

  private String cluster(int number, List<Integer> told) {
    String seeds =
        told.stream().map(port -> "\"127.0.0.1:" + port + "\"").collect(Collectors.joining(","));
    return """
    holdfast.store = cassandra
    holdfast.cassandra { %s }
    holdfast.cluster { port = %d, seeds = [%s] }
    """
        .formatted(contactPoints(), told.get(number), seeds);
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

  private void start() throws IOException, InterruptedException {
    for (Keeper node : nodes) {
      if (!node.equals(nodes.get(0))) {
        for (String name : List.of("token", "tokens")) {
          Files.copy(data(0).resolve(name), node.process().data().resolve(name));
        }
      }
      node.process().start();
      node.begin();
    }
  }

  Path data(int number) {
    return plan.scratch().resolve("data").resolve(node(number));
  }

  /** By how much a node's clock is wrong; it is right when there is no such file. */
  Path clockError(int number) {
    return plan.scratch().resolve(node(number) + ".clock");
  }

  /** Whether every node is ready, and takes every node as up. */
  boolean isSettled() {
    for (int i = 0; i < nodes.size(); i++) {
      if (!nodes.get(i).process().isAlive() || upSeenBy(i) != nodes.size()) {
        return false;
      }
    }
    return true;
  }

  /** Waits until every node takes every node as up, or for very long. Returns whether they do. */
  boolean awaitSettled() {
    long until = System.nanoTime() + SETTLING.toNanos();
    boolean settled = isSettled();
    while (!settled && System.nanoTime() < until) {
      Injector.pass(LOOK_MILLIS);
      settled = isSettled();
    }
    return settled;
  }

  /** Waits until every database node takes every other as up. */
  void awaitRing() throws IOException {
    ring.awaitWhole();
  }

  private long upSeenBy(int number) {
    try {
      return direct
          .get(number)
          .stubs()
          .nodes()
          .withDeadlineAfter(2, TimeUnit.SECONDS)
          .listNodes(ListNodesRequest.getDefaultInstance())
          .getNodesList()
          .stream()
          .filter(node -> node.getStatus().equals("up"))
          .count();
    } catch (StatusRuntimeException | IOException away) {
      return 0;
    }
  }

  Disks disks() {
    return disks;
  }

  Wires wires() {
    return wires;
  }

  Targets targets() {
    return targets;
  }

  List<Keeper> nodes() {
    return nodes;
  }

  List<CassandraNode> databases() {
    return ring == null ? List.of() : ring.nodes();
  }

  /** The ports where clients find the nodes. */
  List<Integer> doors() {
    return doors;
  }

  String token() throws IOException {
    return nodes.get(0).process().token();
  }

  @Override
  public void close() {
    end();
    if (ring != null) {
      ring.close();
    }
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException exiting) {
      // Then it is what calls us, or comes to nothing.
    }
  }

  /** Leaves nothing behind, also when the run is broken off; Cassandra does that by itself. */
  private void end() {
    direct.forEach(NodeClient::close);
    nodes.forEach(Keeper::close);
    targets.close();
    wires.close();
    disks.close();
  }
}
