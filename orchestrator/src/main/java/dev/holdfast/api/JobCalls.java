package dev.holdfast.api;

import dev.holdfast.actor.Answer;
import dev.holdfast.directory.Directory;
import dev.holdfast.output.OutputLog;
import dev.holdfast.output.StreamName;
import dev.holdfast.protocol.v1.CancelJobRequest;
import dev.holdfast.protocol.v1.FollowOutputRequest;
import dev.holdfast.protocol.v1.FollowOutputResponse;
import dev.holdfast.protocol.v1.GetJobRequest;
import dev.holdfast.protocol.v1.GiveInputRequest;
import dev.holdfast.protocol.v1.GiveInputResponse;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobsGrpc;
import dev.holdfast.protocol.v1.ListJobsRequest;
import dev.holdfast.protocol.v1.ListJobsResponse;
import dev.holdfast.protocol.v1.MoveJobRequest;
import dev.holdfast.protocol.v1.OutputMode;
import dev.holdfast.protocol.v1.OutputPiece;
import dev.holdfast.protocol.v1.ReadOutputRequest;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import dev.holdfast.protocol.v1.WaitJobRequest;
import dev.holdfast.session.Command;
import dev.holdfast.session.JobRequest;
import dev.holdfast.session.Origin;
import dev.holdfast.session.Reply;
import dev.holdfast.session.Session;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.stream.Stream;

/**
 * The calls of the Jobs service. What reads or writes output runs on the disk's own threads, never
 * on those that serve the port.
 */
public final class JobCalls extends JobsGrpc.JobsImplBase {

  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final long LEAST_LIMIT = 64 * 1024;
  private static final long MOST_LIMIT = 1L << 40;
  private static final int LARGEST_INPUT = 1 << 20;

  private final Access access;
  private final Beside beside;
  private final Bounds bounds;
  private final OutputLog log;
  private final Executor disk;

  /**
   * @param disk runs what may block on the disk
   */
  public JobCalls(
      Directory directory,
      Asks asks,
      Administrators administrators,
      Bounds bounds,
      OutputLog log,
      Executor disk) {
    this.access = new Access(directory, asks, administrators);
    this.beside = new Beside(access);
    this.bounds = bounds;
    this.log = log;
    this.disk = disk;
  }

  // ---- submitting

  @Override
  public void submitJob(SubmitJobRequest request, StreamObserver<Job> caller) {
    Calls.answer(
        caller,
        () ->
            submit(request, Caller.current())
                .thenCompose(answer -> view(answer.session(), submitted(answer))));
  }

  @Override
  public void runJob(SubmitJobRequest request, StreamObserver<FollowOutputResponse> caller) {
    follow(
        caller,
        (follower, by) ->
            submit(request, by)
                .thenAccept(
                    answer -> follower.start(answer.session(), submitted(answer), by, 0, 0)));
  }

  private CompletionStage<Answer> submit(SubmitJobRequest request, Origin by) {
    String session = Fields.selector("session", request.getSession());
    JobRequest job = job(request);
    var submit = new Command.Submit(job, by);
    return request.getBackground()
        ? access
            .look(session, by)
            .thenCompose(of -> beside.open(of, "job", job.key(), by, new CompletableFuture<>()))
            .thenCompose(own -> access.ask(own, submit, by))
        : access.ask(session, submit, by);
  }

  private static int submitted(Answer answer) {
    return ((Reply.Accepted) answer.reply()).job().orElseThrow();
  }

  private JobRequest job(SubmitJobRequest request) {
    Script script = Script.of(request);
    Fields.check(
        script.text().getBytes(StandardCharsets.UTF_8).length <= bounds.scriptBytes(),
        "script",
        "may have " + bounds.scriptBytes() + " bytes at most");
    long limit = request.getOutputLimit();
    Fields.check(
        limit == 0 || (limit >= LEAST_LIMIT && limit <= MOST_LIMIT),
        "output_limit",
        "must be 0, or from 65536 to " + MOST_LIMIT);
    OutputMode mode = request.getOutputMode();
    Fields.check(
        mode != OutputMode.UNRECOGNIZED && (mode != OutputMode.DROP || limit > 0),
        "output_mode",
        "must be BLOCK, or DROP together with an output_limit");
    return new JobRequest(
        Fields.key(request.getKey()).orElseGet(() -> "auto-" + Ids.fresh()),
        Views.shortened(
            (request.getLabel().isEmpty() ? script.label() : request.getLabel())
                .replaceAll("\\p{Cntrl}+", " ")
                .strip()),
        script.text(),
        Fields.duration(
            "timeout",
            request::hasTimeout,
            request.getTimeout(),
            Duration.ZERO,
            SECOND,
            Duration.ofDays(365)),
        limit,
        mode == OutputMode.DROP,
        request.getHasInput(),
        script.argv());
  }

