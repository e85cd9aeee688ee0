package dev.holdfast.actor;

import dev.holdfast.session.Command;
import dev.holdfast.session.Origin;
import dev.holdfast.transport.LinkReport;
import org.apache.pekko.actor.typed.ActorRef;

/** What a {@link SessionActor} receives. */
public sealed interface Message {

  /** A command, who it comes from, and who waits for the answer. */
  record Ask(Command command, Origin by, ActorRef<Answer> replyTo) implements Message {}

  /**
   * What a link says.
   *
   * @param epoch the epoch it was opened with
   * @param attempt which attempt of that epoch it was
   */
  record Reported(long epoch, int attempt, LinkReport report) implements Message {}

  /** The pause after a failed attempt is over. */
  record Again(int attempt) implements Message {}

  /** The session has been taken over from whoever had it. */
  record Claimed(Ownership.Claim claim) implements Message {}

  /** It could not be. */
  record NotClaimed(Throwable why) implements Message {}

  /** Whether the session is still this actor's, now that its last events are written. */
  record Confirmed(boolean ours) implements Message {}

  /** That could not be found out. */
  record NotConfirmed(Throwable why) implements Message {}

  /** Nobody has asked for a while. */
  record Unused() implements Message {}
}
