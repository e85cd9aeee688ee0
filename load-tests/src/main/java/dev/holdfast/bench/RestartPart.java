package dev.holdfast.bench;

import dev.holdfast.rig.NodeClient;
import dev.holdfast.rig.NodeProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How long one node with its embedded journal takes to be there again after kill -9. */
final class RestartPart {

  private RestartPart() {}

  static Section run(Path scratch, int count, List<String> nodeFlags)
      throws IOException, InterruptedException {
    Path directory = Files.createDirectories(scratch.resolve("restart"));
    Path config =
        Files.writeString(
            directory.resolve("node.conf"),
            "holdfast.host.local-root = \"" + directory.resolve("sessions") + "\"\n");
    var node =
        new NodeProcess(
            directory.resolve("data"),
            directory.resolve("node.log"),
            Fleet.flags(nodeFlags),
            List.of("--config", config.toString()),
            Map.of());
    try (node;
        var client = new NodeClient(node)) {
      node.start();
      try {
        return restart(node, List.of(client), count);
      } finally {
        if (node.isAlive()) {
          LocalSessions.removeAll(List.of(client));
        }
      }
    }
  }

  private static Section restart(NodeProcess node, List<NodeClient> client, int count)
      throws IOException, InterruptedException {
    List<String> ids = LocalSessions.open(client, count);
    String load = Machine.load();
    node.kill();
    long from = System.nanoTime();
    node.start();
    double ready = (System.nanoTime() - from) / 1e9;
    double opened = ready + LocalSessions.awaitOpened(client.get(0), ids.size());
    var line = new LinkedHashMap<String, Double>();
    line.put("sessions", (double) count);
    line.put("ready s", ready);
    line.put("sessions/s", count / ready);
    line.put("all Opened s", opened);
    return new Section(
        "Restart after kill -9, embedded journal; load %s before".formatted(load),
        Map.of("from start of the JVM", line),
        new ArrayList<>(List.of("ready: every session is awake, and the port is open")));
  }
}