  // ---- looking and waiting

  @Override
  public void getJob(GetJobRequest request, StreamObserver<Job> caller) {
    Calls.answer(
        caller,
        () -> {
          JobId id = JobId.parse(request.getId());
          return access
              .findJob(id, Caller.current())
              .thenCompose(session -> view(session, id.number()));
        });
  }

  @Override
  public void waitJob(WaitJobRequest request, StreamObserver<Job> caller) {
    Calls.answerWaiting(
        caller,
        gone -> {
          JobId id = JobId.parse(request.getId());
          Duration limit =
              Fields.duration(
                  "timeout",
                  request::hasTimeout,
                  request.getTimeout(),
                  Duration.ofSeconds(30),
                  Duration.ZERO,
                  HOUR);
          Origin by = Caller.current();
          return access
              .findJob(id, by)
              .thenCompose(
                  session ->
                      access.until(session, limit, gone, now -> Views.ended(now, id.number())))
              .thenCompose(session -> access.findJob(id, by))
              .thenCompose(session -> view(session, id.number()));
        });
  }

  @Override
  public void listJobs(ListJobsRequest request, StreamObserver<ListJobsResponse> caller) {
    Calls.answer(
        caller,
        () -> {
          int size = Fields.pageSize(request.getPageSize());
          String token = request.getPageToken();
          Fields.check(
              token.matches("|[1-9][0-9]{0,8}"), "page_token", "is none that this API has given");
          Origin by = Caller.current();
          return access
              .ask(Fields.selector("session", request.getSession()), new Command.Look(), by)
              .thenApplyAsync(answer -> page(answer.session(), token, size, by), disk);
        });
  }

  /**
   * Running, waiting, then ended ones, newest first; at last those beside the queue. A page ends
   * after a job's number.
   */
  private ListJobsResponse page(Session session, String token, int size, Origin by) {
    List<Integer> ended =
        new ArrayList<>(
            session.jobs().ended().stream().map(dev.holdfast.session.Job::number).toList());
    Collections.reverse(ended);
    List<Integer> numbers =
        Stream.of(
                session.jobs().running().stream().map(dev.holdfast.session.Job::number),
                session.jobs().waiting().stream().map(dev.holdfast.session.Job::number),
                ended.stream())
            .flatMap(part -> part)
            .toList();
    int from = token.isEmpty() ? 0 : numbers.indexOf(Integer.valueOf(token)) + 1;
    List<Integer> shown = numbers.subList(from, (int) Math.min(numbers.size(), (long) from + size));
    var answer = ListJobsResponse.newBuilder();
    shown.forEach(number -> answer.addJobs(viewNow(session, number)));
    if (from + shown.size() < numbers.size()) {
      answer.setNextPageToken(Integer.toString(shown.get(shown.size() - 1)));
    } else {
      for (Session own : beside.living(session.core().id(), by)) {
        own.jobs().all().forEach(job -> answer.addJobs(viewNow(own, job.number())));
      }
    }
    return answer.build();
  }

  private CompletionStage<Job> view(Session session, int number) {
    return CompletableFuture.supplyAsync(() -> viewNow(session, number), disk);
  }

