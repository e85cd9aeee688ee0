package dev.holdfast.bench;

import dev.holdfast.rig.Cluster;
import dev.holdfast.rig.NodeClient;
import dev.holdfast.rig.NodeProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * How long one node takes to be there again after kill -9, with each kind of store.
 *
 * <p>Of many sessions only some have shells; the others are {@link Copies} of one that is
 * Disconnected. They are recovered like all others, and want no link. The start that is measured is
 * the second one after they were made: at the first one sharding writes down which there are.
 */
final class RestartPart {

  /**
   * So many are Opened: when their node is killed, what ends on its own machine delays its start.
   */
  private static final int MOST_OPENED = 60;

  private RestartPart() {}

  static Section embedded(Path scratch, int count, List<String> nodeFlags)
      throws IOException, InterruptedException {
    Path directory = Files.createDirectories(scratch.resolve("restart"));
    try (var node = Fleet.embeddedNode(directory, nodeFlags)) {
      Copies.fill(node, count, MOST_OPENED);
      return measure("embedded journal", node, count);
    }
  }

  /** The sessions are made with an embedded node, and moved by {@code holdfast migrate}. */
  static Section cassandra(Path scratch, int count, List<String> nodeFlags)
      throws IOException, InterruptedException {
    Path directory = Files.createDirectories(scratch.resolve("restart-cassandra"));
    try (var cluster =
            Cluster.start(Cluster.Plan.of(directory, 1).options(Fleet.clusterFlags(nodeFlags)));
        var before = Fleet.embeddedNode(directory, nodeFlags)) {
      NodeProcess node = cluster.nodes().get(0);
      node.stop();
      Copies.fill(before, count, MOST_OPENED);
      cluster.migrate(before.data());
      return measure("Cassandra, one node", node, count);
    }
  }

  private static Section measure(String store, NodeProcess node, int count)
      throws IOException, InterruptedException {
    int opened = Math.min(count, MOST_OPENED);
    node.start();
    try (var client = new NodeClient(node)) {
      try {
        LocalSessions.awaitOpened(client, opened);
        return restart(store, node, client, opened, count);
      } finally {
        if (node.isAlive()) {
          LocalSessions.removeOpened(List.of(client));
        }
      }
    }
  }

  private static Section restart(
      String store, NodeProcess node, NodeClient client, int opened, int count)
      throws IOException, InterruptedException {
    String load = Machine.load();
    node.kill();
    long from = System.nanoTime();
    node.start();
    double ready = (System.nanoTime() - from) / 1e9;
    double whole = ready + LocalSessions.awaitOpened(client, opened);
    double waking = waking(node);
    var line = new LinkedHashMap<String, Double>();
    line.put("sessions", (double) count);
    line.put("ready s", ready);
    line.put("waking s", waking);
    line.put("sessions/s", count / waking);
    line.put("all Opened s", whole);
    var section =
        new Section(
            "Restart after kill -9, %s, %d of %d sessions Opened; load %s before"
                .formatted(store, opened, count, load),
            Map.of("from start of the JVM", line),
            new ArrayList<>(
                List.of(
                    "ready: every session is awake, and the port is open",
                    "waking: the part of it from the first look into the journal; sessions/s are of it")));
    section.aim("sessions a second", count / waking, 4_000, true);
    return section;
  }

  /** What the node says it took. */
  private static double waking(NodeProcess node) throws IOException {
    String[] said = node.said().split("sessions are awake after ", -1);
    return Double.parseDouble(said[said.length - 1].split(" ", 2)[0]);
  }
}
