package dev.holdfast.session;

import java.time.Instant;
import java.util.Optional;

/**
 * It is being ended; that is repeated until the target confirms it.
 *
 * @param cause why, if because it could not be opened
 * @param lastFailure why it takes so long
 */
public record Removing(Core core, Optional<Cause> cause, Optional<Cause> lastFailure)
    implements Session {
  @Override
  public Session with(Core next) {
    return new Removing(next, cause, lastFailure);
  }

  @Override
  public Optional<Instant> endsAt() {
    return Optional.empty();
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
    return c.force() ? Steps.forget(draft) : draft.act(new Action.Hurry()).done();
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
    return Steps.jobEnded(this, c, now, draft -> draft);
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
