package dev.holdfast.transport;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletionStage;

/**
 * One running command and its streams. Reads are pulled, so a slow reader slows the far side (the
 * window or the pipe fills) and nothing is buffered without bound. Thread-safe; at most one read
 * per stream and one write at a time.
 *
 * <p>Both streams may share one bound (an SSH window): whoever reads one of them to its end must
 * read the other one too, or the command may stop for good. Stages complete on the transport's
 * threads: what continues them must not block, and a loop of reads must not recurse without bound,
 * because a read whose bytes are there already completes at once.
 */
public interface Channel extends AutoCloseable {

  /**
   * Writes all bytes between position and limit; the buffer belongs to the channel until the stage
   * completes. Fails with a {@link TransportException} {@code LINK_LOST} when the command no longer
   * reads.
   */
  CompletionStage<Void> write(ByteBuffer bytes);

  /** Ends the command's standard input; further writes fail. */
  void endInput();

  /**
   * Reads what the command printed on standard output: completes with 1 or more bytes as soon as
   * there are any, and with an empty buffer at the end of the stream (also when the link is lost;
   * {@link #ended()} tells which).
   *
   * @param max the most bytes wanted, 1 or more; the buffer may be smaller
   */
  CompletionStage<ByteBuffer> readOut(int max);

  /** The same for standard error. */
  CompletionStage<ByteBuffer> readErr(int max);

  /**
   * Completes when the command has ended: with its exit status, 128 + n for a signal, or
   * exceptionally with a {@link TransportException} {@code LINK_LOST} when the end was never seen.
   */
  CompletionStage<Integer> ended();

  /**
   * Ends the channel without waiting. Locally the command is killed; over a wire it sees the end of
   * its streams.
   */
  @Override
  void close();
}
