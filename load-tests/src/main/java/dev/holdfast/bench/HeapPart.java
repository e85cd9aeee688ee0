package dev.holdfast.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a session costs on the node's heap: by difference between few sessions and many, so that
 * what a node needs once does not count. The bare SSH connection beside it is measured in the same
 * way, in a JVM that does nothing else.
 */
final class HeapPart {

  private static final int FEW = 20;
  private static final double KIBIBYTE = 1024;

  /** Memory of one session on its target: sshd's process, and the shells of the session's host. */
  private static final long FAR_SIDE = 8L << 20;

  private HeapPart() {}

  static Section run(Path scratch, SshTargets targets, int wanted)
      throws IOException, InterruptedException {
    int many = (int) Math.min(wanted, Machine.available() * 3 / 4 / FAR_SIDE);
    double opened;
    double disconnected;
    Path config;
    try (var fleet = new Fleet(scratch.resolve("heap"), targets, List.of())) {
      config = fleet.config();
      fleet.open(FEW);
      long few = Heap.live(fleet.node().pid());
      fleet.open(many);
      long all = Heap.live(fleet.node().pid());
      opened = (all - few) / (double) (many - FEW);
      fleet.disconnect();
      fleet.awaitNoLinks();
      long without = Heap.live(fleet.node().pid());
      disconnected = (without - (few - FEW * opened)) / many;
    }
    double bare = bare(targets, config, many);
    return section(many, wanted, opened, disconnected, bare);
  }

  private static double bare(SshTargets targets, Path config, int many)
      throws IOException, InterruptedException {
    try (var connections = new BareConnections(targets, config)) {
      connections.open(FEW);
      long few = Heap.live(connections.pid());
      connections.open(many);
      return (Heap.live(connections.pid()) - few) / (double) (many - FEW);
    }
  }

  private static Section section(
      int many, int wanted, double opened, double disconnected, double bare) {
    var lines = new LinkedHashMap<String, Map<String, Double>>();
    lines.put("bare SSH connection", Map.of("KiB each", bare / KIBIBYTE));
    lines.put("session, Opened", beyond(opened, bare));
    lines.put("session, Disconnected", beyond(disconnected, 0));
    var section =
        new Section("Live heap of the node at " + many + " sessions", lines, new ArrayList<>());
    section.aim(
        "KiB of an Opened session beyond the bare connection",
        (opened - bare) / KIBIBYTE,
        80,
        false);
    section.aim("KiB of a Disconnected session", disconnected / KIBIBYTE, 5, false);
    if (many < wanted) {
      section
          .remarks()
          .add("not " + wanted + " sessions: this machine has no memory for so many sshd");
    }
    return section;
  }

  private static Map<String, Double> beyond(double bytes, double bare) {
    var line = new LinkedHashMap<String, Double>();
    line.put("KiB each", bytes / KIBIBYTE);
    line.put("beyond KiB", (bytes - bare) / KIBIBYTE);
    return line;
  }
}
