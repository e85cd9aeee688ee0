package dev.holdfast.chronicle;

import dev.holdfast.protocol.cluster.v1.SessionMark;
import dev.holdfast.protocol.v1.HistoryEntry;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/** What a chronicle receives. */
sealed interface Message {

  /** Events of these sessions are safe up to these numbers. */
  record Tell(List<SessionMark> marks, ActorRef<Heard> replyTo) implements Message {}

  /** How far each of them is told. */
  record Heard(List<SessionMark> told) {}

  /** Entries are wanted, as soon as there are some or the wait is over. */
  record Read(Place after, int most, Duration patience, ActorRef<Page> replyTo)
      implements Message {}

  // ---- what it tells itself

  record Collected(List<HistoryEntry> entries) implements Message {}

  record NotCollected(Throwable why) implements Message {}

  record TimeUp(long reader) implements Message {}

  record Claimed() implements Message {}

  record Confirmed(boolean ours) implements Message {}

  record NotConfirmed(Throwable why) implements Message {}
}
