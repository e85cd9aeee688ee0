package dev.holdfast.chaos;

import dev.holdfast.chaos.Evidence.Entry;
import dev.holdfast.chaos.Evidence.JobEnd;
import dev.holdfast.chaos.Evidence.Kept;
import dev.holdfast.chaos.Evidence.Ledger;
import dev.holdfast.chaos.Evidence.Span;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.ListHistoryRequest;
import dev.holdfast.protocol.v1.ListHistoryResponse;
import dev.holdfast.protocol.v1.ListJobsRequest;
import dev.holdfast.protocol.v1.RemoveSessionRequest;
import dev.holdfast.protocol.v1.Session;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * One run: clients work in their sessions while one fault after another happens and is healed; in
 * the end everything is healed, the clients finish, and what is known is collected and checked.
 */
final class Run {

  private static final Duration USABLE_WITHIN = Duration.ofMinutes(2);
  private static final Duration GONE_WITHIN = Duration.ofSeconds(20);
  private static final Duration DEADLINE = Duration.ofSeconds(30);
  private static final int REMOVAL_SECONDS = 10;
  private static final int REMOVALS = 6;
  private static final int PAGE = 1_000;
  private static final int MOST_TRIES = 20;

  /**
   * What came of a run.
   *
   * @param violations what must not have happened; empty when all is well
   * @param pauses how long nothing came while output was followed, in milliseconds
   */
  record Result(Plan plan, Evidence evidence, List<String> violations, List<Long> pauses) {}

  private final Plan plan;
  private final History history;
  private final Consumer<String> told;
  private final AtomicBoolean over = new AtomicBoolean();
  private final List<String> troubles = Collections.synchronizedList(new ArrayList<>());
  private final OwnerWatch watch = new OwnerWatch();

  private Run(Plan plan, History history, Consumer<String> told) {
    this.plan = plan;
    this.history = history;
    this.told = told;
  }

  /**
   * Runs a plan. The scratch directory is left as it is, for a look.
   *
   * @param told hears what happens
   */
  static Result of(Plan plan, Consumer<String> told)
      throws IOException, InterruptedException, ExecutionException {
    Files.createDirectories(plan.scratch());
    try (var history = new History(plan.scratch().resolve("history.jsonl"))) {
      return new Run(plan, history, told).run();
    }
  }

  private void note(String what) {
    history.note(what);
    told.accept("%6.1f s  %s".formatted(history.now() / 1_000.0, what));
  }

