package dev.holdfast.session;

import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/** Steps that several states share. Each takes the session it is about. */
final class Steps {

  private Steps() {}

  static Decision refuse(String kind, String text, String advice) {
    return Decision.refuse(new Cause(kind, text, advice));
  }

  static Decision refused(Session session, String what) {
    return refuse(
        session.name().toLowerCase(Locale.ROOT),
        "the session is " + session.name() + " and cannot " + what,
        "'holdfast show " + session.core().id() + "' tells more");
  }

  static Decision noSuchJob(int number) {
    return refuse(
        "not-found", "the session has no job " + number, "'holdfast jobs' lists its jobs");
  }

  /** The job that was submitted with this key before. */
  static Optional<Decision> known(Session session, Command.Submit c, Instant now) {
    return session
        .jobs()
        .withKey(c.request().key())
        .map(job -> new Draft(session, now).about(job.number()).done());
  }

  /** Why no more can be queued. */
  static Optional<Decision> full(Session session, JobRequest request) {
    Terms terms = session.core().terms();
    Jobs jobs = session.jobs();
    return jobs.waiting().size() >= terms.queueLength()
            || jobs.bytesWaiting() + request.scriptBytes() > terms.queueBytes()
        ? Optional.of(
            refuse(
                "queue-full",
                "the session's queue has no room for this job: "
                    + jobs.waiting().size()
                    + " jobs wait",
                "wait for some to end, or cancel some"))
        : Optional.empty();
  }

  /** What the profile does not allow is refused, and written down. */
  private static Optional<Decision> forbidden(Session session, Command.Submit c, Instant now) {
    return session
        .core()
        .terms()
        .setup()
        .restriction()
        .flatMap(only -> only.refusal(c.request()))
        .map(
            why ->
                new Draft(session, now)
                    .write(new Event.Refused(c.request().label(), why))
                    .refuse(why)
                    .done());
  }

  /** A job is put at the end of the queue, once for each key. */
  static Decision submit(
      Session session, Command.Submit c, Instant now, UnaryOperator<Draft> then) {
    return known(session, c, now)
        .or(() -> forbidden(session, c, now))
        .or(() -> full(session, c.request()))
        .orElseGet(() -> then.apply(new Draft(session, now).queue(c.request(), c.by())).done());
  }

  /**
   * A waiting job is taken out; a running one is asked to end; for an ended one nothing changes.
   *
   * @param tell how the target comes to know of it
   */
  static Decision cancel(
      Session session, Command.Cancel c, Instant now, UnaryOperator<Draft> tell) {
    Optional<Job> job = session.jobs().find(c.job());
    if (job.isEmpty()) {
      return noSuchJob(c.job());
    }
    Draft draft = new Draft(session, now).about(c.job());
    if (job.get().phase() instanceof Job.Phase.Queued) {
      draft.finish(c.job(), Outcome.of(Outcome.Kind.STOPPED));
    } else if (session.jobs().isRunning(c.job())) {
      return tell.apply(draft.write(new Event.CancelAsked(c.job(), c.grace()))).done();
    }
    return draft.done();
  }

  /**
   * A terminal is held by one client at a time; one that holds it already may do so in a window of
   * another size.
   *
   * @param tell how the target comes to know of the size
   */
  static Decision hold(Session session, Command.Hold c, Instant now, UnaryOperator<Draft> tell) {
    Optional<Job> job = session.jobs().find(c.job());
    if (job.isEmpty()) {
      return noSuchJob(c.job());
    }
    if (job.get().request().terminal().isEmpty()) {
      return refuse("no-terminal", "job " + c.job() + " is no terminal", "follow its output");
    }
    if (job.get().phase() instanceof Job.Phase.Ended) {
      return refuse("ended", "the terminal has ended", "open another one");
    }
    Optional<Holder> other = job.get().holder().filter(one -> !one.key().equals(c.key()));
    if (other.isPresent() && !c.take()) {
      return heldBy(other.get());
    }
    Draft draft = new Draft(session, now).about(c.job());
    boolean same =
        job.get()
            .holder()
            .filter(
                one ->
                    one.key().equals(c.key())
                        && one.columns() == c.columns()
                        && one.rows() == c.rows())
            .isPresent();
    if (!same) {
      draft.write(new Event.TerminalHeld(c.job(), c.key(), c.by(), c.columns(), c.rows()));
    }
    return tell.apply(draft).done();
  }

  private static Decision heldBy(Holder other) {
    return refuse(
        "held",
        other.who() + " types in this terminal since " + other.since(),
        "watch it, or take it over");
  }

