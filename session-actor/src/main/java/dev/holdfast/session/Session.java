package dev.holdfast.session;

import dev.holdfast.session.Command.LinkFailed.Next;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.UnaryOperator;

/**
 * The life of one remote session, as values: each state says what it accepts and refuses everything
 * else.
 *
 * <p>To the world there are PowerShell's four states. {@link Opening} and {@link Removing} are
 * shown as Disconnected, with that reason; {@link New} is "not found". Nothing here touches a
 * clock, a socket or an actor.
 *
 * <p>Guarantees, held for any order of commands, reports and crashes (see {@code
 * SessionPropertiesTest}): a job is handed to a target under one number only; what was accepted
 * ends in a named outcome or is still there, and the outcome is what the target says, or Unknown;
 * jobs start in queue order, one at a time; replaying the events gives the same state; a report of
 * another epoch changes nothing; after {@link Command.Wake} everything owed is asked for again; a
 * removal ends when the target confirms it, unless it is forced. Every state and every command are
 * in {@code docs/states.md}.
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

  /** Whether the next link may start the shell: only as long as none was ever seen. */
  default boolean startsShell() {
    return !core().shellMade();
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
    return known(this, c, now).orElseGet(() -> refused(this, "run a job"));
  }

  default Decision on(Command.Cancel c, Instant now) {
    return jobs().find(c.job()).isPresent()
        ? new Draft(this, now).about(c.job()).done()
        : noSuchJob(c.job());
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
        : new Draft(this, now)
            .write(new Event.JobMoved(c.job(), c.position()))
            .about(c.job())
            .done();
  }

  default Decision on(Command.GiveInput c, Instant now) {
    return noInput(this, c.job()).orElseGet(() -> new Draft(this, now).about(c.job()).done());
  }

  default Decision on(Command.EndInput c, Instant now) {
    return endInput(this, c, now, draft -> draft);
  }

  /** Also without a link: the next one is told how far the readers of the running job are. */
  default Decision on(Command.MarkRead c, Instant now) {
    return jobs().isRunning(c.job())
        ? new Draft(this, now).act(new Action.MarkRead(c.job(), c.out(), c.err())).done()
        : Decision.nothing();
  }

  default Decision on(Command.Disconnect c, Instant now) {
    return refused(this, "disconnect");
  }

  default Decision on(Command.Connect c, Instant now) {
    return refused(this, "connect");
  }

  default Decision on(Command.Repair c, Instant now) {
    return refuse(
        "not-broken",
        "the session is " + name() + ", there is nothing to repair",
        "repair is for Broken sessions");
  }

  default Decision on(Command.Remove c, Instant now) {
    Draft draft =
        new Draft(this, now).write(new Event.RemovalAsked(Optional.empty())).stopWaiting();
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
        ? new Draft(this, now).write(new Event.EscapeesEnded(c.job(), c.pids())).done()
        : Decision.nothing();
  }

  default Decision on(Command.SpoolsCut c, Instant now) {
    return jobs().uncut().stream().anyMatch(c.jobs()::contains)
        ? new Draft(this, now).write(new Event.SpoolsDeleted(c.jobs())).done()
        : Decision.nothing();
  }

  default Decision on(Command.FarSideEnded c, Instant now) {
    return Decision.nothing();
  }

  // ---- steps that several states share

  private static Decision refuse(String kind, String text, String advice) {
    return Decision.refuse(new Cause(kind, text, advice));
  }

  private static Decision refused(Session session, String what) {
    return refuse(
        session.name().toLowerCase(Locale.ROOT),
        "the session is " + session.name() + " and cannot " + what,
        "'holdfast show " + session.core().id() + "' tells more");
  }

  private static Decision noSuchJob(int number) {
    return refuse(
        "not-found", "the session has no job " + number, "'holdfast jobs' lists its jobs");
  }

  /** The job that was submitted with this key before. */
  private static Optional<Decision> known(Session session, Command.Submit c, Instant now) {
    return session
        .jobs()
        .withKey(c.request().key())
        .map(job -> new Draft(session, now).about(job.number()).done());
  }

  /** Why no more can be queued. */
  private static Optional<Decision> full(Session session, JobRequest request) {
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

  /** A job is put at the end of the queue, once for each key. */
  private static Decision submit(
      Session session, Command.Submit c, Instant now, UnaryOperator<Draft> then) {
    return known(session, c, now)
        .or(() -> full(session, c.request()))
        .orElseGet(() -> then.apply(new Draft(session, now).queue(c.request(), c.by())).done());
  }

  /**
   * A waiting job is taken out; a running one is asked to end; for an ended one nothing changes.
   *
   * @param tell how the target comes to know of it
   */
  private static Decision cancel(
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

  /** The refusal of input for this job, if it cannot take any. */
  private static Optional<Decision> noInput(Session session, int number) {
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
  private static Decision endInput(
      Session session, Command.EndInput c, Instant now, UnaryOperator<Draft> tell) {
    Draft draft = new Draft(session, now).about(c.job());
    OptionalLong size = OptionalLong.of(c.size());
    if (session.jobs().find(c.job()).filter(job -> job.inputSize().equals(size)).isPresent()) {
      return draft.done();
    }
    return noInput(session, c.job())
        .orElseGet(() -> tell.apply(draft.write(new Event.InputEnded(c.job(), c.size()))).done());
  }

  /** Neither the shell is left, nor anybody who knows what became of its job. */
  private static Decision shellGone(Session session, Cause cause, Instant now) {
    return new Draft(session, now)
        .write(new Event.Broke(cause, true))
        .loseRunning(cause)
        .act(new Action.HangUp())
        .done();
  }

  /** The shell is not left, but the target may know what became of its job. */
  private static Decision shellDead(Session session, Cause cause, Instant now) {
    return new Draft(session, now).write(new Event.Broke(cause, true)).settle().done();
  }

  private static Decision forget(Draft draft) {
    Cause cause =
        new Cause("forced", "removed by force; its far side was not confirmed to be gone", "");
    Outcome unknown = Outcome.of(Outcome.Kind.UNKNOWN, cause);
    return draft.stopAll(unknown).close(Optional.of(cause)).done();
  }

  /**
   * The end of the running job is kept; a cancelled job that proved never to have started is
   * Stopped.
   */
  private static Decision jobEnded(
      Session session, Command.JobEnded c, Instant now, UnaryOperator<Draft> then) {
    return session
        .jobs()
        .running()
        .filter(job -> job.number() == c.job())
        .map(job -> new Draft(session, now).finish(c.job(), outcome(job, c)))
        .map(draft -> then.apply(draft).done())
        .orElseGet(Decision::nothing);
  }

  private static Outcome outcome(Job job, Command.JobEnded c) {
    return job.cancel().isPresent() && c.outcome().kind() == Outcome.Kind.NEVER_STARTED
        ? Outcome.of(Outcome.Kind.STOPPED)
        : c.outcome();
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
    public Decision on(Command.Cancel c, Instant now) {
      return unknown();
    }

    @Override
    public Decision on(Command.Move c, Instant now) {
      return unknown();
    }

    @Override
    public Decision on(Command.GiveInput c, Instant now) {
      return unknown();
    }

    @Override
    public Decision on(Command.EndInput c, Instant now) {
      return unknown();
    }

    @Override
    public Decision on(Command.MarkRead c, Instant now) {
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
    private static final Cause INTERRUPTED =
        new Cause("node-restarted", "the node was restarted while it opened the session", "");

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
      return submit(this, c, now, draft -> draft);
    }

    @Override
    public Decision on(Command.Cancel c, Instant now) {
      return cancel(this, c, now, draft -> draft);
    }

    @Override
    public Decision on(Command.Connect c, Instant now) {
      return Decision.nothing();
    }

    /** What the attempt that was lost with the node has left on the target, nobody knows. */
    @Override
    public Decision on(Command.Wake c, Instant now) {
      return new Draft(this, now).fail(INTERRUPTED, true).connect().done();
    }

    @Override
    public Decision on(Command.LinkUp c, Instant now) {
      return new Draft(this, now)
          .write(new Event.LinkOpened(c.bootId(), c.generation()))
          .moveOn()
          .done();
    }

    @Override
    public Decision on(Command.LinkFailed c, Instant now) {
      boolean again = c.next() == Next.RETRY && now.isBefore(deadline);
      return again ? new Draft(this, now).retry(c).done() : giveUp(c.cause(), c.touched(), now);
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
      return submit(this, c, now, Draft::moveOn);
    }

    @Override
    public Decision on(Command.Cancel c, Instant now) {
      return cancel(this, c, now, draft -> draft.act(new Action.CancelJob(c.job(), c.grace())));
    }

    @Override
    public Decision on(Command.GiveInput c, Instant now) {
      return noInput(this, c.job())
          .orElseGet(
              () ->
                  feed(new Draft(this, now).about(c.job()), c.job(), OptionalLong.empty()).done());
    }

    @Override
    public Decision on(Command.EndInput c, Instant now) {
      return endInput(this, c, now, draft -> feed(draft, c.job(), OptionalLong.of(c.size())));
    }

    private Draft feed(Draft draft, int job, OptionalLong size) {
      return jobs().isRunning(job) ? draft.act(new Action.FeedInput(job, size)) : draft;
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
    public Decision on(Command.ShellGone c, Instant now) {
      return shellGone(this, c.cause(), now);
    }

    @Override
    public Decision on(Command.ShellDead c, Instant now) {
      return shellDead(this, c.cause(), now);
    }

    @Override
    public Decision on(Command.JobEnded c, Instant now) {
      return jobEnded(this, c, now, draft -> draft.moveOn().tidy());
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

    /** Whether somebody asked that there be no link; then nothing is expected from one. */
    private boolean asked() {
      return reason == Reason.ASKED;
    }

    /** If there was to be no link, that is over; else an attempt is under way already. */
    private Draft use(Draft draft) {
      return asked()
          ? draft.write(new Event.LinkLost(Reason.LINK_LOST, Optional.empty())).connect()
          : draft;
    }

    @Override
    public Decision on(Command.Submit c, Instant now) {
      return submit(this, c, now, this::use);
    }

    @Override
    public Decision on(Command.Cancel c, Instant now) {
      return cancel(this, c, now, this::use);
    }

    @Override
    public Decision on(Command.GiveInput c, Instant now) {
      return noInput(this, c.job())
          .orElseGet(() -> feed(new Draft(this, now).about(c.job()), c.job()).done());
    }

    @Override
    public Decision on(Command.EndInput c, Instant now) {
      return endInput(this, c, now, draft -> feed(draft, c.job()));
    }

    private Draft feed(Draft draft, int job) {
      return jobs().isRunning(job) ? use(draft) : draft;
    }

    @Override
    public Decision on(Command.Disconnect c, Instant now) {
      return asked()
          ? Decision.nothing()
          : new Draft(this, now)
              .write(new Event.LinkLost(Reason.ASKED, Optional.empty()))
              .act(new Action.HangUp())
              .done();
    }

    @Override
    public Decision on(Command.Connect c, Instant now) {
      Draft draft = new Draft(this, now);
      return asked() ? use(draft).done() : draft.act(new Action.Hurry()).done();
    }

    @Override
    public Decision on(Command.Wake c, Instant now) {
      if (asked()) {
        return jobs().owed() ? use(new Draft(this, now)).done() : Decision.nothing();
      }
      return new Draft(this, now).connect().done();
    }

    @Override
    public Decision on(Command.LinkUp c, Instant now) {
      return asked()
          ? Decision.nothing()
          : new Draft(this, now)
              .write(new Event.LinkOpened(c.bootId(), c.generation()))
              .pickUp()
              .moveOn()
              .done();
    }

    @Override
    public Decision on(Command.LinkFailed c, Instant now) {
      if (asked()) {
        return Decision.nothing();
      }
      Draft draft = new Draft(this, now);
      return c.next() == Next.GIVE_UP
          ? draft.write(new Event.Broke(c.cause(), false)).done()
          : draft.retry(c).done();
    }

    @Override
    public Decision on(Command.LinkDown c, Instant now) {
      return on(new Command.LinkFailed(c.epoch(), c.cause(), Next.RETRY_IF_OPEN, true), now);
    }

    @Override
    public Decision on(Command.ShellGone c, Instant now) {
      return asked() ? Decision.nothing() : shellGone(this, c.cause(), now);
    }

    @Override
    public Decision on(Command.ShellDead c, Instant now) {
      return asked() ? Decision.nothing() : shellDead(this, c.cause(), now);
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
      return known(this, c, now).orElseGet(this::refused);
    }

    @Override
    public Decision on(Command.Cancel c, Instant now) {
      return cancel(this, c, now, draft -> draft);
    }

    @Override
    public Decision on(Command.Disconnect c, Instant now) {
      return refused();
    }

    @Override
    public Decision on(Command.Connect c, Instant now) {
      return shellGone
          ? refused()
          : new Draft(this, now)
              .write(new Event.LinkLost(Disconnected.Reason.LINK_LOST, Optional.of(cause)))
              .connect()
              .done();
    }

    private Decision refused() {
      String repair = "'holdfast repair " + core.id() + "' gives it a new shell";
      String advice =
          shellGone
              ? repair
              : cause.advice() + "; then 'holdfast connect " + core.id() + "', or " + repair;
      return refuse("broken", "the session is Broken: " + cause.text(), advice);
    }

    @Override
    public Decision on(Command.Repair c, Instant now) {
      return settling()
          ? refuse(
              "settling",
              "the target is still being asked what became of the job that ran",
              "try again in a moment")
          : new Draft(this, now).loseRunning(cause).write(new Event.Repaired()).connect().done();
    }

    @Override
    public Decision on(Command.Wake c, Instant now) {
      return settling() ? new Draft(this, now).connect().done() : Decision.nothing();
    }

    /** The target is still to be asked what became of the job that ran when the shell died. */
    private boolean settling() {
      return shellGone && jobs().running().isPresent();
    }

    /** Whatever link comes up, it is good for nothing but to settle. */
    @Override
    public Decision on(Command.LinkUp c, Instant now) {
      return new Draft(this, now).settle().done();
    }

    @Override
    public Decision on(Command.LinkFailed c, Instant now) {
      return settling() ? new Draft(this, now).retry(c).done() : Decision.nothing();
    }

    @Override
    public Decision on(Command.LinkDown c, Instant now) {
      return settling() ? new Draft(this, now).connect().done() : Decision.nothing();
    }

    @Override
    public Decision on(Command.ShellDead c, Instant now) {
      return new Draft(this, now).settle().done();
    }

    @Override
    public Decision on(Command.ShellGone c, Instant now) {
      return new Draft(this, now).loseRunning(c.cause()).act(new Action.HangUp()).done();
    }

    @Override
    public Decision on(Command.JobEnded c, Instant now) {
      return jobEnded(this, c, now, draft -> draft.act(new Action.HangUp()));
    }
  }

  /**
   * It is being ended; that is repeated until the target confirms it.
   *
   * @param cause why, if because it could not be opened
   * @param lastFailure why it takes so long
   */
  record Removing(Core core, Optional<Cause> cause, Optional<Cause> lastFailure)
      implements Session {
    @Override
    public Session with(Core next) {
      return new Removing(next, cause, lastFailure);
    }

    @Override
    public Session failed(Cause failure, boolean touched) {
      return new Removing(core, cause, Optional.of(failure));
    }

    /** A shell that is not there need not be started to be ended. */
    @Override
    public boolean startsShell() {
      return false;
    }

    @Override
    public Decision on(Command.Remove c, Instant now) {
      Draft draft = new Draft(this, now);
      return c.force() ? forget(draft) : draft.act(new Action.Hurry()).done();
    }

    @Override
    public Decision on(Command.Wake c, Instant now) {
      return new Draft(this, now).connect().done();
    }

    @Override
    public Decision on(Command.LinkUp c, Instant now) {
      return end(now);
    }

    @Override
    public Decision on(Command.ShellDead c, Instant now) {
      return end(now);
    }

    /** How the running job has ended, if it has, is asked before the answer is deleted. */
    private Decision end(Instant now) {
      Draft draft = new Draft(this, now);
      jobs().running().ifPresent(job -> draft.act(new Action.Settle(job.number())));
      return draft.act(new Action.EndFarSide()).done();
    }

    @Override
    public Decision on(Command.LinkFailed c, Instant now) {
      return new Draft(this, now).retry(c).done();
    }

    @Override
    public Decision on(Command.LinkDown c, Instant now) {
      return new Draft(this, now).connect().done();
    }

    @Override
    public Decision on(Command.JobEnded c, Instant now) {
      return jobEnded(this, c, now, draft -> draft);
    }

    /** It ended by itself, or at an earlier request: what became of its job is not known. */
    @Override
    public Decision on(Command.ShellGone c, Instant now) {
      return new Draft(this, now).loseRunning(c.cause()).close(cause).done();
    }

    @Override
    public Decision on(Command.FarSideEnded c, Instant now) {
      return new Draft(this, now).stopAll(Outcome.of(Outcome.Kind.STOPPED)).close(cause).done();
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
      return refused(this, "move a job");
    }

    @Override
    public Decision on(Command.Wake c, Instant now) {
      return new Draft(this, now).act(new Action.ForgetAllOutput()).done();
    }
  }
}
