package dev.holdfast.bench;

import com.google.protobuf.Duration;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.ListNodesRequest;
import dev.holdfast.protocol.v1.ListSessionsRequest;
import dev.holdfast.protocol.v1.Node;
import dev.holdfast.protocol.v1.RemoveSessionRequest;
import dev.holdfast.protocol.v1.SessionState;
import dev.holdfast.rig.NodeClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Many sessions on this machine, opened and asked through all clients in turn. */
final class LocalSessions {

  /** So many calls at once. */
  private static final int AT_ONCE = 64;

  /** Below this no more sessions are opened: each is four processes. */
  private static final long SPARE = 4L << 30;

  private static final Duration PATIENCE = Duration.newBuilder().setSeconds(300).build();

  /** Longer than any part; a session whose node does not come back ends itself. */
  private static final Duration LEFT = Duration.newBuilder().setSeconds(900).build();

  /** Longer than a round of Pekko's rebalancing, which is 10 s. */
  private static final java.time.Duration STILL = java.time.Duration.ofSeconds(25);

  private static final ListSessionsRequest OPENED =
      ListSessionsRequest.newBuilder().addStates(SessionState.OPENED).build();

  private static final ListSessionsRequest LIVING =
      OPENED.toBuilder()
          .addStates(SessionState.DISCONNECTED)
          .addStates(SessionState.BROKEN)
          .build();

  private LocalSessions() {}

  /** Opens those with the numbers from one to before another; returns their ids when all are. */
  static List<String> open(List<NodeClient> clients, int from, int to)
      throws IOException, InterruptedException {
    return each(AT_ONCE, IntStream.range(from, to).mapToObj(i -> opening(clients, i)).toList());
  }

  private static Callable<String> opening(List<NodeClient> clients, int number) {
    var request =
        CreateSessionRequest.newBuilder()
            .setTarget("local:")
            .setName("bench-" + number)
            .setKey("bench-" + number)
            .setConnectTimeout(PATIENCE)
            .setIdleTimeout(LEFT)
            .build();
    return () -> {
      if (Machine.available() < SPARE) {
        throw new IOException("too little memory is left after " + number + " sessions");
      }
      return turn(clients, number).ask(it -> it.sessions().createSession(request)).getId();
    };
  }

  /** Waits until a node that is alone has so many that are Opened; returns the seconds it took. */
  static double awaitOpened(NodeClient client, int count) throws InterruptedException {
    long from = System.nanoTime();
    var request = OPENED.toBuilder().setPageSize(1).build();
    while (client.ask(it -> it.sessions().listSessions(request)).getTotal() < count) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    return (System.nanoTime() - from) / 1e9;
  }

  /**
   * Waits until the sessions are spread over all nodes and none has moved for a while, or a time is
   * over: a node that was started before the others gives them their part only by and by.
   */
  static void awaitSpread(NodeClient client, int nodes, java.time.Duration most)
      throws InterruptedException {
    long from = System.nanoTime();
    long since = from;
    List<Integer> before = List.of();
    while (System.nanoTime() - from < most.toNanos()
        && (before.size() < nodes || System.nanoTime() - since < STILL.toNanos())) {
      List<Integer> now = counts(client);
      if (!now.equals(before)) {
        since = System.nanoTime();
      }
      before = now;
      TimeUnit.MILLISECONDS.sleep(500);
    }
  }

  private static List<Integer> counts(NodeClient client) {
    return client
        .ask(it -> it.nodes().listNodes(ListNodesRequest.getDefaultInstance()))
        .getNodesList()
        .stream()
        .map(Node::getSessions)
        .toList();
  }

  /** All that live. */
  static List<String> living(NodeClient client) {
    return list(client, LIVING);
  }

  /** All that are Opened. */
  static List<String> opened(NodeClient client) {
    return list(client, OPENED);
  }

  /** How many live on a node, HOST:PORT, as another one sees it. */
  static int countOn(String node, NodeClient client) {
    return client
        .ask(it -> it.nodes().listNodes(ListNodesRequest.getDefaultInstance()))
        .getNodesList()
        .stream()
        .filter(each -> each.getAddress().endsWith(node))
        .mapToInt(Node::getSessions)
        .sum();
  }

  private static List<String> list(NodeClient client, ListSessionsRequest which) {
    var ids = new ArrayList<String>();
    String token = "";
    do {
      var request = which.toBuilder().setPageSize(1000).setPageToken(token).build();
      var page = client.ask(it -> it.sessions().listSessions(request));
      page.getSessionsList().forEach(session -> ids.add(session.getId()));
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return ids;
  }

  /** Ends those that have a shell, and leaves the others to the end of their node's data. */
  static void removeOpened(List<NodeClient> clients) throws IOException, InterruptedException {
    remove(clients, OPENED);
  }

  private static void remove(List<NodeClient> clients, ListSessionsRequest which)
      throws IOException, InterruptedException {
    List<String> ids = list(clients.get(0), which);
    each(
        AT_ONCE,
        IntStream.range(0, ids.size()).mapToObj(i -> removing(clients, ids.get(i), i)).toList());
  }

  private static Callable<String> removing(List<NodeClient> clients, String id, int number) {
    var request = RemoveSessionRequest.newBuilder().setId(id).setWait(PATIENCE).build();
    return () ->
        turn(clients, number).ask(it -> it.sessions().removeSession(request)).getState().name();
  }

  private static NodeClient turn(List<NodeClient> clients, int number) {
    return clients.get(number % clients.size());
  }

  /** Does all of them, so many at once; returns what came of each, in their order. */
  static <T> List<T> each(int atOnce, List<Callable<T>> all)
      throws IOException, InterruptedException {
    ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, atOnce));
    try {
      var done = new ArrayList<T>();
      for (var one : threads.invokeAll(all)) {
        done.add(one.get());
      }
      return done;
    } catch (ExecutionException e) {
      throw new IOException(e.getCause());
    } finally {
      threads.shutdownNow();
    }
  }
}
