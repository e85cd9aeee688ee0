package dev.holdfast.chaos;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * The network between the parties of a run, in user space: before every server stands a proxy,
 * which knows by {@link Whose} which party a connection comes from. So what passes from each party
 * to each other one can be held back, in one direction or in both.
 *
 * <p>This works without any right on the machine. What it cannot do is to lose single packets, or
 * to let the attempt to connect itself go unanswered: through a shut passage a connection comes to
 * be, and then nothing ever arrives. When a passage opens again, what was held back arrives late,
 * or, after {@link #reset}, the connections break.
 */
final class Wires implements AutoCloseable {

  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int BACKLOG = 1_000;
  private static final long STACK_BYTES = 128 * 1024;

  private record Pair(String from, String to) {}

  /**
   * A connection through a proxy.
   *
   * @param own shut when the network has forgotten it: neither data nor its end pass any more
   */
  private record Connection(String from, String to, Socket client, Socket server, Passage own) {
    void end() {
      closeQuietly(client);
      closeQuietly(server);
    }
  }

  private final Supplier<Map<Long, String>> parties;
  private final Map<Pair, Passage> passages = new ConcurrentHashMap<>();
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final List<ServerSocket> doors = new ArrayList<>();

  /**
   * No wires yet.
   *
   * @param parties the names of those who connect, by their process ids
   */
  Wires(Supplier<Map<Long, String>> parties) {
    this.parties = parties;
  }

  /** Where a server is; it may move while it restarts. */
  interface Place {
    InetSocketAddress now() throws IOException;
  }

  /**
   * Puts a proxy before a server.
   *
   * @param to the server's name
   * @param at where others find it; port 0 for any
   * @return the port where others find it
   */
  int lead(String to, InetSocketAddress at, Place place) throws IOException {
    var door = new ServerSocket();
    door.setReuseAddress(true);
    door.bind(at, BACKLOG);
    doors.add(door);
    thread("door", () -> accept(door, to, place));
    return door.getLocalPort();
  }

  /** The same, on any port of the loopback interface. */
  int lead(String to, Place place) throws IOException {
    return lead(to, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), place);
  }

  /** What passes from one to the other, whoever of them connected. */
  Passage passage(String from, String to) {
    return passages.computeIfAbsent(new Pair(from, to), pair -> new Passage());
  }

  /** Breaks the connections between two. */
  void reset(String one, String other) {
    for (Connection connection : connections) {
      if (Set.of(one, other).equals(Set.of(connection.from(), connection.to()))) {
        connection.end();
      }
    }
  }

  /** Forgets the connections of one that are up; new ones work. Nobody is told. */
  void forget(String party) {
    for (Connection connection : connections) {
      if (connection.from().equals(party) || connection.to().equals(party)) {
        connection.own().shut(true);
      }
    }
  }

  /** What was forgotten of the connections to some is noticed: those connections break. */
  void remember(Predicate<String> to) {
    for (Connection connection : connections) {
      if (connection.own().isShut() && to.test(connection.to())) {
        connection.end();
        connection.own().shut(false);
      }
    }
  }

  private void accept(ServerSocket door, String to, Place place) {
    while (!door.isClosed()) {
      try {
        Socket client = door.accept();
        thread("to-" + to, () -> serve(client, door.getLocalPort(), to, place));
      } catch (IOException closing) {
        return;
      }
    }
  }

  private void serve(Socket client, int door, String to, Place place) {
    var server = new Socket();
    try {
      Optional<String> from = Whose.of(client.getPort(), door, parties.get());
      if (from.isPresent()) {
        join(new Connection(from.get(), to, client, server, new Passage()), place);
        return;
      }
    } catch (IOException unreachable) {
      // The same as one that nobody knows: it is closed.
    }
    closeQuietly(client);
    closeQuietly(server);
  }

  private void join(Connection connection, Place place) throws IOException {
    connections.add(connection);
    try {
      Passage there = passage(connection.from(), connection.to());
      Passage back = passage(connection.to(), connection.from());
      there.pass();
      back.pass();
      connection.server().connect(place.now());
      connection.client().setTcpNoDelay(true);
      connection.server().setTcpNoDelay(true);
      Passage own = connection.own();
      thread("up", () -> copy(connection.client(), connection.server(), own, there));
      copy(connection.server(), connection.client(), own, back);
    } finally {
      connection.end();
      connections.remove(connection);
    }
  }

  private static void copy(Socket from, Socket to, Passage own, Passage passage) {
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] bytes = new byte[BUFFER_BYTES];
      for (int length = in.read(bytes); length >= 0; length = in.read(bytes)) {
        own.pass();
        passage.pass();
        out.write(bytes, 0, length);
      }
      own.pass();
      passage.pass();
      to.shutdownOutput();
    } catch (IOException broken) {
      own.awaitOpen();
      closeQuietly(from);
      closeQuietly(to);
    }
  }

  @Override
  public void close() {
    doors.forEach(Wires::closeQuietly);
    passages.values().forEach(Passage::end);
    connections.forEach(it -> it.own().end());
    connections.forEach(Connection::end);
  }

  private static void thread(String name, Runnable work) {
    var thread = new Thread(null, work, "wire-" + name, STACK_BYTES);
    thread.setDaemon(true);
    thread.start();
  }

  private static void closeQuietly(Closeable closeable) {
    try {
      closeable.close();
    } catch (IOException alreadyClosed) {
      return;
    }
  }
}
