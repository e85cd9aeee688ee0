package dev.holdfast.bench;

import com.typesafe.config.ConfigFactory;
import dev.holdfast.rig.Cluster;
import dev.holdfast.rig.NodeClient;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
 */
final class FailoverPart {

  private static final int KILLED = 0;
  private static final int NODES = 3;

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
    try (var cluster = Cluster.start(directory, 1, NODES, flags)) {
      List<NodeClient> clients = cluster.nodes().stream().map(NodeClient::new).toList();
      try {
        return kill(cluster, clients, count, directory.resolve("gate"));
      } finally {
        LocalSessions.removeAll(others(clients));
        clients.forEach(NodeClient::close);
      }
    }
  }

  private static List<NodeClient> others(List<NodeClient> clients) {
    return clients.subList(KILLED + 1, NODES);
  }

  private static Section kill(Cluster cluster, List<NodeClient> clients, int count, Path gate)
      throws IOException, InterruptedException {
    List<String> ids = LocalSessions.open(clients, 0, count);
    List<NodeClient> others = others(clients);
    List<String> lost = LocalSessions.keptBy(cluster.address(KILLED), ids, others);
    var follower = new JobFollower(others, lost.get(0), gate);
    String load = Machine.load();
    Instant from = Instant.now();
    cluster.nodes().get(KILLED).kill();
    List<Back> back = Back.all(lost, others, from);
    var lines = new LinkedHashMap<String, Map<String, Double>>();
    lines.put("its keeper answers again", Back.line(back, Back::kept));
    lines.put("is Opened again", Back.line(back, Back::opened));
    String title =
        "Failover: one of three nodes is killed with %d of %d sessions; load %s before"
            .formatted(lost.size(), count, load);
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