  private Job viewNow(Session session, int number) {
    try {
      return Views.job(session, number, log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- acts

  @Override
  public void cancelJob(CancelJobRequest request, StreamObserver<Job> caller) {
    Calls.answer(
        caller,
        () -> {
          Fields.key(request.getKey());
          Duration grace =
              Fields.duration(
                  "grace",
                  request::hasGrace,
                  request.getGrace(),
                  Duration.ofSeconds(10),
                  Duration.ZERO,
                  HOUR);
          JobId id = JobId.parse(request.getId());
          return act(id, new Command.Cancel(id.number(), grace));
        });
  }

  @Override
  public void moveJob(MoveJobRequest request, StreamObserver<Job> caller) {
    Calls.answer(
        caller,
        () -> {
          Fields.key(request.getKey());
          Fields.check(request.getPosition() >= 1, "position", "must be 1 or more");
          JobId id = JobId.parse(request.getId());
          return act(id, new Command.Move(id.number(), request.getPosition()));
        });
  }

  private CompletionStage<Job> act(JobId id, Command command) {
    return access
        .ask(id.session(), command, Caller.current())
        .thenCompose(answer -> view(answer.session(), id.number()));
  }

  // ---- output and input

  @Override
  public void readOutput(ReadOutputRequest request, StreamObserver<OutputPiece> caller) {
    Calls.answerWaiting(
        caller,
        gone -> {
          JobId id = JobId.parse(request.getId());
          Reading reading = Reading.of(request);
          Origin by = Caller.current();
          return access
              .findJob(id, by)
              .thenCompose(
                  session -> {
                    markRead(session, id.number(), reading, by);
                    return reading.start(access, log, disk, session, id.number(), gone);
                  });
        });
  }

  /** Who asks from an offset has what is before it; a job with limited output waits for that. */
  private void markRead(Session session, int number, Reading reading, Origin by) {
    if (reading.offset() > 0 && Access.job(session, number).request().outputLimit() > 0) {
      boolean out = reading.stream() == StreamName.OUT;
      var unused =
          access.ask(
              session,
              new Command.MarkRead(number, out ? reading.offset() : 0, out ? 0 : reading.offset()),
              by);
    }
  }

  @Override
  public void followOutput(
      FollowOutputRequest request, StreamObserver<FollowOutputResponse> caller) {
    follow(
        caller,
        (follower, by) -> {
          JobId id = JobId.parse(request.getId());
          long out = request.getStdoutOffset();
          long err = request.getStderrOffset();
          Fields.check(out >= 0, "stdout_offset", "must not be negative");
          Fields.check(err >= 0, "stderr_offset", "must not be negative");
          return access
              .findJob(id, by)
              .thenAccept(session -> follower.start(session, id.number(), by, out, err));
        });
  }

  /** Finds the job that is to be followed, and starts its follower. */
  private interface Beginning {
    CompletionStage<Void> of(Follower follower, Origin by);
  }

  private void follow(StreamObserver<FollowOutputResponse> caller, Beginning beginning) {
    var follower =
        new Follower((ServerCallStreamObserver<FollowOutputResponse>) caller, access, log, disk);
    try {
      var unused =
          beginning
              .of(follower, Caller.current())
              .whenComplete(
                  (started, failed) -> {
                    if (failed != null) {
                      follower.fail(failed);
                    }
                  });
    } catch (RuntimeException e) {
      follower.fail(e);
    }
  }

  @Override
  public void giveInput(GiveInputRequest request, StreamObserver<GiveInputResponse> caller) {
    Calls.answer(
        caller,
        () -> {
          JobId id = JobId.parse(request.getId());
          Fields.check(request.getOffset() >= 0, "offset", "must not be negative");
          Fields.check(request.getData().size() <= LARGEST_INPUT, "data", "may have 1 MiB at most");
          Origin by = Caller.current();
          return access
              .findJob(id, by)
              .thenCompose(session -> give(session, id.number(), request, by));
        });
  }

  /** The bytes are stored before the session hears of them; a repeat changes nothing. */
  private CompletionStage<GiveInputResponse> give(
      Session session, int number, GiveInputRequest request, Origin by) {
    var job = Access.job(session, number);
    if (job.request().terminal().isPresent()) {
      throw Refusal.of(
          Kind.NO_INPUT, "job " + number + " is a terminal", "hold it, and type in it");
    }
    long upTo = request.getOffset() + request.getData().size();
    if (job.inputSize().isPresent() && upTo <= job.inputSize().getAsLong()) {
      return CompletableFuture.completedStage(next(job.inputSize().getAsLong()));
    }
    if (!job.request().hasInput() || Views.ended(session, number) || job.inputSize().isPresent()) {
      // The session says which of these it is.
      return access.ask(session, new Command.GiveInput(number), by).thenApply(answer -> next(upTo));
    }
    return CompletableFuture.supplyAsync(
            () ->
                Input.store(
                    log,
                    Views.place(session.core().id(), number, StreamName.IN),
                    request.getOffset(),
                    request.getData(),
                    request.getEnd()),
            disk)
        .thenCompose(
            end ->
                access
                    .ask(
                        session,
                        request.getEnd()
                            ? new Command.EndInput(number, end)
                            : new Command.GiveInput(number),
                        by)
                    .thenApply(answer -> next(end)));
  }

  private static GiveInputResponse next(long offset) {
    return GiveInputResponse.newBuilder().setNext(offset).build();
  }
}
