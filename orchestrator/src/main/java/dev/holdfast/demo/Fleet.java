package dev.holdfast.demo;

import dev.holdfast.client.Holdfast;
import dev.holdfast.client.Terms;
import dev.holdfast.client.Weather;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.RemoveSessionRequest;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Many sessions and those who use them: each session has a thread of its own, that asks through one
 * of three clients, of which each prefers another node.
 */
final class Fleet implements AutoCloseable {

  private final Path place;
  private final List<Holdfast> clients;
  private final int size;
  private final int lines;
  private final ExecutorService threads;
  private final List<Watched> outputs = new ArrayList<>();
  private List<Session> sessions = List.of();

  /**
   * @param lines what each job prints, one a second
   */
  Fleet(Path place, Nodes nodes, int size, int lines) {
    this.place = place;
    this.size = size;
    this.lines = lines;
    this.threads = Executors.newFixedThreadPool(size);
    this.clients =
        IntStream.range(0, Nodes.COUNT)
            .mapToObj(i -> new Holdfast(() -> nodes.endpoints(i), Terms.USUAL, Weather.UNHEARD))
            .toList();
  }

  int size() {
    return size;
  }

  /** How many lines a job prints. */
  int lines() {
    return lines;
  }

  /** Opens the sessions, and gives each shell a variable that only it has. */
  void open() throws IOException, InterruptedException {
    sessions = all(this::opened);
  }

  private Session opened(int number) {
    var request =
        CreateSessionRequest.newBuilder().setTarget("local:").setName(name(number)).build();
    Session session = client(number).open(request);
    client(number).run(job(session, "me=" + name(number)), new Watched());
    return session;
  }

  /** Starts a job in each session and follows it; completes when all have ended. */
  CompletableFuture<List<Job>> run() {
    var jobs = new ArrayList<CompletableFuture<Job>>();
    for (int i = 0; i < size; i++) {
      int number = i;
      var output = new Watched();
      outputs.add(output);
      var job = job(sessions.get(i), script(i));
      jobs.add(CompletableFuture.supplyAsync(() -> client(number).run(job, output), threads));
    }
    return CompletableFuture.allOf(jobs.toArray(CompletableFuture[]::new))
        .thenApply(done -> jobs.stream().map(CompletableFuture::join).toList());
  }

  private String script(int number) {
    return ("echo run >>%s; i=0; while [ $i -lt %d ]; do i=$((i+1)); echo \"$me: line $i of %d\"; sleep 1; done;"
            + " exit %d")
        .formatted(ledger(number), lines, lines, exitCode(number));
  }

  private String expected(int number) {
    var text = new StringBuilder();
    for (int i = 1; i <= lines; i++) {
      text.append("%s: line %d of %d\n".formatted(name(number), i, lines));
    }
    return text.toString();
  }

  /** What each job printed so far. */
  List<Watched> outputs() {
    return List.copyOf(outputs);
  }

  /** How many lines have arrived, of all jobs. */
  int arrived() {
    return outputs.stream().mapToInt(Watched::lines).sum();
  }

  /** How many outputs are what they should be, to the byte. */
  long wholeOutputs() {
    return IntStream.range(0, size).filter(i -> outputs.get(i).is(expected(i))).count();
  }

  /** How many jobs ended with the exit code that is their own. */
  long trueExitCodes(List<Job> ended) {
    return IntStream.range(0, size)
        .filter(i -> ended.get(i).hasExitCode() && ended.get(i).getExitCode() == exitCode(i))
        .count();
  }

  /** How many jobs were started once and not twice, as their targets tell. */
  long startedOnce() throws IOException {
    long count = 0;
    for (int i = 0; i < size; i++) {
      count += Files.readString(ledger(i)).equals("run\n") ? 1 : 0;
    }
    return count;
  }

  /** How many shells still know their variable. */
  long sameShells() throws IOException, InterruptedException {
    return all(
            i -> {
              var said = new Watched();
              client(i + 1).run(job(sessions.get(i), "echo $me"), said);
              return said.is(name(i) + "\n");
            })
        .stream()
        .filter(same -> same)
        .count();
  }

  void remove() throws IOException, InterruptedException {
    all(
        i ->
            client(i)
                .sessions(
                    it ->
                        it.removeSession(
                            RemoveSessionRequest.newBuilder()
                                .setId(sessions.get(i).getId())
                                .setKey(Holdfast.key())
                                .build())));
  }

  Holdfast client(int number) {
    return clients.get(number % clients.size());
  }

  @Override
  public void close() {
    threads.shutdownNow();
    clients.forEach(Holdfast::close);
  }

  /** Does something for each session, all at once. */
  private <T> List<T> all(IntFunction<T> act) throws IOException, InterruptedException {
    var results = new ArrayList<T>();
    try {
      for (var done :
          threads.invokeAll(
              IntStream.range(0, size).<Callable<T>>mapToObj(i -> () -> act.apply(i)).toList())) {
        results.add(done.get());
      }
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e);
    }
    return results;
  }

  private Path ledger(int number) {
    return place.resolve("ledger-" + number);
  }

  private static String name(int number) {
    return "web-%02d".formatted(number);
  }

  private static int exitCode(int number) {
    return number;
  }

  private static SubmitJobRequest job(Session session, String script) {
    return SubmitJobRequest.newBuilder().setSession(session.getId()).setScript(script).build();
  }
}
