package dev.holdfast.session;

import dev.holdfast.session.Command.LinkFailed.Next;
import java.time.Instant;
import java.util.Optional;

/**
 * It was asked for, and its first link is being opened. If that fails, no session is left.
 *
 * @param deadline until when attempts are repeated
 * @param touched whether an attempt may have left something on the target
 */
public record Opening(Core core, Instant deadline, boolean touched) implements Session {
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
    return Steps.submit(this, c, now, draft -> draft);
  }

  @Override
  public Decision on(Command.Cancel c, Instant now) {
    return Steps.cancel(this, c, now, draft -> draft);
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
