package dev.holdfast.cassandra;

import java.io.IOException;
import java.math.BigInteger;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Real Cassandra nodes on 127.0.0.1, 127.0.0.2 and so on, that make one ring: for tests and
 * demonstrations. What a node acknowledged it has written, so a killed one loses nothing.
 *
 * <p>A ring lives in a directory of its own, which is deleted at its end, and ends at the latest
 * with this process.
 */
public final class CassandraRing implements AutoCloseable {
  /** What a client calls the data centre of the ring. */
  public static final String DATACENTER = "datacenter1";

  private static final String ADDRESSES = "127.0.0.";
  private static final BigInteger LEAST_TOKEN = BigInteger.valueOf(Long.MIN_VALUE);
  private static final BigInteger TOKENS = BigInteger.TWO.pow(64);

  private final Path directory;
  private final List<CassandraNode> nodes = new ArrayList<>();
  private final Thread atExit = new Thread(this::end, "cassandra-end");

  private CassandraRing(Path directory) {
    this.directory = directory;
  }

  /** Why no ring can be started on this machine, in one line; empty when one can. */
  public static Optional<String> missing() throws IOException {
    if (ServerJars.classPath().isEmpty()) {
      return Optional.of(
          "Cassandra's jars are not in Maven's repository; ./mvnw verify puts them there");
    }
    if (Java17.find().isEmpty()) {
      return Optional.of(
          "Cassandra 5 needs a Java 17 beside the one in use; name it with HOLDFAST_JAVA17");
    }
    return Optional.empty();
  }

  /**
   * Starts a ring and returns when every node answers, and sees every other.
   *
   * @param size 1 to 9
   * @throws IOException also when the machine lacks what {@link #missing} says
   */
  public static CassandraRing start(int size) throws IOException {
    return startOn(
        IntStream.rangeClosed(1, size)
            .mapToObj(i -> Seat.onLoopback(ADDRESSES + i, ADDRESSES + i))
            .toList());
  }

  /** The same, of nodes that live where they are told, each at an address of its own. */
  public static CassandraRing startOn(List<Seat> seats) throws IOException {
    Optional<String> missing = missing();
    if (missing.isPresent()) {
      throw new IOException(missing.get());
    }
    CassandraRing ring = new CassandraRing(Files.createTempDirectory("cassandra").toRealPath());
    Runtime.getRuntime().addShutdownHook(ring.atExit);
    try {
      for (Place place : places(ring.directory, seats)) {
        ring.nodes.add(
            new CassandraNode(
                place, Java17.find().orElseThrow(), ServerJars.classPath().orElseThrow()));
      }
      for (CassandraNode node : ring.nodes) {
        node.launch();
      }
      for (CassandraNode node : ring.nodes) {
        node.awaitReady();
      }
      ring.awaitWhole();
      return ring;
    } catch (IOException | RuntimeException e) {
      ring.close();
      throw e;
    }
  }

  /** The nodes, in the order of their addresses. */
  public List<CassandraNode> nodes() {
    return List.copyOf(nodes);
  }

  /** Where the nodes take CQL. */
  public List<InetSocketAddress> contactPoints() {
    return nodes.stream().map(CassandraNode::address).toList();
  }

  /** Waits until every node takes every other as alive. A node that was killed must run again. */
  public void awaitWhole() throws IOException {
    if (nodes.size() == 1) {
      return;
    }
    for (CassandraNode node : nodes) {
      node.awaitAlive(nodes.size());
    }
  }

  /** Kills the nodes and deletes what they wrote. */
  @Override
  public void close() {
    end();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException exiting) {
      // Then the hook finds nothing left to do.
    }
  }

  private synchronized void end() {
    try {
      for (CassandraNode node : nodes) {
        node.end();
      }
      NodeFiles.delete(directory);
    } catch (IOException left) {
      System.err.println("Cassandra's directory " + directory + " was not cleared: " + left);
    }
  }

  private static List<Place> places(Path directory, List<Seat> seats) throws IOException {
    int size = seats.size();
    List<String> addresses = seats.stream().map(Seat::address).toList();
    // Whoever does not live on loopback has all ports for itself.
    List<String> here = seats.stream().filter(Seat::isLoopback).map(Seat::address).toList();
    Set<Integer> taken = new HashSet<>();
    int storage = port(here, taken);
    int cql = port(here, taken);
    List<String> seeds = addresses.stream().map(address -> address + ":" + storage).toList();
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      places.add(
          new Place(
              directory.resolve("node" + (i + 1)),
              seats.get(i),
              storage,
              cql,
              port(List.of("127.0.0.1"), taken),
              token(i, size),
              seeds));
    }
    return places;
  }

  private static int port(List<String> addresses, Set<Integer> taken) throws IOException {
    int port = Ports.free(addresses, taken);
    taken.add(port);
    return port;
  }

  /** The ring's places, evenly shared out. */
  private static String token(int index, int size) {
    return LEAST_TOKEN
        .add(BigInteger.ONE)
        .add(TOKENS.multiply(BigInteger.valueOf(index)).divide(BigInteger.valueOf(size)))
        .toString();
  }
}
