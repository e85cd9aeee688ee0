package dev.holdfast.session;

import dev.holdfast.session.Command.LinkFailed.Next;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The life of one remote session, as values: each state says what it accepts and refuses everything
 * else.
 *
 * <p>To the world there are PowerShell's four states. {@link Opening} and {@link Removing} are
 * shown as Disconnected, with that reason; {@link New} is "not found". Nothing here touches a
 * clock, a socket or an actor.
 *
 * <p>Guarantees, held for any order of commands, reports and crashes (see {@code
 * SessionProperties}): a job is handed to a target under one number only; what was accepted ends in
 * a named outcome or is still there; jobs start in queue order, one at a time; replaying the events
 * gives the same state; after {@link Command.Wake} everything owed is asked for again.
 */
public sealed interface Session {

  Core core();

  Session with(Core core);

  /** The state's name as people know it. */
  default String name() {
    return getClass().getSimpleName();
  }

  default Jobs jobs() {
    return core().jobs();
  }

  /** An attempt to hold a link failed and will be repeated. */
  default Session failed(Cause cause, boolean touched) {
    return this;
  }

  // ---- by default, clients are refused, and reports change nothing

  default Decision on(Command.Open c, Instant now) {
    return core().terms().equals(c.terms()) && core().owner().tenant().equals(c.owner().tenant())
        ? Decision.nothing()
        : refuse(
            "key-reused",
            "this key was used to open another session",
            "use a new key for a new session");
  }

  default Decision on(Command.Submit c, Instant now) {
    return refused("run a job");
  }

  default Decision on(Command.Cancel c, Instant now) {
    return jobs().find(c.job()).isPresent() ? draft(now).about(c.job()).done() : noSuchJob(c.job());
  }

  default Decision on(Command.Move c, Instant now) {
    if (jobs().find(c.job()).isEmpty()) {
      return noSuchJob(c.job());
    }
    return jobs().position(c.job()) == 0
        ? refuse(
            "not-waiting",
            "job " + c.job() + " does not wait any more",
            "only waiting jobs can be moved")
        : draft(now).write(new Event.JobMoved(c.job(), c.position())).about(c.job()).done();
  }

  default Decision on(Command.GiveInput c, Instant now) {
    return input(c.job()).orElseGet(() -> draft(now).about(c.job()).done());
  }

  default Decision on(Command.EndInput c, Instant now) {
    return input(c.job())
        .orElseGet(
            () -> draft(now).write(new Event.InputEnded(c.job(), c.size())).about(c.job()).done());
  }

  default Decision on(Command.MarkRead c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.Disconnect c, Instant now) {
    return refused("disconnect");
  }

  default Decision on(Command.Connect c, Instant now) {
    return refused("connect");
  }

  default Decision on(Command.Repair c, Instant now) {
    return refuse(
        "not-broken",
        "the session is " + name() + ", there is nothing to repair",
        "repair is for Broken sessions");
  }

  default Decision on(Command.Remove c, Instant now) {
    Draft draft = draft(now).write(new Event.RemovalAsked(Optional.empty())).stopWaiting();
    return c.force() ? forget(draft) : draft.connect().done();
  }

  default Decision on(Command.Look c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.Wake c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.LinkUp c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.LinkFailed c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.LinkDown c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.ShellGone c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.ShellDead c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.JobEnded c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.ShellRenewed c, Instant now) {
    return Decision.nothing();
  }

  default Decision on(Command.EscapeesKilled c, Instant now) {
    return jobs().find(c.job()).isPresent()
        ? draft(now).write(new Event.EscapeesEnded(c.job(), c.pids())).done()
        : Decision.nothing();
  }

  default Decision on(Command.SpoolsCut c, Instant now) {
    return jobs().uncut().stream().anyMatch(c.jobs()::contains)
        ? draft(now).write(new Event.SpoolsDeleted(c.jobs())).done()
        : Decision.nothing();
  }

  default Decision on(Command.FarSideEnded c, Instant now) {
    return Decision.nothing();
  }

  // ---- steps that several states share

