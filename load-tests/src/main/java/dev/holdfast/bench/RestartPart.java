package dev.holdfast.bench;

import dev.holdfast.protocol.v1.SessionActRequest;
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
import java.util.concurrent.Callable;

/**
 * How long one node takes to be there again after kill -9, with each kind of store.
 *
 * <p>Of many sessions only some keep their shells, because one machine cannot have the processes of
 * all: the others are disconnected, and what they had on the target is ended. They are recovered
 * like the others, and want no link.
 */
final class RestartPart {

  /** So many keep their link and their shell. */
  private static final int MOST_OPENED = 600;

  /** So many have shells at once while they are made. */
  private static final int BATCH = 1_000;

  private RestartPart() {}

  static Section embedded(Path scratch, int count, List<String> nodeFlags)
      throws IOException, InterruptedException {
    Path directory = Files.createDirectories(scratch.resolve("restart"));
    Path shells = directory.resolve("sessions");
    Path config =
        Files.writeString(
            directory.resolve("node.conf"), "holdfast.host.local-root = \"" + shells + "\"\n");
    try (var node =
        new NodeProcess(
            directory.resolve("data"),
            directory.resolve("node.log"),
            Fleet.flags(nodeFlags),
            List.of("--config", config.toString()),
            Map.of())) {
      node.start();
      return restart("embedded journal", node, shells, count);
    }
  }

  static Section cassandra(Path scratch, int count, List<String> nodeFlags)
      throws IOException, InterruptedException {
    Path directory = Files.createDirectories(scratch.resolve("restart-cassandra"));
    try (var cluster = Cluster.start(directory, 1, 1, Fleet.clusterFlags(nodeFlags))) {
      return restart(
          "Cassandra, one node", cluster.nodes().get(0), directory.resolve("sessions"), count);
    }
  }

  private static Section restart(String store, NodeProcess node, Path shells, int count)
      throws IOException, InterruptedException {
    try (var client = new NodeClient(node)) {
      try {
        makeClosedUp(List.of(client), shells, count - MOST_OPENED);
        return restart(store, node, client, Math.min(count, MOST_OPENED), count);
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
    LocalSessions.open(List.of(client), count - opened, count);
    String load = Machine.load();
    node.kill();
    long from = System.nanoTime();
    node.start();
    double ready = (System.nanoTime() - from) / 1e9;
    double whole = ready + LocalSessions.awaitOpened(client, opened);
    var line = new LinkedHashMap<String, Double>();
    line.put("sessions", (double) count);
    line.put("ready s", ready);
    line.put("waking s", waking(node));
    line.put("sessions/s", count / waking(node));
    line.put("all Opened s", whole);
    var section =
        new Section(
            "Restart after kill -9, %s, %d of %d sessions Opened; load %s before"
                .formatted(store, opened, count, load),
            Map.of("from start of the JVM", line),
            new ArrayList<>(
                List.of(
                    "ready: every session is awake, and the port is open",
                    "waking: the part of it from the first look into the journal; sessions/s are of"
                        + " it")));
    section.aim("sessions a second", line.get("sessions/s"), 4_000, true);
    return section;
  }

  /** What the node says it took. */
  private static double waking(NodeProcess node) throws IOException {
    String[] said = node.said().split("sessions are awake after ", -1);
    return Double.parseDouble(said[said.length - 1].split(" ", 2)[0]);
  }

  private static void makeClosedUp(List<NodeClient> clients, Path shells, int count)
      throws IOException, InterruptedException {
    for (int made = 0; made < count; made += BATCH) {
      List<String> ids = LocalSessions.open(clients, made, Math.min(made + BATCH, count));
      LocalSessions.each(
          LocalSessions.AT_ONCE, ids.stream().map(id -> disconnecting(clients, id)).toList());
      LocalSessions.endShells(shells);
    }
  }

  private static Callable<String> disconnecting(List<NodeClient> clients, String id) {
    var request = SessionActRequest.newBuilder().setId(id).build();
    return () -> clients.get(0).ask(it -> it.sessions().disconnectSession(request)).getId();
  }
}
