package dev.holdfast.chaos;

import com.datastax.oss.driver.api.core.CqlSession;
import com.typesafe.config.ConfigFactory;
import dev.holdfast.actor.store.cassandra.CassandraClient;
import dev.holdfast.actor.store.cassandra.CassandraSettings;
import dev.holdfast.actor.store.cassandra.Schema;
import dev.holdfast.cassandra.CassandraNode;
import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.cassandra.Ports;
import dev.holdfast.cassandra.Seat;
import dev.holdfast.protocol.v1.ListNodesRequest;
import dev.holdfast.rig.Authority;
import dev.holdfast.rig.NodeClient;
import dev.holdfast.rig.NodeProcess;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

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

  /**
   * Sessions are parked while their clients think, and when a node has more than one Opened; but
   * not those of a build that is broken on purpose, which shows in links that two owners hold.
   */
  private static final String PARKING =
      "holdfast.session { park-after = 1 s, links-per-node = 1 }\n";

  private static final Duration SETTLING = Duration.ofMinutes(3);

  private final Plan plan;
  private final Network network;
  private final Optional<Authority> authority;
  private final Disks disks = new Disks();
  private final Targets targets;
  private final CassandraRing ring;
  private final List<Keeper> nodes = new ArrayList<>();
  private final List<InetSocketAddress> doors = new ArrayList<>();
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
    List<String> names = names(plan);
    this.network =
        plan.network() == Network.Kind.NAMESPACES
            ? new Namespaces(names)
            : new Wires(names, this::processes);
    this.authority =
        network.seat(node(0)).isLoopback()
            ? Optional.empty()
            : Optional.of(new Authority(plan.scratch().resolve("authority")));
    mount();
    this.targets = new Targets(plan.scratch(), network);
    this.ring =
        plan.nodes() == 1
            ? null
            : CassandraRing.startOn(
                IntStream.range(0, plan.cassandras())
                    .mapToObj(i -> network.seat(database(i)))
                    .toList());
    if (ring != null) {
      for (int i = 0; i < plan.cassandras(); i++) {
        network.lead(database(i), ring.nodes().get(i).address().getPort());
      }
      makeTables();
    }
    addNodes(notes);
  }

  /** All parties; the targets are first, since the tests' SSH server is on 127.0.0.1. */
  private static List<String> names(Plan plan) {
    return Stream.of(
            Stream.of(Targets.PARTY),
            IntStream.range(0, plan.nodes() == 1 ? 0 : plan.cassandras()).mapToObj(Stage::database),
            IntStream.range(0, plan.nodes()).mapToObj(Stage::node),
            Stream.of(CLIENTS))
        .flatMap(it -> it)
        .toList();
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

  static String node(int number) {
    return "node" + number;
  }

  static String database(int number) {
    return "database" + number;
  }

  private Map<Long, String> processes() {
    var processes = new HashMap<Long, String>();
    processes.put(ProcessHandle.current().pid(), CLIENTS);
    for (Keeper node : nodes) {
      if (node.process().isAlive()) {
        processes.put(node.process().pid(), node.name());
      }
    }
    return processes;
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
                    + network.seat(database(ring.nodes().indexOf(node))).told()
                    + ":"
                    + node.address().getPort()
                    + "\"")
        .collect(Collectors.joining(",", "keyspace = " + KEYSPACE + ", contact-points = [", "]"));
  }

  private void addNodes(Consumer<String> notes) throws IOException {
    List<Integer> ports = freePorts();
    List<Integer> cluster = ports.subList(0, plan.nodes());
    List<Integer> api = ports.subList(plan.nodes(), ports.size());
    for (int i = 0; i < plan.nodes(); i++) {
      Seat seat = network.seat(node(i));
      Path file = plan.scratch().resolve(node(i) + ".conf");
      Files.writeString(
          file,
          targets.configuration()
              + (plan.before().isEmpty() ? PARKING : "")
              + server(i)
              + (ring == null ? "" : cluster(i, cluster)));
      var options = new ArrayList<String>();
      options.add("-Dholdfast.clock-error-file=" + clockError(i));
      if (ring != null) {
        options.add("-Dpekko.remote.artery.bind.hostname=" + seat.address());
      }
      var process =
          new NodeProcess(
                  Files.createDirectories(data(i)),
                  plan.scratch().resolve(node(i) + ".log"),
                  NodeProcess.small(options),
                  List.of("--config", file.toString()),
                  targets.environment(),
                  plan.before())
              .at(seat.entrance(), seat.address(), api.get(i));
      nodes.add(new Keeper(node(i), process, notes));
      network.lead(node(i), cluster.get(i));
      network.lead(node(i), api.get(i));
      doors.add(new InetSocketAddress(seat.told(), api.get(i)));
      direct.add(new NodeClient(process, ca()));
    }
  }

  /** Beyond loopback it shows a certificate, and its clients look whether it is for the address. */
  private String server(int number) throws IOException {
    if (authority.isEmpty()) {
      return "";
    }
    String address = network.seat(node(number)).address();
    String tls = authority.get().issue(node(number) + "-server", address);
    return "holdfast.server.tls = %s\n".formatted(tls.replaceFirst(", ca = .*", " }"));
  }

  private String cluster(int number, List<Integer> ports) throws IOException {
    String seeds =
        IntStream.range(0, plan.nodes())
            .mapToObj(i -> "\"" + network.seat(node(i)).told() + ":" + ports.get(i) + "\"")
            .collect(Collectors.joining(","));
    String tls = authority.isEmpty() ? "{}" : authority.get().issue(node(number), "nodes.chaos");
    return """
    holdfast.store = cassandra
    holdfast.cassandra { %s }
    holdfast.cluster { host = "%s", port = %d, seeds = [%s], tls = %s }
    """
        .formatted(
            contactPoints(), network.seat(node(number)).told(), ports.get(number), seeds, tls);
  }

  /** Two for each node, which it finds free again when it was killed. */
  private List<Integer> freePorts() throws IOException {
    Set<Integer> ports = new LinkedHashSet<>();
    for (int i = 0; i < 2 * plan.nodes(); i++) {
      Seat seat = network.seat(node(i % plan.nodes()));
      ports.add(
          Ports.free(seat.isLoopback() ? List.of(seat.address(), seat.told()) : List.of(), ports));
    }
    return List.copyOf(ports);
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

  Network network() {
    return network;
  }

  /** Whom clients trust about the nodes; empty: they speak in the clear. */
  Optional<Path> ca() {
    return authority.map(Authority::certificate);
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

  /** Where clients find the nodes. */
  List<InetSocketAddress> doors() {
    return doors;
  }

  String token() throws IOException {
    return nodes.get(0).process().token();
  }

  @Override
  public void close() {
    end();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException exiting) {
      // Then it is what calls us, or comes to nothing.
    }
  }

  /** Leaves nothing behind, also when the run is broken off. */
  private synchronized void end() {
    direct.forEach(NodeClient::close);
    nodes.forEach(Keeper::close);
    targets.close();
    if (ring != null) {
      ring.close();
    }
    network.close();
    disks.close();
  }
}
