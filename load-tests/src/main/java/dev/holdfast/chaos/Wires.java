package dev.holdfast.chaos;

import dev.holdfast.cassandra.Seat;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
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
final class Wires implements Network {

  private static final int BUFFER_BYTES = 64 * 1024;
  private static final int BACKLOG = 1_000;
  private static final long STACK_BYTES = 128 * 1024;
  private static final long SLOW_MILLIS = 40;
  private static final double LOSS = 0.05;

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

  private final List<String> parties;
  private final Supplier<Map<Long, String>> processes;
  private final Map<Way, Passage> passages = new ConcurrentHashMap<>();
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final List<ServerSocket> doors = new ArrayList<>();

  /**
   * No wires yet.
   *
   * @param parties all there will be
   * @param processes the names of those who connect, by their process ids
   */
  Wires(List<String> parties, Supplier<Map<Long, String>> processes) {
    this.parties = List.copyOf(parties);
    this.processes = processes;
  }

  /**
   * On loopback all of 127.0.0.0/8 is there: the servers are at one address, their proxies at
   * another.
   */
  @Override
  public Seat seat(String party) {
    int number = parties.indexOf(party) + 1;
    return Seat.onLoopback("127.0.0." + number, "127.0.1." + number);
  }

  /** Puts a proxy before the server. */
  @Override
  public void lead(String to, int port) throws IOException {
    Seat seat = seat(to);
    var door = new ServerSocket();
    door.setReuseAddress(true);
    door.bind(new InetSocketAddress(seat.told(), port), BACKLOG);
    doors.add(door);
    var place = new InetSocketAddress(seat.address(), port);
    thread("door", () -> accept(door, to, place));
  }

  private Passage passage(String from, String to) {
    return passages.computeIfAbsent(new Way(from, to), way -> new Passage());
  }

  @Override
  public void cut(List<Way> ways) {
    ways.forEach(way -> passage(way.from(), way.to()).shut(true));
  }

  @Override
  public void mend(List<Way> ways, boolean breaks) {
    if (breaks) {
      ways.forEach(way -> reset(way.from(), way.to()));
    }
    ways.forEach(way -> passage(way.from(), way.to()).shut(false));
  }

  @Override
  public void slow(boolean now) {
    for (String from : parties) {
      for (String to : parties) {
        passage(from, to).slow(now ? SLOW_MILLIS : 0, now ? LOSS : 0);
      }
    }
  }

  /** Breaks the connections between two. */
  private void reset(String one, String other) {
    for (Connection connection : connections) {
      if (Set.of(one, other).equals(Set.of(connection.from(), connection.to()))) {
        connection.end();
      }
    }
  }

  /** Its connections that are up are forgotten; new ones work. */
  @Override
  public void losePower(String party) {
    for (Connection connection : connections) {
      if (connection.from().equals(party) || connection.to().equals(party)) {
        connection.own().shut(true);
      }
    }
  }

  @Override
  public void restorePower(String party) {
    notice(to -> !to.equals(Targets.PARTY));
  }

  @Override
  public void noticeAll() {
    notice(to -> true);
  }

  /** What was forgotten of the connections to some is noticed: those connections break. */
  private void notice(Predicate<String> to) {
    for (Connection connection : connections) {
      if (connection.own().isShut() && to.test(connection.to())) {
        connection.end();
        connection.own().shut(false);
      }
    }
  }

  @Override
  public String words() {
    return "network: a proxy before every server, bytes are held back; SLOW is delay %d ms, and %d ms more for %.0f%%"
        .formatted(SLOW_MILLIS, Passage.RETRANSMISSION_MILLIS, LOSS * 100);
  }

  private void accept(ServerSocket door, String to, InetSocketAddress place) {
    while (!door.isClosed()) {
      try {
        Socket client = door.accept();
        thread("to-" + to, () -> serve(client, to, place));
      } catch (IOException closing) {
        return;
      }
    }
  }

  private void serve(Socket client, String to, InetSocketAddress place) {
    var server = new Socket();
    try {
      var door = (InetSocketAddress) client.getLocalSocketAddress();
      Optional<String> from = Whose.of(client.getPort(), door, processes.get());
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

  private void join(Connection connection, InetSocketAddress place) throws IOException {
    connections.add(connection);
    try {
      Passage there = passage(connection.from(), connection.to());
      Passage back = passage(connection.to(), connection.from());
      there.pass();
      back.pass();
      connection.server().connect(place);
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
