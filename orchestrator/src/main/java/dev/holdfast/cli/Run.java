package dev.holdfast.cli;

import dev.holdfast.client.Follow;
import dev.holdfast.client.Sink;
import dev.holdfast.protocol.v1.CancelJobRequest;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;

/**
 * One script in several sessions: submitted, given its input, followed to its end.
 *
 * <p>Ctrl-C leaves the jobs that were submitted running and names them, or cancels them if that is
 * wanted; sessions whose turn had not come get none.
 */
final class Run {

  private static final int NAMED_AT_MOST = 10;

  /** One that runs beside the queue is submitted when a shell for it is open. */
  private static final Duration SUBMIT = Duration.ofMinutes(2);

  private final Client client;
  private final Surroundings around;
  private final SubmitJobRequest request;
  private final Path input;
  private final boolean detach;
  private Place place = Place.THERE;
  private final Set<String> open = new ConcurrentSkipListSet<>();

  /**
   * A run.
   *
   * @param request what to submit, still without a session
   * @param input the jobs' standard input; null for none, {@code -} for ours
   * @param detach whether a job that is queued is done with
   */
  Run(Client client, Surroundings around, SubmitJobRequest request, Path input, boolean detach) {
    this.client = client;
    this.around = around;
    this.request = request;
    this.input = input;
    this.detach = detach;
  }

  /** Where it is run: by default in sessions that are there, and stay. */
  interface Place {
    Place THERE = session -> session;

    /** The session for it. */
    Session enter(Session wanted);

    /** Its output has been received. */
    default void leave(Session session) {}
  }

  /** The same, in another place. */
  Run at(Place other) {
    place = other;
    return this;
  }

  /** Runs it and gives the exit code: of one job its own, of several the highest. */
  int in(List<Session> sessions, int throttle, Report report, boolean kill) {
    return Interrupt.during(() -> each(sessions, throttle, report), () -> leave(kill));
  }

  private int each(List<Session> sessions, int throttle, Report report) {
    var code = new int[] {ExitCode.OK};
    try (var progress = new Progress(around, report.quiet() ? sessions.size() : 0)) {
      new Crowd(throttle)
          .run(
              sessions,
              session -> one(session, report.sink(session)),
              outcome -> {
                var result = outcome.value();
                code[0] = Math.max(code[0], result.exitCode());
                progress.hide();
                report.result(result);
                progress.done(result.failed() == null && (detach || result.succeeded()));
              });
    }
    report.end();
    return code[0];
  }

  private Result one(Session wanted, Sink sink) {
    Session session = wanted;
    Job job = null;
    Failed failed = null;
    try {
      session = place.enter(wanted);
      var submit = request.toBuilder().setSession(session.getId()).build();
      job = client.jobs(SUBMIT, jobs -> jobs.submitJob(submit));
      job = detach ? given(job) : followed(job, sink);
      if (!detach) {
        place.leave(session);
      }
    } catch (Failed trouble) {
      failed = trouble;
    }
    return new Result(
        session.getTarget(),
        job == null ? session.getId() : job.getSession(),
        wanted.getName(),
        job,
        failed,
        sink instanceof Collected collected && !detach ? collected : null);
  }

  private Job followed(Job job, Sink sink) {
    open.add(job.getId());
    if (input != null) {
      var pump = new Thread(() -> giveQuietly(job), "input");
      pump.setDaemon(true);
      pump.start();
    }
    var ended = client.follow(job.getId(), 0, 0, sink, Follow::untilEnd);
    open.remove(job.getId());
    return ended;
  }

  private Job given(Job job) {
    if (input != null) {
      give(job);
    }
    return job;
  }

  private void give(Job job) {
    try (InputStream in =
        input.toString().equals("-") ? around.in() : Files.newInputStream(input)) {
      client.giveInput(job.getId(), in);
    } catch (IOException e) {
      throw Failed.refused(
          "unreadable", "the input " + input + " cannot be read", "check that it is a file");
    }
  }

  /** A job may end without having read its input; any other trouble is told. */
  private void giveQuietly(Job job) {
    try {
      give(job);
    } catch (Failed failed) {
      if (open.contains(job.getId()) && !failed.kind().equals("ended")) {
        around.complain(
            "job " + job.getId() + " did not get all of its input: " + failed.getMessage(),
            failed.failure().getAdvice());
      }
    }
  }

  private void leave(boolean kill) {
    if (kill) {
      open.forEach(this::cancel);
    } else if (!open.isEmpty()) {
      around.say("");
      around.complain(
          open.size() == 1
              ? "detached; job " + open.iterator().next() + " goes on. To come back:"
              : "detached; " + open.size() + " jobs go on. To come back:",
          "");
      open.stream()
          .limit(NAMED_AT_MOST)
          .forEach(job -> around.say("  holdfast receive " + job + " --follow"));
      if (open.size() > NAMED_AT_MOST) {
        around.say("  and " + (open.size() - NAMED_AT_MOST) + " more, see holdfast list");
      }
    }
  }

  private void cancel(String job) {
    try {
      var request = CancelJobRequest.newBuilder().setId(job).setKey(Client.key(null)).build();
      var cancelled = client.jobsOnce(jobs -> jobs.cancelJob(request));
      around.say("holdfast: cancelled job " + cancelled.getId());
    } catch (Failed failed) {
      around.complain(
          "job " + job + " could not be cancelled: " + failed.getMessage(),
          "it may go on: holdfast cancel " + job);
    }
  }
}