  /** Nobody types in the terminal, if it was this client that did. */
  static Decision letGo(Session session, Command.LetGo c, Instant now) {
    Optional<Job> job = session.jobs().find(c.job());
    if (job.isEmpty()) {
      return noSuchJob(c.job());
    }
    Draft draft = new Draft(session, now).about(c.job());
    return job.flatMap(Job::holder)
        .filter(one -> one.key().equals(c.key()))
        .map(one -> draft.write(new Event.TerminalLeft(c.job())).done())
        .orElseGet(draft::done);
  }

  /** The refusal of input of this client for this job, if it cannot take any. */
  static Optional<Decision> noInput(Session session, int number, String client) {
    return noInput(session, number)
        .or(
            () ->
                session
                    .jobs()
                    .find(number)
                    .filter(job -> !job.takesInputOf(client))
                    .map(
                        job ->
                            job.holder()
                                .map(Steps::heldBy)
                                .orElseGet(
                                    () ->
                                        refuse(
                                            "not-held",
                                            "nobody holds the terminal",
                                            "hold it, then type"))));
  }

  /** The refusal of input for this job, if it cannot take any. */
  static Optional<Decision> noInput(Session session, int number) {
    Optional<Job> job = session.jobs().find(number);
    if (job.isEmpty()) {
      return Optional.of(noSuchJob(number));
    }
    if (!job.get().request().hasInput()) {
      return Optional.of(
          refuse(
              "no-input",
              "job " + number + " was submitted without input",
              "submit it with input"));
    }
    if (job.get().phase() instanceof Job.Phase.Ended) {
      return Optional.of(
          refuse("ended", "job " + number + " has ended", "it reads no input any more"));
    }
    return job.get().inputSize().isPresent()
        ? Optional.of(
            refuse(
                "input-ended",
                "the input of job " + number + " was ended",
                "nothing can follow it"))
        : Optional.empty();
  }

  /** The input of a job is ended, once; asking for the same end again changes nothing. */
  static Decision endInput(
      Session session, Command.EndInput c, Instant now, UnaryOperator<Draft> tell) {
    Draft draft = new Draft(session, now).about(c.job());
    OptionalLong size = OptionalLong.of(c.size());
    if (session.jobs().find(c.job()).filter(job -> job.inputSize().equals(size)).isPresent()) {
      return draft.done();
    }
    return noInput(session, c.job())
        .orElseGet(() -> tell.apply(draft.write(new Event.InputEnded(c.job(), c.size()))).done());
  }

  /** A copy needs no link of the session: where there is none, it stays so. */
  static Decision beginCopy(Session session, Command.BeginCopy c, Instant now) {
    Setup setup = session.core().terms().setup();
    return setup
        .forbids("copy")
        .or(() -> asAnother(setup))
        .map(
            why ->
                new Draft(session, now)
                    .write(new Event.Refused("copy " + c.copy().path(), why))
                    .refuse(why)
                    .done())
        .orElseGet(() -> new Draft(session, now).write(new Event.CopyBegun(c.copy())).done());
  }

  /** Files are carried by the account that signs in, whoever the shell has become. */
  private static Optional<Cause> asAnother(Setup setup) {
    return setup.start().user().isEmpty()
        ? Optional.empty()
        : Optional.of(
            Restriction.refused(
                "files would be copied as the account that signs in, and not as the profile's user '"
                    + setup.start().user()
                    + "'"));
  }

  /** Neither the shell is left, nor anybody who knows what became of its job. */
  static Decision shellGone(Session session, Cause cause, Instant now) {
    return new Draft(session, now)
        .write(new Event.Broke(cause, true))
        .loseRunning(cause)
        .act(new Action.HangUp())
        .repairItself()
        .done();
  }

  /** The shell is not left, but the target may know what became of its job. */
  static Decision shellDead(Session session, Cause cause, Instant now) {
    return new Draft(session, now)
        .write(new Event.Broke(cause, true))
        .settle()
        .repairItself()
        .done();
  }

  static Decision forget(Draft draft) {
    Cause cause =
        new Cause("forced", "removed by force; its far side was not confirmed to be gone", "");
    Outcome unknown = Outcome.of(Outcome.Kind.UNKNOWN, cause);
    return draft.stopAll(unknown).close(Optional.of(cause)).done();
  }

  /**
   * The end of the running job is kept; a cancelled job that proved never to have started is
   * Stopped.
   */
  static Decision jobEnded(
      Session session, Command.JobEnded c, Instant now, UnaryOperator<Draft> then) {
    return session
        .jobs()
        .running()
        .filter(job -> job.number() == c.job())
        .map(job -> new Draft(session, now).finish(c.job(), outcome(job, c)))
        .map(draft -> then.apply(draft).done())
        .orElseGet(Decision::nothing);
  }

  static Outcome outcome(Job job, Command.JobEnded c) {
    return job.cancel().isPresent() && c.outcome().kind() == Outcome.Kind.NEVER_STARTED
        ? Outcome.of(Outcome.Kind.STOPPED)
        : c.outcome();
  }
}
