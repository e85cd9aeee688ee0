package dev.holdfast.chaos;

import dev.holdfast.chaos.Evidence.Seen;
import dev.holdfast.protocol.v1.CancelJobRequest;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.FollowOutputRequest;
import dev.holdfast.protocol.v1.FollowOutputResponse;
import dev.holdfast.protocol.v1.GetJobRequest;
import dev.holdfast.protocol.v1.GetSessionRequest;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.OutputPiece;
import dev.holdfast.protocol.v1.OutputStream;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionActRequest;
import dev.holdfast.protocol.v1.SessionState;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * One client and its session. It submits jobs, a few at a time, follows their output through any
 * node, leaves and comes back, cancels now and then, and gives the session up to take it again. It
 * asks again, with the same key, until it has an answer.
 *
 * <p>A second thread, {@link #look}, only looks at the session, twice a second: when it answers
 * again after a fault is seen there.
 */
final class User {

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final Duration LOOK_DEADLINE = Duration.ofMillis(1_500);
  private static final Duration LOOK_EVERY = Duration.ofMillis(800);
  private static final Duration AGAIN_AFTER = Duration.ofMillis(250);
  private static final int SHORTEST_THOUGHT_MILLIS = 300;
  private static final int LONGEST_THOUGHT_MILLIS = 2_500;
  private static final double CANCELS = 0.08;
  private static final double DISCONNECTS = 0.05;

  private final int number;
  private final long seed;
  private final String target;
  private final Path ledger;
  private final Lines lines;
  private final History history;
  private final AtomicBoolean over;
  private final Random random;
  private final Map<String, Work> works = new LinkedHashMap<>();
  private final List<Seen> seen = new ArrayList<>();
  private final List<Long> pauses = new ArrayList<>();
  private volatile String session = "";
  private volatile Job latest = Job.getDefaultInstance();

  /** A job that was acknowledged, and when it was asked for. */
  private record Mine(Work work, Job job, long from) {}

  User(
      int number,
      long seed,
      String target,
      Path ledger,
      Lines lines,
      History history,
      AtomicBoolean over) {
    this.number = number;
    this.seed = seed;
    this.target = target;
    this.ledger = ledger;
    this.lines = lines;
    this.history = history;
    this.over = over;
    this.random = new Random(seed * 1_000 + number);
  }

  /** Opens the session, before anything goes wrong. */
  void open() {
    var request =
        CreateSessionRequest.newBuilder()
            .setTarget(target)
            .setName("chaos-" + number)
            .setConnectTimeout(com.google.protobuf.Duration.newBuilder().setSeconds(120))
            .setKey("chaos-" + seed + "-" + number)
            .build();
    Question question = new Question("create", "", Duration.ofSeconds(150));
    session = ask(question, it -> it.sessions().createSession(request), Session::getId).getId();
  }

  /** Works until the run is over. */
  void work() {
    while (!over.get()) {
      var mine = new ArrayList<Mine>();
      try {
        submit(mine);
        if (random.nextDouble() < CANCELS) {
          cancel(mine.get(random.nextInt(mine.size())));
        }
      } catch (StatusRuntimeException refused) {
        mendIfBroken();
      }
      mine.forEach(this::follow);
      if (random.nextDouble() < DISCONNECTS) {
        try {
          disconnect();
        } catch (StatusRuntimeException refused) {
          mendIfBroken();
        }
      }
      think();
    }
  }

  private void think() {
    LockSupport.parkNanos(
        Duration.ofMillis(random.nextInt(SHORTEST_THOUGHT_MILLIS, LONGEST_THOUGHT_MILLIS))
            .toNanos());
  }

  private void submit(List<Mine> mine) {
    int burst = random.nextInt(1, 4);
    for (int i = 0; i < burst; i++) {
      Work work = Work.random("s" + number + "j" + works.size(), random);
      works.put(work.name(), work);
      long from = history.now();
      var request =
          SubmitJobRequest.newBuilder()
              .setSession(session)
              .setKey(work.name())
              .setLabel(work.name())
              .setScript(work.script(ledger))
              .build();
      latest =
          ask(
              new Question("submit", work.name(), DEADLINE),
              it -> it.jobs().submitJob(request),
              Job::getId);
      mine.add(new Mine(work, latest, from));
    }
  }

  private void cancel(Mine mine) {
    var request =
        CancelJobRequest.newBuilder()
            .setId(mine.job().getId())
            .setGrace(com.google.protobuf.Duration.newBuilder().setSeconds(2))
            .build();
    var unused =
        ask(
            new Question("cancel", mine.work().name(), DEADLINE),
            it -> it.jobs().cancelJob(request),
            job -> job.getState().name());
  }

  private void disconnect() {
    var request = SessionActRequest.newBuilder().setId(session).build();
    var unused =
        ask(
            new Question("disconnect", "", DEADLINE),
            it -> it.sessions().disconnectSession(request),
            it -> it.getState().name());
  }

  /** Waits until the session is Opened, repairs it if it is broken, and says how it is then. */
  String settle(Duration patience) {
    long until = System.nanoTime() + patience.toNanos();
    var request = SessionActRequest.newBuilder().setId(session).build();
    while (true) {
      try {
        mendIfBroken();
        return ask(
                new Question("connect", "", Duration.ofSeconds(30)),
                it -> it.sessions().connectSession(request),
                it -> it.getState().name())
            .getState()
            .name();
      } catch (StatusRuntimeException e) {
        if (System.nanoTime() > until) {
          return Lines.kind(e);
        }
        rest();
      }
    }
  }

  /** Follows a job to its end, from where it was whenever the stream is gone. */
  private void follow(Mine mine) {
    var out = new ByteArrayOutputStream();
    var err = new ByteArrayOutputStream();
    var question = new Question("follow", mine.work().name(), Duration.ofSeconds(20));
    long until = System.nanoTime() + PATIENCE.toNanos();
    Job job = Job.getDefaultInstance();
    String trouble = "";
    while (!hasEnded(job) && trouble.isEmpty()) {
      try {
        // Now and then the client goes away in the middle, and comes back through another node.
        Duration stay = Duration.ofMillis(random.nextInt(1_000, 20_000));
        job = once(question.within(stay), it -> read(it, mine.job().getId(), out, err), this::end);
      } catch (StatusRuntimeException e) {
        if (!isOutage(e) || System.nanoTime() > until) {
          trouble = "following ended with " + Lines.kind(e) + "; ";
        }
        mendIfBroken();
        rest();
      } catch (Torn e) {
        trouble = e.getMessage();
      }
    }
    boolean whole = job.getState() == JobState.SUCCEEDED || job.getState() == JobState.FAILED;
    var outBytes = com.google.protobuf.ByteString.copyFrom(out.toByteArray());
    var errBytes = com.google.protobuf.ByteString.copyFrom(err.toByteArray());
    seen.add(
        new Seen(
            mine.work().name(),
            mine.job().getId(),
            job.getState(),
            job.getExitCode(),
            trouble + mine.work().examine(outBytes, errBytes, whole),
            mine.from(),
            history.now()));
  }

  private String end(Job job) {
    return job.getState() + " " + job.getExitCode();
  }

  /** The stream itself is wrong. */
  private static final class Torn extends RuntimeException {
    private static final long serialVersionUID = 1;

    Torn(String message) {
      super(message);
    }
  }

  private Job read(
      Lines.Node node, String id, ByteArrayOutputStream out, ByteArrayOutputStream err) {
    var request =
        FollowOutputRequest.newBuilder()
            .setId(id)
            .setStdoutOffset(out.size())
            .setStderrOffset(err.size())
            .build();
    Iterator<FollowOutputResponse> answers = node.jobs().followOutput(request);
    Job last = Job.getDefaultInstance();
    long before = history.now();
    while (answers.hasNext()) {
      FollowOutputResponse answer = answers.next();
      if (out.size() > 0) {
        pause(history.now() - before);
      }
      before = history.now();
      if (answer.hasJob()) {
        last = answer.getJob();
      } else {
        add(answer.getPiece(), answer.getPiece().getStream() == OutputStream.STDERR ? err : out);
      }
    }
    if (!hasEnded(last)) {
      throw new Torn("the stream ended before the job; ");
    }
    return last;
  }

  private void pause(long millis) {
    synchronized (pauses) {
      pauses.add(millis);
    }
  }

  private static void add(OutputPiece piece, ByteArrayOutputStream to) {
    if (piece.getOffset() != to.size()) {
      throw new Torn("a piece at %d where %d was due; ".formatted(piece.getOffset(), to.size()));
    }
    to.writeBytes(piece.getData().toByteArray());
  }

  private static boolean hasEnded(Job job) {
    return job.getState() != JobState.JOB_STATE_UNSPECIFIED
        && job.getState() != JobState.QUEUED
        && job.getState() != JobState.RUNNING;
  }

  /** Looks at the session and its latest job until the run is over. */
  void look() {
    var luck = new Random(seed + number);
    while (!over.get()) {
      long next = System.nanoTime() + LOOK_EVERY.toNanos();
      try {
        lookOnce(luck.nextInt(lines.count()), luck.nextInt(3) == 0);
      } catch (StatusRuntimeException e) {
        // It is in the history.
      }
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  private void lookOnce(int through, boolean atJob) {
    Job job = latest;
    if (atJob && !job.getId().isEmpty()) {
      var request = GetJobRequest.newBuilder().setId(job.getId()).build();
      var unused =
          lines.ask(
              through,
              new Lines.Question(number, "job", job.getKey(), LOOK_DEADLINE),
              it -> it.jobs().getJob(request),
              it -> it.getState().name());
    } else {
      var request = GetSessionRequest.newBuilder().setId(session).build();
      var unused =
          lines.ask(
              through,
              new Lines.Question(number, "session", "", LOOK_DEADLINE),
              it -> it.sessions().getSession(request),
              it -> it.getState().name());
    }
  }

  /** A session that lost its shell gets a new one. */
  private void mendIfBroken() {
    var look = GetSessionRequest.newBuilder().setId(session).build();
    Session now =
        ask(
            new Question("session", "", DEADLINE),
            it -> it.sessions().getSession(look),
            it -> it.getState().name());
    if (now.getState() == SessionState.BROKEN) {
      try {
        var request = SessionActRequest.newBuilder().setId(session).build();
        var unused =
            once(
                new Question("repair", "", Duration.ofSeconds(30)),
                it -> it.sessions().repairSession(request),
                it -> it.getState().name());
      } catch (StatusRuntimeException e) {
        // It is in the history, and is tried again by who needs the session.
      }
    }
  }

  // ---- asking

  private record Question(String what, String job, Duration within) {
    Question within(Duration time) {
      return new Question(what, job, time);
    }
  }

  private <T> T once(Question question, Function<Lines.Node, T> call, Function<T, String> said) {
    return lines.ask(
        random.nextInt(lines.count()),
        new Lines.Question(number, question.what(), question.job(), question.within()),
        call,
        said);
  }

  /**
   * Asks until there is an answer.
   *
   * @throws StatusRuntimeException when it is a refusal, or there was none in all this time
   */
  private <T> T ask(Question question, Function<Lines.Node, T> call, Function<T, String> said) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return once(question, call, said);
      } catch (StatusRuntimeException e) {
        if (!isOutage(e) || System.nanoTime() > until) {
          throw e;
        }
        rest();
      }
    }
  }

  private static void rest() {
    LockSupport.parkNanos(AGAIN_AFTER.toNanos());
  }

  private static boolean isOutage(StatusRuntimeException e) {
    return Lines.isUnknown(e);
  }

  // ---- what is known in the end

  int number() {
    return number;
  }

  String session() {
    return session;
  }

  Path ledger() {
    return ledger;
  }

  Map<String, Work> works() {
    return works;
  }

  List<Seen> seen() {
    return seen;
  }

  /** How long nothing came while output was followed, each time, in milliseconds. */
  List<Long> pauses() {
    synchronized (pauses) {
      return List.copyOf(pauses);
    }
  }
}
