package dev.holdfast.session;

import dev.holdfast.session.Command.LinkFailed.Next;
import java.time.Instant;
import java.util.Optional;

/** The shell lives on its target, and no link is held. */
public record Disconnected(Core core, Reason reason, Optional<Cause> lastFailure)
    implements Session {

  /** Why there is no link. */
  public enum Reason {
    /** Somebody asked for it; the next use connects again. */
    ASKED,
    LINK_LOST,
    NODE_RESTARTED,
    REPAIRING,
    /** Nobody has used it for a while; the next use connects again. */
    PARKED,
    /** Its idle time is over, and its target is asked whether the shell has ended itself. */
    EXPIRING
  }

  @Override
  public Session with(Core next) {
    return new Disconnected(next, reason, lastFailure);
  }

  @Override
  public Session failed(Cause cause, boolean touched) {
    return new Disconnected(core, reason, Optional.of(cause));
  }

  /** Whether there is to be no link; then nothing is expected from one. */
  public boolean rests() {
    return reason == Reason.ASKED || reason == Reason.PARKED;
  }

  /**
   * When its far side ends itself if nothing is done; while there is work it does not.
   *
   * @see Command.Expire
   */
  public Optional<Instant> expiresAt() {
    return jobs().idle()
        ? Optional.of(core.since().plus(core.terms().idleTimeout()))
        : Optional.empty();
  }

  /** If there was to be no link, that is over; else an attempt is under way already. */
  private Draft use(Draft draft) {
    if (rests()) {
      return draft.write(new Event.LinkLost(Reason.LINK_LOST, Optional.empty())).connect();
    }
    return reason == Reason.EXPIRING
        ? draft.write(new Event.LinkLost(Reason.LINK_LOST, lastFailure))
        : draft;
  }

  @Override
  public Optional<Instant> retiresAt() {
    return core.retiresAt();
  }

  @Override
  public Decision on(Command.Submit c, Instant now) {
    return Steps.submit(this, c, now, this::use);
  }

  @Override
  public Decision on(Command.Cancel c, Instant now) {
    return Steps.cancel(this, c, now, this::use);
  }

  @Override
  public Decision on(Command.GiveInput c, Instant now) {
    return Steps.noInput(this, c.job(), c.holder())
        .orElseGet(() -> feed(new Draft(this, now).about(c.job()), c.job()).done());
  }

  /** The size is told by the next link. */
  @Override
  public Decision on(Command.Hold c, Instant now) {
    return Steps.hold(this, c, now, this::use);
  }

  @Override
  public Decision on(Command.EndInput c, Instant now) {
    return Steps.endInput(this, c, now, draft -> feed(draft, c.job()));
  }

  private Draft feed(Draft draft, int job) {
    return jobs().isRunning(job) ? use(draft) : draft;
  }

  @Override
  public Decision on(Command.Disconnect c, Instant now) {
    return rests()
        ? Decision.nothing()
        : new Draft(this, now)
            .write(new Event.LinkLost(Reason.ASKED, Optional.empty()))
            .act(new Action.HangUp())
            .done();
  }

  @Override
  public Decision on(Command.Connect c, Instant now) {
    Draft draft = use(new Draft(this, now));
    return rests() ? draft.done() : draft.act(new Action.Hurry()).done();
  }

  @Override
  public Decision on(Command.Wake c, Instant now) {
    if (rests()) {
      return jobs().owed() ? use(new Draft(this, now)).done() : Decision.nothing();
    }
    return new Draft(this, now).connect().done();
  }

  @Override
  public Decision on(Command.Expire c, Instant now) {
    boolean over = expiresAt().filter(at -> !now.isBefore(at)).isPresent();
    return rests() && over
        ? new Draft(this, now)
            .write(new Event.LinkLost(Reason.EXPIRING, Optional.empty()))
            .connect()
            .done()
        : Decision.nothing();
  }

  /** If its shell lives when the node takes it for expired, the target's clock decides. */
  @Override
  public Decision on(Command.LinkUp c, Instant now) {
    if (reason == Reason.EXPIRING && jobs().idle()) {
      return new Draft(this, now)
          .write(new Event.LinkLost(Reason.PARKED, Optional.empty()))
          .act(new Action.HangUp())
          .done();
    }
    return rests()
        ? Decision.nothing()
        : new Draft(this, now)
            .write(new Event.LinkOpened(c.bootId(), c.generation()))
            .pickUp()
            .moveOn()
            .done();
  }

  @Override
  public Decision on(Command.LinkFailed c, Instant now) {
    if (rests()) {
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
    return rests() ? Decision.nothing() : Steps.shellGone(this, c.cause(), now);
  }

  @Override
  public Decision on(Command.ShellDead c, Instant now) {
    return rests() ? Decision.nothing() : Steps.shellDead(this, c.cause(), now);
  }
}
