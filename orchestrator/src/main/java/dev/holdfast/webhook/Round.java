package dev.holdfast.webhook;

import dev.holdfast.chronicle.Place;
import dev.holdfast.protocol.v1.FailedDelivery;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.HistoryEntry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Where one webhook is, in memory: what was read ahead, and the delivery that is being made. One
 * delivery at a time; it ends with success or after the last attempt.
 */
final class Round {

  final String hook;
  final Deque<HistoryEntry> ahead = new ArrayDeque<>();
  Place read;
  boolean reading;
  boolean busy;
  int skipped;
  int attempts;
  Optional<FailedDelivery> again = Optional.empty();
  Optional<Failure> failure = Optional.empty();

  Round(String hook, Place from) {
    this.hook = hook;
    this.read = from;
  }

  /** The event that is being delivered. */
  HistoryEntry event() {
    return again.map(FailedDelivery::getEvent).orElseGet(ahead::getFirst);
  }

  /** The delivery is over, however it ended. */
  void over() {
    if (again.isEmpty()) {
      ahead.removeFirst();
    }
    again = Optional.empty();
    failure = Optional.empty();
    attempts = 0;
    busy = false;
  }
}
