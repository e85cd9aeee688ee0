package dev.holdfast.bench;

import static java.util.concurrent.TimeUnit.SECONDS;

import dev.holdfast.protocol.v1.GetSessionRequest;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.ListHistoryRequest;
import dev.holdfast.protocol.v1.ListHistoryResponse;
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
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * When a session was back after its node had gone, in seconds from then. One call at a time asks
 * for it, with a deadline of a second and a rest of 200 ms: so exact are the first two.
 *
 * @param known GetSession was answered; any node can do that from what it has heard, even of a
 *     session that nobody keeps at the moment
 * @param answered its keeper answered: ListJobs asks nobody else
 * @param opened its link was up again, as its history has it
 */
record Back(double known, double answered, double opened) {

  /** So many sessions are watched at once, each by one call. */
  private static final int MOST = 1500;

  private static final double GIVE_UP_SECONDS = 300;

  /** Waits until all of them are Opened, asking the clients in turn. */
  static List<Back> all(List<String> ids, List<NodeClient> clients, Instant from)
      throws IOException, InterruptedException {
    List<Callable<Back>> watches =
        IntStream.range(0, ids.size())
            .mapToObj(i -> (Callable<Back>) () -> watch(ids.get(i), i, clients, from))
            .toList();
    return LocalSessions.each(Math.min(MOST, ids.size()), watches);
  }

  private static Back watch(String id, int first, List<NodeClient> clients, Instant from)
      throws IOException, InterruptedException {
    var asked = new Asked(id, first, clients, from);
    var get = GetSessionRequest.newBuilder().setId(id).build();
    var list = ListJobsRequest.newBuilder().setSession(id).setPageSize(1).build();
    var history = ListHistoryRequest.newBuilder().setId(id).setPageSize(1000).build();
    double known =
        asked.until(
            stubs -> {
              var unused = stubs.sessions().withDeadlineAfter(1, SECONDS).getSession(get);
              return Optional.of(Instant.now());
            });
    double answered =
        asked.until(
            stubs -> {
              var unused = stubs.jobs().withDeadlineAfter(1, SECONDS).listJobs(list);
              return Optional.of(Instant.now());
            });
    double opened =
        asked.until(
            stubs ->
                opened(stubs.sessions().withDeadlineAfter(1, SECONDS).listHistory(history), from));
    return new Back(known, answered, opened);
  }

  private static Optional<Instant> opened(ListHistoryResponse history, Instant from) {
    return history.getEntriesList().stream()
        .filter(entry -> entry.getWhat().equals("link-opened"))
        .map(HistoryEntry::getAt)
        .map(at -> Instant.ofEpochSecond(at.getSeconds(), at.getNanos()))
        .filter(at -> at.isAfter(from))
        .findFirst();
  }

  private record Asked(String id, int first, List<NodeClient> clients, Instant from) {

    /** Asks until there is an answer that tells a time; returns it in seconds. */
    double until(NodeClient.Call<Optional<Instant>> call) throws IOException, InterruptedException {
      for (int turn = first; seconds(Instant.now()) < GIVE_UP_SECONDS; turn++) {
        try {
          var at = call.on(clients.get(turn % clients.size()).stubs());
          if (at.isPresent()) {
            return seconds(at.get());
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

  static Map<String, Double> line(List<Back> all, ToDoubleFunction<Back> what) {
    var times = Figures.of(all.stream().mapToDouble(what).toArray(), 0);
    var line = new LinkedHashMap<String, Double>();
    line.put("sessions", (double) all.size());
    line.put("first s", times.best());
    line.put("median s", times.median());
    line.put("p99 s", times.at(99));
    line.put("last s", times.at(100));
    return line;
  }
}
