package dev.holdfast.session;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A decision in the making, told as a pipeline of named steps. Each event is applied as it is
 * written, so that a later step sees what an earlier one did, and what is decided is exactly what
 * replaying the events will give.
 */
final class Draft {

  /** So many ended jobs may have their spool on the target before it is deleted. */
  private static final int SPOOLS_UNCUT = 16;

  private final Instant now;
  private final List<Event> events = new ArrayList<>();
  private final List<Action> actions = new ArrayList<>();
  private Reply reply = Reply.ACCEPTED;
  private Session session;

  Draft(Session session, Instant now) {
    this.session = session;
    this.now = now;
  }

  Decision done() {
    return new Decision(events, actions, reply);
  }

  Draft write(Event event) {
    events.add(event);
    session = event.evolve(session, now);
    return this;
  }

  Draft act(Action action) {
    actions.add(action);
    return this;
  }

  Draft about(int job) {
    reply = new Reply.Accepted(OptionalInt.of(job));
    return this;
  }

  Draft refuse(Cause cause) {
    reply = new Reply.Refused(cause);
    return this;
  }

  private Core core() {
    return session.core();
  }

  private Jobs jobs() {
    return session.core().jobs();
  }

  /** Begins a new attempt to hold a link, under a new epoch. */
  Draft connect() {
    write(new Event.Connecting(core().epoch() + 1));
    return act(new Action.Connect(core().epoch(), session.startsShell(), false));
  }

  /** The last attempt failed; another one of the same epoch is due after a pause. */
  Draft retry(Command.LinkFailed failed) {
    fail(failed.cause(), failed.touched());
    return act(new Action.Connect(core().epoch(), session.startsShell(), true));
  }

  /** An attempt failed. Written only if that is news: a target may be away for weeks. */
  Draft fail(Cause cause, boolean touched) {
    var failure = new Event.AttemptFailed(cause, touched);
    return failure.evolve(session, now).equals(session) ? this : write(failure);
  }

  Draft queue(JobRequest request, Origin by) {
    int number = jobs().last() + 1;
    JobRequest granted = core().terms().setup().limits().grant(request);
    return write(new Event.JobQueued(number, granted, by)).about(number);
  }

  /** With a link and nothing running, the next in the queue is started. */
  Draft moveOn() {
    if (jobs().running().isEmpty() && jobs().next().isPresent()) {
      write(new Event.JobStarted(jobs().next().orElseThrow().number()));
      jobs().running().ifPresent(job -> act(new Action.Start(job)));
    }
    return this;
  }

  /** With a new link: what the running job is owed. */
  Draft pickUp() {
    jobs().running().ifPresent(this::pickUp);
    if (!jobs().uncut().isEmpty()) {
      act(new Action.CutSpools(jobs().uncut()));
    }
    return this;
  }

  private void pickUp(Job job) {
    if (job.cancel().isPresent()) {
      act(new Action.Settle(job.number()))
          .act(new Action.CancelJob(job.number(), job.cancel().get()));
    } else {
      act(new Action.Start(job));
      job.holder()
          .ifPresent(
              one -> act(new Action.ResizeTerminal(job.number(), one.columns(), one.rows())));
    }
  }

  Draft finish(int number, Outcome outcome) {
    write(new Event.JobFinished(number, outcome));
    List<Integer> beyond = jobs().beyond(core().terms().jobsKept());
    if (!beyond.isEmpty()) {
      write(new Event.JobsForgotten(beyond)).act(new Action.ForgetOutput(beyond));
    }
    return this;
  }

  /**
   * With a link: now and then, the spools of ended jobs are deleted on the target. The answer may
   * take longer than the next jobs; they do not ask again.
   */
  Draft tidy() {
    int spools = jobs().uncut().size();
    return spools > 0 && spools % SPOOLS_UNCUT == 0
        ? act(new Action.CutSpools(jobs().uncut()))
        : this;
  }

  /** The jobs that wait will not run. */
  Draft stopWaiting() {
    jobs().waiting().forEach(job -> finish(job.number(), Outcome.of(Outcome.Kind.STOPPED)));
    return this;
  }

  /** Whatever has not ended, ends so. */
  Draft stopAll(Outcome running) {
    jobs().running().ifPresent(job -> finish(job.number(), running));
    return stopWaiting();
  }

  /** Nobody is left who knows how the running job ended, if one ran. */
  Draft loseRunning(Cause cause) {
    jobs()
        .running()
        .ifPresent(job -> finish(job.number(), Outcome.of(Outcome.Kind.UNKNOWN, cause)));
    return this;
  }

  /** The shell is dead: its target is asked what became of the running job, if one ran. */
  Draft settle() {
    return act(
        jobs()
            .running()
            .<Action>map(job -> new Action.Settle(job.number()))
            .orElseGet(Action.HangUp::new));
  }

  /**
   * A shell that was lost is replaced without being asked for, as often as the profile allows. Not
   * one whose idle time was over, for nobody wants it.
   */
  Draft repairItself() {
    return session instanceof Broken broken && broken.repairsItself()
        ? write(new Event.Repaired()).connect()
        : this;
  }

  /** It is over. */
  Draft close(Optional<Cause> cause) {
    return write(new Event.SessionClosed(cause))
        .act(new Action.HangUp())
        .act(new Action.ForgetAllOutput());
  }
}
