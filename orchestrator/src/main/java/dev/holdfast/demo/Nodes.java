package dev.holdfast.demo;

import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.client.Endpoint;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;

/** The three nodes of the demo, processes that are one cluster on one real Cassandra. */
final class Nodes implements AutoCloseable {

  static final int COUNT = 3;

  private final Path place;
  private final String cassandra;
  private final List<Node> nodes = new ArrayList<>();
  private final List<Path> data = new ArrayList<>();

  /** Writes what they need; starts nothing. */
  Nodes(Path place, CassandraRing ring) throws IOException {
    this.place = place;
    var address = ring.contactPoints().get(0);
    this.cassandra = address.getHostString() + ":" + address.getPort();
    List<Integer> ports = freePorts();
    for (int i = 0; i < COUNT; i++) {
      Path directory = Files.createDirectories(place.resolve("node-" + (i + 1)));
      Path config = place.resolve("node-" + (i + 1) + ".conf");
      Files.writeString(config, config(ports, i));
      data.add(directory);
      nodes.add(new Node(directory, config, place.resolve("node-" + (i + 1) + ".log")));
    }
  }

  /** Where Cassandra takes CQL, as the command line wants it. */
  String cassandra() {
    return cassandra;
  }

  /** The first makes the cluster and the tokens; the others join it. */
  void start() throws IOException, InterruptedException {
    nodes.get(0).start();
    for (Path other : data.subList(1, COUNT)) {
      for (String name : List.of("token", "tokens")) {
        Files.copy(data.get(0).resolve(name), other.resolve(name));
      }
    }
    var threads = Executors.newFixedThreadPool(COUNT);
    try {
      var joining = nodes.subList(1, COUNT).stream().map(Nodes::starting).toList();
      for (var joined : threads.invokeAll(joining)) {
        joined.get();
      }
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e);
    } finally {
      threads.shutdownNow();
    }
  }

  private static Callable<Void> starting(Node node) {
    return () -> {
      node.start();
      return null;
    };
  }

  Node node(int number) {
    return nodes.get(number - 1);
  }

  /** Those that were killed, and those that have given themselves up, which ends them. */
  void startTheDead() throws IOException, InterruptedException {
    for (Node node : nodes) {
      if (!node.isAlive()) {
        node.start();
      }
    }
  }

  /** Which node is the process: from 1. */
  int number(long pid) throws IOException {
    for (int i = 0; i < COUNT; i++) {
      if (nodes.get(i).pid() == pid) {
        return i + 1;
      }
    }
    throw new IOException("process " + pid + " is no node of the demo");
  }

  /** The nodes there are, one of them first. */
  List<Endpoint> endpoints(int first) {
    try {
      String token = Files.readString(data.get(0).resolve("token")).strip();
      var found = new ArrayList<Endpoint>();
      for (int i = 0; i < COUNT; i++) {
        Path file = data.get((first + i) % COUNT).resolve("endpoint");
        if (Files.exists(file)) {
          found.add(Endpoint.of(Files.readString(file).strip(), token));
        }
      }
      return found;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the command line finds them by. */
  Map<String, String> environment() {
    var addresses = endpoints(0).stream().map(Endpoint::toString).toList();
    return Map.of(
        "HOLDFAST_SERVER", String.join(",", addresses),
        "HOLDFAST_TOKEN", endpoints(0).get(0).token());
  }

  /** Where the sessions live. */
  Path sessions() {
    return place.resolve("near/s");
  }

  @Override
  public void close() {
    nodes.parallelStream().forEach(Node::close);
  }

  private String config(List<Integer> ports, int number) {
    var seeds = ports.stream().map(port -> "\"127.0.0.1:" + port + "\"").toList();
    return """
        holdfast {
          store = cassandra
          cassandra { contact-points = ["%s"], request-timeout = 20s }
          cluster { port = %d, seeds = [%s] }
          host { local-root = "%s" }
        }
        """
        .formatted(cassandra, ports.get(number), String.join(", ", seeds), place.resolve("near"));
  }

  private static List<Integer> freePorts() throws IOException {
    var held = new ArrayList<ServerSocket>();
    try {
      for (int i = 0; i < COUNT; i++) {
        held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return held.stream().map(ServerSocket::getLocalPort).toList();
    } finally {
      for (ServerSocket socket : held) {
        socket.close();
      }
    }
  }
}
