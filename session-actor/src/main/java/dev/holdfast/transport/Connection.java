package dev.holdfast.transport;

import java.time.Duration;
import java.util.concurrent.CompletionStage;

/**
 * A borrowed connection to one target; the seam to the library that speaks with it. Thread-safe.
 */
public interface Connection extends AutoCloseable {

  /**
   * Runs a command on the target: the text is given to the login shell of the account, as {@code
   * ssh host COMMAND} would.
   *
   * <p>Fails with a {@link TransportException}: {@code OVERLOADED} when the target allows no more
   * channels, {@code LINK_LOST} when the connection is gone, {@code TIMED_OUT} after the deadline.
   */
  CompletionStage<Channel> run(String command, Duration deadline);

  /**
   * Opens the target's files. Closing them does not give the connection back, nor the other way
   * round.
   *
   * <p>Fails as {@link #run} does, and with {@code NO_SFTP} when the target offers no way to its
   * files.
   */
  CompletionStage<RemoteFiles> files(Duration deadline);

  /**
   * Completes, never exceptionally, when the connection is gone: with the cause, or with a plain
   * one after {@link #close()}.
   */
  CompletionStage<Failure> gone();

  /**
   * Gives the connection back; channels that it has opened go on. Giving it back twice is nothing.
   */
  @Override
  void close();
}
