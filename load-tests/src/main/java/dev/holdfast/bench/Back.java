package dev.holdfast.bench;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.ListHistoryRequest;
import dev.holdfast.protocol.v1.ListJobsRequest;
import dev.holdfast.rig.NodeClient;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * When sessions were back after their node had gone, in seconds from then.
 *
 * <p>Each is asked by one call that waits as long as it needs; asking all the time would measure
 * the questions. When a link was up again is told by the session's history, which is exact however
 * many there are.
 */
final class Back {

  /**
   * So many calls at once: more than sessions that are away, so that none of those that are not
   * waits behind them.
   */
  private static final int ASKING = 1_500;

  private static final int READING = 32;

  private static final int ANSWER_SECONDS = 30;
  private static final double GIVE_UP_SECONDS = 300;

  private Back() {}

  /** When the keeper of each has answered, asking the clients in turn. */
  static List<Double> answered(List<String> ids, List<NodeClient> clients, Instant from)
      throws IOException, InterruptedException {
    return each(ASKING, ids, clients, from, Asked::answered);
  }

  /** When those of them were Opened again that have been since then. */
  static List<Double> opened(List<String> ids, List<NodeClient> clients, Instant from)
      throws IOException, InterruptedException {
    return each(READING, ids, clients, from, Asked::opened).stream()
        .flatMap(Optional::stream)
        .toList();
  }

  private interface Ask<T> {
    T of(Asked session) throws IOException, InterruptedException;
  }

  private static <T> List<T> each(
      int atOnce, List<String> ids, List<NodeClient> clients, Instant from, Ask<T> ask)
      throws IOException, InterruptedException {
    return LocalSessions.each(
        Math.min(atOnce, ids.size()),
        IntStream.range(0, ids.size())
            .mapToObj(i -> new Asked(ids.get(i), i, clients, from))
            .map(session -> (Callable<T>) () -> ask.of(session))
            .toList());
  }

  private record Asked(String id, int first, List<NodeClient> clients, Instant from) {

    /** Waits for an answer of its keeper, whom alone this question goes to. */
    double answered() throws IOException, InterruptedException {
      var request = ListJobsRequest.newBuilder().setSession(id).setPageSize(1).build();
      return until(
          stubs -> {
            var unused = stubs.jobs().withDeadlineAfter(ANSWER_SECONDS, SECONDS).listJobs(request);
            return Optional.of(seconds(Instant.now()));
          });
    }

    Optional<Double> opened() throws IOException, InterruptedException {
      var request = ListHistoryRequest.newBuilder().setId(id).setPageSize(1000).build();
      return until(
          stubs ->
              Optional.of(
                  stubs
                      .sessions()
                      .withDeadlineAfter(ANSWER_SECONDS, SECONDS)
                      .listHistory(request)
                      .getEntriesList()
                      .stream()
                      .filter(entry -> entry.getWhat().equals("link-opened"))
                      .map(HistoryEntry::getAt)
                      .map(at -> Instant.ofEpochSecond(at.getSeconds(), at.getNanos()))
                      .filter(at -> at.isAfter(from))
                      .findFirst()
                      .map(this::seconds)));
    }

    /** Asks until there is something in the answer. */
    private <T> T until(NodeClient.Call<Optional<T>> call)
        throws IOException, InterruptedException {
      for (int turn = first; seconds(Instant.now()) < GIVE_UP_SECONDS; turn++) {
        try {
          var found = call.on(clients.get(turn % clients.size()).stubs());
          if (found.isPresent()) {
            return found.get();
          }
        } catch (StatusRuntimeException notYet) {
          // Whatever it is: it is asked for again.
        }
        TimeUnit.MILLISECONDS.sleep(200);
      }
      throw new IOException(id + " is not back after " + GIVE_UP_SECONDS + " s");
    }

    private double seconds(Instant at) {
      return Duration.between(from, at).toNanos() / 1e9;
    }
  }

  static Map<String, Double> line(List<Double> all) {
    var times = Figures.of(all.stream().mapToDouble(Double::doubleValue).toArray(), 0);
    var line = new LinkedHashMap<String, Double>();
    line.put("sessions", (double) all.size());
    line.put("first s", times.best());
    line.put("median s", times.median());
    line.put("p99 s", times.at(99));
    line.put("last s", times.at(100));
    return line;
  }
}
