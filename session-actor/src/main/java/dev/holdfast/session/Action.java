package dev.holdfast.session;

import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/**
 * Work to do once the events are safe. Plain data, safe to repeat; what was lost in a crash is owed
 * again after {@link Command.Wake}, but for the few that say so.
 */
public sealed interface Action {

  /**
   * Open a link, giving up any other.
   *
   * @param create whether to start the shell if it is not there
   * @param retry whether an attempt has just failed, so that the next one waits its turn
   */
  record Connect(long epoch, boolean create, boolean retry) implements Action {}

  /** Do not wait for the next attempt any longer. Not owed again: after a crash nobody waits. */
  record Hurry() implements Action {}

  record HangUp() implements Action {}

  /** Start the job, or pick it up where it is. */
  record Start(Job job) implements Action {}

  /** Find out what became of a job, and make sure that it will not start any more. */
  record Settle(int job) implements Action {}

  record CancelJob(int job, Duration grace) implements Action {}

  record FeedInput(int job, OptionalLong size) implements Action {}

  /** The terminal's window has this size; told to each new link as well. */
  record ResizeTerminal(int job, int columns, int rows) implements Action {}

  /**
   * A reader has got this far. Every link of this owner is told; not owed again after a crash, for
   * then readers come back and say it again.
   */
  record MarkRead(int job, long out, long err) implements Action {}

  /** The output of these jobs is to be made safe here, then deleted there. */
  record CutSpools(List<Integer> jobs) implements Action {}

  /**
   * Delete the output kept here of jobs that are forgotten. Not owed again: what is left after a
   * crash goes with {@link ForgetAllOutput}.
   */
  record ForgetOutput(List<Integer> jobs) implements Action {}

  /** The session is over: delete all output kept here. */
  record ForgetAllOutput() implements Action {}

  /** End everything on the target. */
  record EndFarSide() implements Action {}
}
