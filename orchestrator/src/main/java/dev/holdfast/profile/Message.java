package dev.holdfast.profile;

import dev.holdfast.actor.Ownership;
import dev.holdfast.protocol.cluster.v1.ProfileAnswer;
import dev.holdfast.protocol.cluster.v1.ProfileAsk;
import org.apache.pekko.actor.typed.ActorRef;

/** What the keeper of a tenant's profiles receives. */
public sealed interface Message {

  /**
   * A question, and who waits for the answer.
   *
   * @param ask without its {@code reply_to}, which is only for the wire
   */
  record Ask(ProfileAsk ask, ActorRef<Answer> replyTo) implements Message {}

  /** What came of it. */
  record Answer(ProfileAnswer answer) {}

  /** The profiles have been taken over from whoever kept them. */
  record Claimed(Ownership.Claim claim) implements Message {}

  /** Whether they are still this keeper's. */
  record Confirmed(boolean ours) implements Message {}

  /** One of the two could not be done. */
  record Failed(Throwable why) implements Message {}

  /** Nobody has asked for a while. */
  record Unused() implements Message {}
}