  private Result run() throws IOException, InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newCachedThreadPool();
    try (Stage stage = Stage.set(plan, this::note);
        var lines = new Lines(stage.doors(), stage.ca(), stage.token(), history)) {
      note(stage.network().words());
      stage.awaitSettled();
      var users = users(stage, lines);
      for (Future<?> opened : users.stream().map(it -> threads.submit(it::open)).toList()) {
        opened.get();
      }
      note(users.size() + " sessions are open");
      long from = history.now();
      var working = new ArrayList<Future<?>>();
      for (User user : users) {
        working.add(threads.submit(user::work));
        working.add(threads.submit(user::look));
      }
      working.add(threads.submit(() -> watch.look(stage.targets(), history, over)));
      List<Span> spans = injectAll(stage);
      over.set(true);
      long millis = history.now() - from;
      for (Future<?> each : working) {
        await(each);
      }
      note("the clients have finished");
      return result(stage, lines, users, spans, millis, threads);
    } finally {
      over.set(true);
      threads.shutdownNow();
    }
  }

  private List<User> users(Stage stage, Lines lines) throws IOException {
    Path ledgers = Files.createDirectories(plan.scratch().resolve("ledgers"));
    var users = new ArrayList<User>();
    for (int i = 0; i < plan.sessions(); i++) {
      Path ledger = ledgers.resolve("s" + i);
      users.add(new User(i, plan.seed(), stage.targets().of(i), ledger, lines, history, over));
    }
    return users;
  }

  private void await(Future<?> each) throws InterruptedException {
    try {
      each.get();
    } catch (ExecutionException e) {
      troubles.add("a client gave up: " + e.getCause());
    }
  }

  private List<Span> injectAll(Stage stage) throws IOException, InterruptedException {
    var injector = new Injector(stage);
    var spans = new ArrayList<Span>();
    for (Fault fault : Schedule.of(plan.seed(), plan.faults(), plan.nodes(), plan.kinds())) {
      Injector.pass(fault.thenMillis());
      note("fault " + (spans.size() + 1) + ": " + fault.words());
      long from = history.now();
      Injector.Heal heal = injector.begin(fault);
      Injector.pass(fault.lastsMillis());
      heal.now();
      long to = history.now();
      boolean last = spans.size() + 1 == plan.faults();
      if ((!fault.hasty() || last) && !stage.awaitSettled()) {
        troubles.add("I14: the nodes have not found together after " + fault.words());
      }
      spans.add(new Span(fault.kind().name(), fault.words(), from, to, history.now()));
    }
    note("all is healed");
    return spans;
  }

  private Result result(
      Stage stage,
      Lines lines,
      List<User> users,
      List<Span> spans,
      long millis,
      ExecutorService threads)
      throws IOException, InterruptedException, ExecutionException {
    List<Future<String>> states =
        users.stream().map(user -> threads.submit(() -> user.settle(USABLE_WITHIN))).toList();
    var kept = new ArrayList<Kept>();
    for (User user : users) {
      kept.add(keep(stage, lines, user, states.get(user.number()).get()));
    }
    for (Future<?> gone :
        users.stream().map(it -> threads.submit(() -> remove(lines, it))).toList()) {
      await(gone);
    }
    var left = new ArrayList<>(troubles);
    left.addAll(leftAfterAWhile(stage.targets()));
    left.addAll(Secrets.found(plan.scratch(), stage.token()));
    var evidence = new Evidence(history.calls(), kept, spans, left, millis);
    List<Long> pauses = users.stream().flatMap(user -> user.pauses().stream()).toList();
    return new Result(plan, evidence, Checker.check(evidence), pauses);
  }

  private static List<String> leftAfterAWhile(Targets targets) {
    long until = System.nanoTime() + GONE_WITHIN.toNanos();
    List<String> left = targets.left();
    while (!left.isEmpty() && System.nanoTime() < until) {
      Injector.pass(200);
      left = targets.left();
    }
    return left;
  }

  private Kept keep(Stage stage, Lines lines, User user, String state) throws IOException {
    String id = user.session();
    List<Ledger> ledger =
        Files.exists(user.ledger())
            ? Files.readAllLines(user.ledger()).stream().map(Ledger::parse).toList()
            : List.of();
    return new Kept(
        user.number(),
        id,
        state,
        Map.copyOf(user.works()),
        List.copyOf(user.seen()),
        jobs(lines, user),
        entries(lines, user),
        ledger,
        stage.targets().tickets(id),
        stage.targets().epoch(id),
        watch.longest(id));
  }

  private List<JobEnd> jobs(Lines lines, User user) {
    var request = ListJobsRequest.newBuilder().setSession(user.session()).setPageSize(PAGE).build();
    return again(lines, user, "jobs", it -> it.jobs().listJobs(request)).getJobsList().stream()
        .map(job -> new JobEnd(job.getId(), job.getKey(), job.getState(), job.getExitCode()))
        .toList();
  }

  private List<Entry> entries(Lines lines, User user) {
    var entries = new ArrayList<Entry>();
    String token = "";
    do {
      var request =
          ListHistoryRequest.newBuilder()
              .setId(user.session())
              .setPageSize(PAGE)
              .setPageToken(token)
              .build();
      ListHistoryResponse page =
          again(lines, user, "history", it -> it.sessions().listHistory(request));
      for (HistoryEntry entry : page.getEntriesList()) {
        entries.add(new Entry(entry.getNumber(), entry.getWhat(), entry.getJob()));
      }
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return entries;
  }

  /** A target that is broken on purpose may never confirm it: it is asked for a while only. */
  private void remove(Lines lines, User user) {
    var request =
        RemoveSessionRequest.newBuilder()
            .setId(user.session())
            .setWait(com.google.protobuf.Duration.newBuilder().setSeconds(REMOVAL_SECONDS))
            .build();
    String state = "";
    for (int i = 0; i < REMOVALS && !state.equals("CLOSED"); i++) {
      try {
        Session gone = again(lines, user, "remove", it -> it.sessions().removeSession(request));
        state = gone.getState().name();
      } catch (StatusRuntimeException e) {
        state = e.getMessage();
      }
    }
    note("removed " + user.session() + ": " + state);
    if (!state.equals("CLOSED")) {
      troubles.add("I12: session " + user.session() + " cannot be removed: " + state);
    }
  }

  private interface Asked<T> {
    T of(Lines.Node node);
  }

  /** Everything is healed, so an answer must come soon. */
  private <T> T again(Lines lines, User user, String what, Asked<T> asked) {
    var question = new Lines.Question(user.number(), what, "", DEADLINE);
    for (int i = 0; ; i++) {
      try {
        return lines.ask(i % lines.count(), question, asked::of, it -> "");
      } catch (StatusRuntimeException e) {
        if (i == MOST_TRIES) {
          throw e;
        }
      }
    }
  }
}
