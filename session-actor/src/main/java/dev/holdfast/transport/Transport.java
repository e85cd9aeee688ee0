package dev.holdfast.transport;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * A way to reach targets of one scheme. All it offers is commands run on the target with their
 * three streams; what a session is, and how its shell outlives the channel, is the host's business
 * ({@code dev.holdfast.host}).
 *
 * <p>Thread-safe. Nothing blocks: every method returns at once, and every stage completes within
 * its deadline.
 */
public interface Transport extends AutoCloseable {

  /** The URL scheme served, for example {@code ssh}. */
  String scheme();

  /**
   * Borrows a connection to the target, opening one if none is shared already. Sessions on one
   * target, as one user, share a connection; each call must be paired with one {@link
   * Connection#close()}, and the last close may keep the connection for a short while for the next
   * borrower.
   *
   * <p>Fails with a {@link TransportException} no later than {@code deadline} after the call.
   */
  CompletionStage<Connection> connect(Target target, Duration deadline);

  /** Closes every connection. */
  @Override
  void close();
}