  private Draft draft(Instant now) {
    return new Draft(this, now);
  }

  private static Decision refuse(String kind, String text, String advice) {
    return Decision.refuse(new Cause(kind, text, advice));
  }

  private Decision refused(String what) {
    return refuse(
        name().toLowerCase(Locale.ROOT),
        "the session is " + name() + " and cannot " + what,
        "'holdfast show " + core().id() + "' tells more");
  }

  private static Decision noSuchJob(int number) {
    return refuse(
        "not-found", "the session has no job " + number, "'holdfast jobs' lists its jobs");
  }

  /** The refusal of input for this job, if it cannot take any. */
  private Optional<Decision> input(int number) {
    Optional<Job> job = jobs().find(number);
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

  /** A job that was submitted with this key before, or the reason why no more can be queued. */
  private Optional<Decision> answerWithoutQueueing(JobRequest request, Instant now) {
    Optional<Job> same = jobs().withKey(request.key());
    if (same.isPresent()) {
      return Optional.of(draft(now).about(same.get().number()).done());
    }
    Terms terms = core().terms();
    boolean full =
        jobs().waiting().size() >= terms.queueLength()
            || jobs().bytesWaiting() + request.script().length() > terms.queueBytes();
    return full
        ? Optional.of(
            refuse(
                "queue-full",
                "the session's queue is full: " + jobs().waiting().size() + " jobs wait",
                "wait for some to end, or cancel some"))
        : Optional.empty();
  }

  /**
   * A waiting job is taken out; a running one is asked to end; for an ended one nothing changes.
   */
  private Decision cancel(Command.Cancel c, Instant now, boolean linked) {
    Optional<Job> job = jobs().find(c.job());
    if (job.isEmpty()) {
      return noSuchJob(c.job());
    }
    Draft draft = draft(now).about(c.job());
    if (job.get().phase() instanceof Job.Phase.Queued) {
      draft.finish(c.job(), Outcome.of(Outcome.Kind.STOPPED));
    } else if (jobs().isRunning(c.job())) {
      draft.write(new Event.CancelAsked(c.job(), c.grace()));
      if (linked) {
        draft.act(new Action.CancelJob(c.job(), c.grace()));
      }
    }
    return draft.done();
  }

  private Decision breakUp(Instant now, Cause cause, boolean shellGone) {
    return draft(now).write(new Event.Broke(cause, shellGone)).done();
  }

  private static Decision forget(Draft draft) {
    Cause cause =
        new Cause("forced", "removed by force; its far side was not confirmed to be gone", "");
    Outcome unknown = Outcome.of(Outcome.Kind.UNKNOWN, cause);
    return draft.stopAll(unknown).close(Optional.of(cause)).done();
  }

  /**
   * An end of the running job, as it is kept: a cancelled job that proved never to have started is
   * Stopped.
   */
  private Optional<Outcome> outcomeFor(Command.JobEnded c) {
    return jobs()
        .running()
        .filter(job -> job.number() == c.job())
        .map(
            job ->
                job.cancel().isPresent() && c.outcome().kind() == Outcome.Kind.NEVER_STARTED
                    ? Outcome.of(Outcome.Kind.STOPPED)
                    : c.outcome());
  }

  // ---- the states

  /** Where every id begins: nothing was asked yet. */
  record New() implements Session {
    @Override
    public Core core() {
      return Core.NONE;
    }

    @Override
    public Session with(Core core) {
      return this;
    }

    @Override
    public Decision on(Command.Open c, Instant now) {
      return new Draft(this, now)
          .write(new Event.Requested(c.id(), c.terms(), c.owner()))
          .connect()
          .done();
    }

    @Override
    public Decision on(Command.Remove c, Instant now) {
      return unknown();
    }

    @Override
    public Decision on(Command.Submit c, Instant now) {
      return unknown();
    }

    @Override
    public Decision on(Command.Disconnect c, Instant now) {
      return unknown();
    }

    @Override
    public Decision on(Command.Connect c, Instant now) {
      return unknown();
    }

    @Override
    public Decision on(Command.Repair c, Instant now) {
      return unknown();
    }

    @Override
    public Decision on(Command.Look c, Instant now) {
      return unknown();
    }

    private static Decision unknown() {
      return refuse(
          "not-found", "there is no such session", "'holdfast list' shows the sessions there are");
    }
  }

  /**
   * It was asked for, and its first link is being opened. If that fails, no session is left.
   *
   * @param deadline until when attempts are repeated
   * @param touched whether an attempt may have left something on the target
   */
  record Opening(Core core, Instant deadline, boolean touched) implements Session {
    @Override
    public Session with(Core next) {
      return new Opening(next, deadline, touched);
    }

    @Override
    public Session failed(Cause cause, boolean more) {
      return new Opening(core, deadline, touched || more);
    }

    @Override
    public Decision on(Command.Submit c, Instant now) {
      return Session.super
          .answerWithoutQueueing(c.request(), now)
          .orElseGet(() -> new Draft(this, now).queue(c.request(), c.by()).done());
    }

    @Override
    public Decision on(Command.Cancel c, Instant now) {
      return Session.super.cancel(c, now, false);
    }

    @Override
    public Decision on(Command.Connect c, Instant now) {
      return Decision.nothing();
    }

    @Override
    public Decision on(Command.Wake c, Instant now) {
      return new Draft(this, now).connect().done();
    }

    @Override
    public Decision on(Command.LinkUp c, Instant now) {
      return Session.super
          .draft(now)
          .write(new Event.LinkOpened(c.bootId(), c.generation()))
          .moveOn()
          .done();
    }

    @Override
    public Decision on(Command.LinkFailed c, Instant now) {
      boolean again = c.next() == Next.RETRY && now.isBefore(deadline);
      return again
          ? new Draft(this, now).retry(c, Optional.empty()).done()
          : giveUp(c.cause(), c.touched(), now);
    }

    @Override
    public Decision on(Command.LinkDown c, Instant now) {
      return giveUp(c.cause(), true, now);
    }

    @Override
    public Decision on(Command.ShellGone c, Instant now) {
      return giveUp(c.cause(), false, now);
    }

    @Override
    public Decision on(Command.ShellDead c, Instant now) {
      return giveUp(c.cause(), true, now);
    }

    /** What may have been left behind is cleaned up before the session is forgotten. */
    private Decision giveUp(Cause cause, boolean more, Instant now) {
      Draft draft = new Draft(this, now);
      return touched || more
          ? draft.write(new Event.RemovalAsked(Optional.of(cause))).stopWaiting().connect().done()
          : draft.stopWaiting().close(Optional.of(cause)).done();
    }
  }

  /** A link is up. */
  record Opened(Core core, String bootId) implements Session {
    @Override
    public Session with(Core next) {
      return new Opened(next, bootId);
    }

    @Override
    public Decision on(Command.Submit c, Instant now) {
      return Session.super
          .answerWithoutQueueing(c.request(), now)
          .orElseGet(() -> new Draft(this, now).queue(c.request(), c.by()).moveOn().done());
    }

    @Override
    public Decision on(Command.Cancel c, Instant now) {
      return Session.super.cancel(c, now, true);
    }

    @Override
    public Decision on(Command.GiveInput c, Instant now) {
      return Session.super
          .input(c.job())
          .orElseGet(() -> feed(new Draft(this, now), c.job(), OptionalLong.empty()));
    }

    @Override
    public Decision on(Command.EndInput c, Instant now) {
      return Session.super
          .input(c.job())
          .orElseGet(
              () ->
                  feed(
                      new Draft(this, now).write(new Event.InputEnded(c.job(), c.size())),
                      c.job(),
                      OptionalLong.of(c.size())));
    }

    private Decision feed(Draft draft, int job, OptionalLong size) {
      return (jobs().isRunning(job) ? draft.act(new Action.FeedInput(job, size)) : draft)
          .about(job)
          .done();
    }

    @Override
    public Decision on(Command.MarkRead c, Instant now) {
      return jobs().isRunning(c.job())
          ? new Draft(this, now).act(new Action.MarkRead(c.job(), c.out(), c.err())).done()
          : Decision.nothing();
    }

    @Override
    public Decision on(Command.Disconnect c, Instant now) {
      return new Draft(this, now)
          .write(new Event.LinkLost(Disconnected.Reason.ASKED, Optional.empty()))
          .act(new Action.HangUp())
          .done();
    }

    @Override
    public Decision on(Command.Connect c, Instant now) {
      return Decision.nothing();
    }

    @Override
    public Decision on(Command.Remove c, Instant now) {
      Draft draft =
          new Draft(this, now).write(new Event.RemovalAsked(Optional.empty())).stopWaiting();
      return c.force() ? forget(draft) : draft.act(new Action.EndFarSide()).done();
    }

    @Override
    public Decision on(Command.Wake c, Instant now) {
      return lost(now, Disconnected.Reason.NODE_RESTARTED, Optional.empty());
    }

    @Override
    public Decision on(Command.LinkDown c, Instant now) {
      return lost(now, Disconnected.Reason.LINK_LOST, Optional.of(c.cause()));
    }

    private Decision lost(Instant now, Disconnected.Reason reason, Optional<Cause> cause) {
      return new Draft(this, now).write(new Event.LinkLost(reason, cause)).connect().done();
    }

    @Override
    public Decision on(Command.JobEnded c, Instant now) {
      return Session.super
          .outcomeFor(c)
          .map(outcome -> new Draft(this, now).finish(c.job(), outcome).moveOn().tidy().done())
          .orElseGet(Decision::nothing);
    }

    @Override
    public Decision on(Command.ShellRenewed c, Instant now) {
      return c.generation() > core.generation()
          ? new Draft(this, now).write(new Event.ShellReplaced(c.job(), c.generation())).done()
          : Decision.nothing();
    }
  }

  /** The shell lives on its target, and no link is held. */
  record Disconnected(Core core, Reason reason, Optional<Cause> lastFailure) implements Session {

    /** Why there is no link. */
    public enum Reason {
      /** Somebody asked for it; the next use connects again. */
      ASKED,
      LINK_LOST,
      NODE_RESTARTED,
      REPAIRING
    }

    @Override
    public Session with(Core next) {
      return new Disconnected(next, reason, lastFailure);
    }

    @Override
    public Session failed(Cause cause, boolean touched) {
      return new Disconnected(core, reason, Optional.of(cause));
    }

    @Override
    public Decision on(Command.Submit c, Instant now) {
      return Session.super
          .answerWithoutQueueing(c.request(), now)
          .orElseGet(() -> connectAgain(new Draft(this, now).queue(c.request(), c.by())));
    }

    @Override
    public Decision on(Command.Cancel c, Instant now) {
      Decision decision = Session.super.cancel(c, now, false);
      return reason == Reason.ASKED && jobs().isRunning(c.job())
          ? connectAgain(
              new Draft(this, now).write(new Event.CancelAsked(c.job(), c.grace())).about(c.job()))
          : decision;
    }

    @Override
    public Decision on(Command.Disconnect c, Instant now) {
      return reason == Reason.ASKED
          ? Decision.nothing()
          : new Draft(this, now)
              .write(new Event.LinkLost(Reason.ASKED, Optional.empty()))
              .act(new Action.HangUp())
              .done();
    }

    @Override
    public Decision on(Command.Connect c, Instant now) {
      return reason == Reason.ASKED
          ? connectAgain(new Draft(this, now))
          : new Draft(this, now).act(new Action.Hurry()).done();
    }

    /**
     * If it was somebody's wish that there be no link, it is over; else an attempt is under way
     * already.
     */
    private Decision connectAgain(Draft draft) {
      return reason == Reason.ASKED
          ? draft.write(new Event.LinkLost(Reason.LINK_LOST, Optional.empty())).connect().done()
          : draft.done();
    }

    @Override
    public Decision on(Command.Wake c, Instant now) {
      boolean wanted = reason != Reason.ASKED || !jobs().waiting().isEmpty();
      return wanted ? new Draft(this, now).connect().done() : Decision.nothing();
    }

    @Override
    public Decision on(Command.LinkUp c, Instant now) {
      return reason == Reason.ASKED
          ? Decision.nothing()
          : new Draft(this, now)
              .write(new Event.LinkOpened(c.bootId(), c.generation()))
              .pickUp()
              .moveOn()
              .done();
    }

    @Override
    public Decision on(Command.LinkFailed c, Instant now) {
      if (reason == Reason.ASKED) {
        return Decision.nothing();
      }
      return Draft.givesUp(c)
          ? Session.super.breakUp(now, c.cause(), false)
          : new Draft(this, now).retry(c, lastFailure).done();
    }

    @Override
    public Decision on(Command.LinkDown c, Instant now) {
      return on(new Command.LinkFailed(c.epoch(), c.cause(), Next.RETRY_IF_OPEN, true), now);
    }

    @Override
    public Decision on(Command.ShellGone c, Instant now) {
      Draft draft = new Draft(this, now).write(new Event.Broke(c.cause(), true));
      jobs()
          .running()
          .ifPresent(
              job -> draft.finish(job.number(), Outcome.of(Outcome.Kind.UNKNOWN, c.cause())));
      return draft.act(new Action.HangUp()).done();
    }

    @Override
    public Decision on(Command.ShellDead c, Instant now) {
      Draft draft = new Draft(this, now).write(new Event.Broke(c.cause(), true));
      return jobs()
          .running()
          .map(job -> draft.act(new Action.Settle(job.number())))
          .orElseGet(() -> draft.act(new Action.HangUp()))
          .done();
    }
  }

  /**
   * The shell is gone, or cannot be reached by any retry. Waiting jobs are kept.
   *
   * @param shellGone whether it is certain that the shell is gone; if not, connecting again is
   *     worth a try once the cause is mended
   */
  record Broken(Core core, Cause cause, boolean shellGone) implements Session {
    @Override
    public Session with(Core next) {
      return new Broken(next, cause, shellGone);
    }

    @Override
    public Decision on(Command.Submit c, Instant now) {
      return jobs()
          .withKey(c.request().key())
          .map(job -> new Draft(this, now).about(job.number()).done())
          .orElseGet(() -> refuse("broken", "the session is Broken: " + cause.text(), advice()));
    }

    @Override
    public Decision on(Command.Cancel c, Instant now) {
      return Session.super.cancel(c, now, false);
    }

    @Override
    public Decision on(Command.Disconnect c, Instant now) {
      return refuse("broken", "the session is Broken: " + cause.text(), advice());
    }

    @Override
    public Decision on(Command.Connect c, Instant now) {
      return shellGone
          ? refuse("broken", "the session is Broken: " + cause.text(), advice())
          : new Draft(this, now)
              .write(new Event.LinkLost(Disconnected.Reason.LINK_LOST, Optional.of(cause)))
              .connect()
              .done();
    }

    private String advice() {
      String repair = "'holdfast repair " + core.id() + "' gives it a new shell";
      return shellGone
          ? repair
          : cause.advice() + "; then 'holdfast connect " + core.id() + "', or " + repair;
    }

    @Override
    public Decision on(Command.Repair c, Instant now) {
      Optional<Job> running = jobs().running();
      if (running.isPresent() && shellGone) {
        return refuse(
            "settling",
            "the target is still being asked what became of job " + running.get().number(),
            "try again in a moment");
      }
      Draft draft = new Draft(this, now);
      running.ifPresent(job -> draft.finish(job.number(), Outcome.of(Outcome.Kind.UNKNOWN, cause)));
      return draft.write(new Event.Repaired()).connect().done();
    }

    @Override
    public Decision on(Command.Wake c, Instant now) {
      return settling() ? new Draft(this, now).connect().done() : Decision.nothing();
    }

    /** The target is still to be asked what became of the job that ran when the shell died. */
    private boolean settling() {
      return shellGone && jobs().running().isPresent();
    }

    @Override
    public Decision on(Command.LinkFailed c, Instant now) {
      return settling()
          ? new Draft(this, now).act(new Action.Connect(core.epoch(), false, true)).done()
          : Decision.nothing();
    }

    @Override
    public Decision on(Command.LinkDown c, Instant now) {
      return settling() ? new Draft(this, now).connect().done() : Decision.nothing();
    }

    @Override
    public Decision on(Command.ShellDead c, Instant now) {
      Draft draft = new Draft(this, now);
      return jobs()
          .running()
          .map(job -> draft.act(new Action.Settle(job.number())))
          .orElseGet(() -> draft.act(new Action.HangUp()))
          .done();
    }

    @Override
    public Decision on(Command.ShellGone c, Instant now) {
      Draft draft = new Draft(this, now);
      jobs()
          .running()
          .ifPresent(
              job -> draft.finish(job.number(), Outcome.of(Outcome.Kind.UNKNOWN, c.cause())));
      return draft.act(new Action.HangUp()).done();
    }

    @Override
    public Decision on(Command.JobEnded c, Instant now) {
      return Session.super
          .outcomeFor(c)
          .map(
              outcome ->
                  new Draft(this, now).finish(c.job(), outcome).act(new Action.HangUp()).done())
          .orElseGet(Decision::nothing);
    }
  }

  /**
   * It is being ended; that is repeated until the target confirms it. {@code lastFailure}: why it
   * takes so long.
   */
  record Removing(Core core, Optional<Cause> lastFailure) implements Session {
    @Override
    public Session with(Core next) {
      return new Removing(next, lastFailure);
    }

    @Override
    public Session failed(Cause cause, boolean touched) {
      return new Removing(core, Optional.of(cause));
    }

    @Override
    public Decision on(Command.Remove c, Instant now) {
      return c.force()
          ? forget(new Draft(this, now))
          : new Draft(this, now).act(new Action.Hurry()).done();
    }

    @Override
    public Decision on(Command.Wake c, Instant now) {
      return new Draft(this, now).connect().done();
    }

    @Override
    public Decision on(Command.LinkUp c, Instant now) {
      return new Draft(this, now).act(new Action.EndFarSide()).done();
    }

    @Override
    public Decision on(Command.ShellDead c, Instant now) {
      return new Draft(this, now).act(new Action.EndFarSide()).done();
    }

    @Override
    public Decision on(Command.LinkFailed c, Instant now) {
      return new Draft(this, now).retry(c, lastFailure).done();
    }

    @Override
    public Decision on(Command.LinkDown c, Instant now) {
      return new Draft(this, now).connect().done();
    }

    @Override
    public Decision on(Command.JobEnded c, Instant now) {
      return Session.super
          .outcomeFor(c)
          .map(outcome -> new Draft(this, now).finish(c.job(), outcome).done())
          .orElseGet(Decision::nothing);
    }

    @Override
    public Decision on(Command.ShellGone c, Instant now) {
      return closed(now);
    }

    @Override
    public Decision on(Command.FarSideEnded c, Instant now) {
      return closed(now);
    }

    private Decision closed(Instant now) {
      return new Draft(this, now)
          .stopAll(Outcome.of(Outcome.Kind.STOPPED))
          .close(lastFailure)
          .done();
    }
  }

  /** It has ended. {@code cause}: why it could not be opened, or that it was forgotten by force. */
  record Closed(Core core, Optional<Cause> cause) implements Session {
    @Override
    public Session with(Core next) {
      return new Closed(next, cause);
    }

    @Override
    public Decision on(Command.Remove c, Instant now) {
      return Decision.nothing();
    }

    @Override
    public Decision on(Command.Move c, Instant now) {
      return Session.super.refused("move a job");
    }
  }

  /** The ways a session can be, in the order of a life; for tables and tests. */
  List<Class<? extends Session>> STATES =
      List.of(
          New.class,
          Opening.class,
          Opened.class,
          Disconnected.class,
          Broken.class,
          Removing.class,
          Closed.class);
}
