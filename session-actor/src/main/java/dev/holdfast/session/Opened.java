package dev.holdfast.session;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/** A link is up. */
public record Opened(Core core, String bootId) implements Session {
  @Override
  public Session with(Core next) {
    return new Opened(next, bootId);
  }

  @Override
  public Optional<Instant> retiresAt() {
    return core.retiresAt();
  }

  @Override
  public Decision on(Command.Submit c, Instant now) {
    return Steps.submit(this, c, now, Draft::moveOn);
  }

  @Override
  public Decision on(Command.Cancel c, Instant now) {
    return Steps.cancel(this, c, now, draft -> draft.act(new Action.CancelJob(c.job(), c.grace())));
  }

  @Override
  public Decision on(Command.GiveInput c, Instant now) {
    return Steps.noInput(this, c.job(), c.holder())
        .orElseGet(
            () -> feed(new Draft(this, now).about(c.job()), c.job(), OptionalLong.empty()).done());
  }

  @Override
  public Decision on(Command.Hold c, Instant now) {
    return Steps.hold(
        this,
        c,
        now,
        draft ->
            jobs().isRunning(c.job())
                ? draft.act(new Action.ResizeTerminal(c.job(), c.columns(), c.rows()))
                : draft);
  }

  @Override
  public Decision on(Command.EndInput c, Instant now) {
    return Steps.endInput(this, c, now, draft -> feed(draft, c.job(), OptionalLong.of(c.size())));
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
  public Decision on(Command.Park c, Instant now) {
    return jobs().idle()
        ? new Draft(this, now)
            .write(new Event.LinkLost(Disconnected.Reason.PARKED, Optional.empty()))
            .act(new Action.HangUp())
            .done()
        : Decision.nothing();
  }

  @Override
  public Decision on(Command.Remove c, Instant now) {
    Draft draft =
        new Draft(this, now).write(new Event.RemovalAsked(Optional.empty())).stopWaiting();
    return c.force() ? Steps.forget(draft) : draft.act(new Action.EndFarSide()).done();
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
    return Steps.shellGone(this, c.cause(), now);
  }

  @Override
  public Decision on(Command.ShellDead c, Instant now) {
    return Steps.shellDead(this, c.cause(), now);
  }

  @Override
  public Decision on(Command.JobEnded c, Instant now) {
    return Steps.jobEnded(this, c, now, draft -> draft.moveOn().tidy());
  }

  @Override
  public Decision on(Command.ShellRenewed c, Instant now) {
    return c.generation() > core.generation()
        ? new Draft(this, now).write(new Event.ShellReplaced(c.job(), c.generation())).done()
        : Decision.nothing();
  }
}
