package dev.holdfast.transport;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * A job as a link needs it.
 *
 * @param job the id; the target starts each id at most once
 * @param script what the session's shell runs; no NUL, at most 1 MiB in UTF-8
 * @param input what its standard input is
 * @param timeout the longest run time; zero for none. The target itself ends the job, also when no
 *     node is there
 * @param outputLimit how many unread bytes of each output stream are kept at most; 0 for no limit
 * @param outputMode what happens at the limit
 */
public record JobOrder(
    String job,
    String script,
    Input input,
    Duration timeout,
    long outputLimit,
    OutputMode outputMode) {

  /** PowerShell's OutputBufferingMode. */
  public enum OutputMode {
    /** The job waits until somebody reads. */
    BLOCK,
    /** The job goes on; the oldest bytes go, and the reader is told how many. */
    DROP
  }

  /**
   * Standard input: {@link #NONE} reads as empty, else it is the output log's stream {@code IN}.
   */
  public sealed interface Input {
    Input NONE = new None();

    record None() implements Input {}

    /**
     * Given by clients, perhaps still growing.
     *
     * @param size how much there is in all, once its end is known
     * @param typed whether it comes a few bytes at a time, as people type
     */
    record Given(OptionalLong size, boolean typed) implements Input {
      public Given(OptionalLong size) {
        this(size, false);
      }
    }
  }
}
