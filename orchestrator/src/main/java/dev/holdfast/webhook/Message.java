package dev.holdfast.webhook;

import dev.holdfast.chronicle.Page;
import dev.holdfast.protocol.cluster.v1.HooksAnswer;
import dev.holdfast.protocol.cluster.v1.HooksAsk;
import dev.holdfast.protocol.v1.Failure;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;

/** What the webhooks of a tenant receive. */
sealed interface Message {

  record Ask(HooksAsk ask, ActorRef<Answer> replyTo) implements Message {}

  record Answer(HooksAnswer answer) {}

  // ---- what they tell themselves, of the round that they belong to

  record HasRead(Round round, Page page) implements Message {}

  record NotRead(Round round) implements Message {}

  record Attempted(Round round, Optional<Failure> failure) implements Message {}

  /** The pause before the next attempt is over. */
  record Due(Round round) implements Message {}

  /** There may be something to do. */
  record Go(Round round) implements Message {}

  record Claimed() implements Message {}
}
