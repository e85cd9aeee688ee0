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
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/**
 * When a session was back after its node had gone, in seconds from then.
 *
 * <p>The times are those of its history, which are exact however many sessions there are: a keeper
 * answers from its first act on, and what was asked before waits for that. Each session is asked,
 * too, by a few calls at a time that wait as long as they need; asking all of them all the time
 * would measure the questions.
 *
 * @param kept its new keeper did its first act
 * @param opened its link was up again
 */
record Back(double kept, double opened) {

  /** So many calls at once. */
  private static final int ASKING = 32;

  private static final int ANSWER_SECONDS = 30;
  private static final double GIVE_UP_SECONDS = 300;

  /** Waits until all of them are Opened, asking the clients in turn. */
  static List<Back> all(List<String> ids, List<NodeClient> clients, Instant from)
      throws IOException, InterruptedException {
    each(ids, clients, from, Asked::answer);
    return each(ids, clients, from, Asked::back);
  }

  private interface Ask<T> {
    T of(Asked session) throws IOException, InterruptedException;
  }

  private static <T> List<T> each(
      List<String> ids, List<NodeClient> clients, Instant from, Ask<T> ask)
      throws IOException, InterruptedException {
    return LocalSessions.each(
        ASKING,
        IntStream.range(0, ids.size())
            .mapToObj(i -> new Asked(ids.get(i), i, clients, from))
            .map(session -> (Callable<T>) () -> ask.of(session))
            .toList());
  }

  private record Asked(String id, int first, List<NodeClient> clients, Instant from) {

    /** Waits for an answer of its keeper, whom alone this question goes to. */
    boolean answer() throws IOException, InterruptedException {
      var request = ListJobsRequest.newBuilder().setSession(id).setPageSize(1).build();
      return until(
          stubs -> {
            var unused = stubs.jobs().withDeadlineAfter(ANSWER_SECONDS, SECONDS).listJobs(request);
            return Optional.of(true);
          });
    }

    Back back() throws IOException, InterruptedException {
      var request = ListHistoryRequest.newBuilder().setId(id).setPageSize(1000).build();
      return until(
          stubs -> {
            var entries =
                stubs
                    .sessions()
                    .withDeadlineAfter(ANSWER_SECONDS, SECONDS)
                    .listHistory(request)
                    .getEntriesList();
            return first(entries, entry -> true)
                .flatMap(
                    kept ->
                        first(entries, entry -> entry.getWhat().equals("link-opened"))
                            .map(opened -> new Back(kept, opened)));
          });
    }

    private Optional<Double> first(List<HistoryEntry> entries, Predicate<HistoryEntry> which) {
      return entries.stream()
          .filter(which)
          .map(HistoryEntry::getAt)
          .map(at -> Instant.ofEpochSecond(at.getSeconds(), at.getNanos()))
          .filter(at -> at.isAfter(from))
          .findFirst()
          .map(this::seconds);
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
