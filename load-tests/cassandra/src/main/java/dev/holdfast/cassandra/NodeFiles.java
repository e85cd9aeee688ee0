package dev.holdfast.cassandra;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The files of a node in its directory: what it is started with, and what it wrote. */
final class NodeFiles {
  private static final int TAIL_LINES = 15;

  private final Place place;

  private NodeFiles(Place place) {
    this.place = place;
  }

  /** Writes what a node is started with. */
  static NodeFiles write(Place place) throws IOException {
    Files.createDirectories(place.directory());
    String yaml = text("cassandra.yaml");
    for (Map.Entry<String, Object> value :
        Map.<String, Object>of(
                "token", place.token(),
                "seeds", String.join(",", place.seeds()),
                "address", place.address(),
                "told", place.seat().told(),
                "storagePort", place.storagePort(),
                "nativePort", place.nativePort(),
                "directory", place.directory())
            .entrySet()) {
      yaml = yaml.replace("${" + value.getKey() + "}", value.getValue().toString());
    }
    Files.writeString(place.directory().resolve("cassandra.yaml"), yaml);
    for (String unchanged : List.of("logback.xml", "jvm17.options")) {
      Files.writeString(place.directory().resolve(unchanged), text(unchanged));
    }
    return new NodeFiles(place);
  }

  /** How the node is started: as small as it works, and quick to start rather than quick to run. */
  List<String> command(Path java, String classPath) {
    Path directory = place.directory();
    List<String> command = new ArrayList<>();
    command.addAll(place.seat().entrance());
    command.add(java.toString());
    command.add("@" + directory.resolve("jvm17.options"));
    command.addAll(
        List.of("-Xms320m", "-Xmx320m", "-XX:MaxDirectMemorySize=256m", "-XX:+UseSerialGC"));
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError"));
    command.add("-Djava.io.tmpdir=" + directory);
    command.addAll(jmx());
    command.add("-Dcassandra.config=" + directory.resolve("cassandra.yaml").toUri());
    command.add("-Dcassandra.storagedir=" + directory);
    command.add("-Dcassandra.logdir=" + directory);
    command.add("-Dlogback.configurationFile=" + directory.resolve("logback.xml").toUri());
    command.add("-Dcassandra-foreground=yes");
    command.add("-Dcassandra.skip_wait_for_gossip_to_settle=0");
    command.add("-Dcassandra.ring_delay_ms=1000");
    command.add("-Dcassandra.shutdown_announce_in_ms=200");
    command.addAll(List.of("-cp", classPath, Tethered.class.getName()));
    return command;
  }

  /** Beyond loopback it lives in a network that its ring alone has, so nobody signs in there. */
  private List<String> jmx() {
    return place.seat().isLoopback()
        ? List.of(
            "-Djava.rmi.server.hostname=127.0.0.1", "-Dcassandra.jmx.local.port=" + place.jmxPort())
        : List.of(
            "-Djava.rmi.server.hostname=" + place.address(),
            "-Dcassandra.jmx.remote.port=" + place.jmxPort(),
            "-Dcom.sun.management.jmxremote.rmi.port=" + place.jmxPort(),
            "-Dcom.sun.management.jmxremote.authenticate=false",
            "-Dcom.sun.management.jmxremote.ssl=false");
  }

  /** What the node says. */
  Path log() {
    return place.directory().resolve("log");
  }

  /** The last lines of {@link #log}. */
  String tail() {
    try {
      List<String> lines = new String(Files.readAllBytes(log()), UTF_8).lines().toList();
      return String.join(
          "\n  ", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    } catch (IOException e) {
      return "(no log: " + e.getMessage() + ")";
    }
  }

  /** Deletes a directory; what a dying node still writes there meanwhile does not matter. */
  static void delete(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static String text(String resource) throws IOException {
    try (InputStream in = NodeFiles.class.getResourceAsStream(resource)) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }
}
