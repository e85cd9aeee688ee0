package dev.holdfast.session;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The shell is gone, or cannot be reached by any retry. Waiting jobs are kept.
 *
 * @param shellGone whether it is certain that the shell is gone; if not, connecting again is worth
 *     a try once the cause is mended
 */
public record Broken(Core core, Cause cause, boolean shellGone) implements Session {
  @Override
  public Session with(Core next) {
    return new Broken(next, cause, shellGone);
  }

  /** Whether there is nothing to wait for, and the profile allows another shell. */
  boolean repairsItself() {
    return shellGone
        && jobs().running().isEmpty()
        && !cause.kind().equals("expired")
        && core.incarnation() <= core.terms().setup().limits().selfRepairs();
  }

  /** Also with jobs that wait: nobody came to repair it. */
  @Override
  public Optional<Instant> retiresAt() {
    Duration stay = core.terms().removeAfter();
    return stay.isZero() || settling() ? Optional.empty() : Optional.of(core.since().plus(stay));
  }

  @Override
  public Decision on(Command.Submit c, Instant now) {
    return Steps.known(this, c, now).orElseGet(this::refused);
  }

  @Override
  public Decision on(Command.Cancel c, Instant now) {
    return Steps.cancel(this, c, now, draft -> draft);
  }

  @Override
  public Decision on(Command.Disconnect c, Instant now) {
    return refused();
  }

  @Override
  public Decision on(Command.BeginCopy c, Instant now) {
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
    return Steps.refuse("broken", "the session is Broken: " + cause.text(), advice);
  }

  @Override
  public Decision on(Command.Repair c, Instant now) {
    return settling()
        ? Steps.refuse(
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
    return new Draft(this, now)
        .loseRunning(c.cause())
        .act(new Action.HangUp())
        .repairItself()
        .done();
  }

  @Override
  public Decision on(Command.JobEnded c, Instant now) {
    return Steps.jobEnded(this, c, now, draft -> draft.act(new Action.HangUp()).repairItself());
  }
}
