package dev.holdfast.client;

import java.time.Duration;

/**
 * How long a client waits.
 *
 * @param connect for a connection to one node, before the next is tried
 * @param answer for the answer to a call
 * @param patience how long a call is made again while no node answers, from the first failure on
 * @param patientAtFirst whether that is so, too, before any node was reached for the first time;
 *     otherwise the first call fails at once, because then an address is more likely wrong than
 *     every node away
 */
public record Terms(Duration connect, Duration answer, Duration patience, boolean patientAtFirst) {

  /** 10 s to connect, 60 s for an answer, 5 min of patience once a node has answered. */
  public static final Terms USUAL =
      new Terms(Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofMinutes(5), false);

  /** The same, and as patient as this, from the beginning on. */
  public Terms waiting(Duration patience) {
    return new Terms(connect, answer, patience, true);
  }
}
