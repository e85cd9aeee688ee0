package dev.holdfast.transport;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/**
 * One live link between a node and a session's shell. It does what it is told and says what came of
 * it as {@link LinkReport}s, in order; it decides nothing about sessions.
 *
 * <p>Every method returns at once and may be called again: on the target each act is idempotent by
 * job id, and carries the link's epoch, so that a link that was overtaken is {@link
 * LinkReport.Fenced} and changes nothing. Calls on a link that is down are ignored: whoever owns
 * the session derives from its state what is still owed and says it to the next link. Thread-safe.
 */
public interface Link {

  /**
   * Starts a job, or, when it was started before, picks it up where it is: its output, and in the
   * end its outcome.
   */
  void start(JobOrder order);

  /**
   * Finds out what became of a job that may never have arrived, and makes sure that it will not be
   * started any more. One that runs is followed from then on, as by {@link #start}: its output, and
   * in the end its outcome.
   */
  void settle(String job);

  /**
   * Ends a job: TERM to its processes, KILL after the grace (0-3600 s). Its end is reported as
   * usual.
   */
  void cancel(String job, Duration grace);

  /**
   * Says that there is more input for the job in the output log's stream {@code IN}.
   *
   * @param size how many bytes there are in all, once that is known; then the job sees the end of
   *     its input
   */
  void input(String job, OptionalLong size);

  /** Gives the terminal that the job's processes are in this size; both are 1-9999. */
  void resize(String job, int columns, int rows);

  /**
   * Says that a reader has received the job's output up to these offsets (output mode Block: the
   * job may go on).
   */
  void read(String job, long out, long err);

  /** Deletes the spool files of ended jobs on the target, once their output is safe with us. */
  void cut(List<String> jobs);

  /**
   * Ends everything the session has on its target and deletes it; reported as {@link
   * LinkReport.Ended}. What a job that has ended by then, or is being settled, still has to tell is
   * read before, and reported before.
   */
  void end(Duration grace);

  /** Gives the link up. The session lives on at its target. No report follows. */
  void hangUp();

  /** Opens links to targets of any scheme. */
  interface Opener {
    /** Begins to open a link; what came of it is the first report. Never throws. */
    Link open(LinkRequest request, Listener listener);
  }

  /** Whoever owns the session. */
  @FunctionalInterface
  interface Listener {
    void on(LinkReport report);
  }
}
