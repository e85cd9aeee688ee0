package dev.holdfast.bench;

import com.typesafe.config.ConfigFactory;
import dev.holdfast.rig.Cluster;
import dev.holdfast.rig.NodeClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * How long the sessions of a node are away when it is killed with -9: three nodes on a real
 * Cassandra, with the times that are shipped. The killed one is the first, which coordinates the
 * others and so costs most.
 *
 * <p>Of many sessions only some have shells; the others are {@link Copies}, brought to Cassandra by
 * {@code holdfast migrate}. They are kept and taken over like all others, and want no link.
 */
final class FailoverPart {

  private static final int KILLED = 0;
  private static final int NODES = 3;

  /** So many have shells: with more the machine is busy with their links, not with the failover. */
  private static final int MOST_OPENED = 600;

  private static final Duration SPREAD_MOST = Duration.ofMinutes(2);

  /** The rig waits longer before a node is taken as dead; the last of two options counts. */
  private static final String PAUSE = "pekko.cluster.failure-detector.acceptable-heartbeat-pause";

  private FailoverPart() {}

  static Section run(Path scratch, int count, List<String> nodeFlags)
      throws IOException, InterruptedException {
    String shipped = ConfigFactory.parseResources("holdfast-cluster.conf").getString(PAUSE);
    var flags =
        Stream.concat(
                Stream.of("-D" + PAUSE + "=" + shipped.replace(" ", "")),
                Fleet.clusterFlags(nodeFlags).stream())
            .toList();
    Path directory = Files.createDirectories(scratch.resolve("failover"));
    try (var cluster = Cluster.start(Cluster.Plan.of(directory, NODES).options(flags))) {
      List<NodeClient> clients = cluster.nodes().stream().map(NodeClient::new).toList();
      try {
        if (count > MOST_OPENED) {
          fill(cluster, directory, count, nodeFlags);
          LocalSessions.awaitOpened(clients.get(0), MOST_OPENED);
        } else {
          LocalSessions.open(clients, 0, count);
        }
        LocalSessions.awaitSpread(clients.get(0), NODES, SPREAD_MOST);
        return kill(cluster, clients, directory.resolve("gate"));
      } finally {
        LocalSessions.removeOpened(others(clients));
        clients.forEach(NodeClient::close);
      }
    }
  }

  private static List<NodeClient> others(List<NodeClient> clients) {
    return clients.subList(KILLED + 1, NODES);
  }

  private static void fill(Cluster cluster, Path directory, int count, List<String> nodeFlags)
      throws IOException, InterruptedException {
    cluster.stop();
    try (var before = Fleet.embeddedNode(directory, nodeFlags)) {
      Copies.fill(before, count, MOST_OPENED);
      cluster.migrate(before.data());
    }
    cluster.start();
  }

  private static Section kill(Cluster cluster, List<NodeClient> clients, Path gate)
      throws IOException, InterruptedException {
    List<NodeClient> others = others(clients);
    List<String> ids = LocalSessions.living(others.get(0));
    int lost = LocalSessions.countOn(cluster.address(KILLED), others.get(0));
    List<String> opened = LocalSessions.opened(others.get(0));
    var follower = new JobFollower(others, opened.get(0), gate);
    String load = Machine.load();
    Instant from = Instant.now();
    cluster.nodes().get(KILLED).kill();
    // Those that were away are those that took longest; nobody else could say which they are.
    List<Double> answered = Back.answered(ids, others, from).stream().sorted().toList();
    List<Double> away = answered.subList(ids.size() - lost, ids.size());
    LocalSessions.awaitOpened(others.get(0), opened.size());
    var lines = new LinkedHashMap<String, Map<String, Double>>();
    lines.put("its keeper answers again", Back.line(away));
    lines.put("is Opened again", Back.line(Back.opened(opened, others, from)));
    String title =
        "Failover: one of three nodes is killed with %d of %d sessions; load %s before"
            .formatted(lost, ids.size(), load);
    var section = new Section(title, lines, new ArrayList<>());
    section.remarks().add(follower.finish());
    section.aim(
        "seconds until the last session answers",
        lines.get("its keeper answers again").get("last s"),
        15,
        false);
    return section;
  }
}
