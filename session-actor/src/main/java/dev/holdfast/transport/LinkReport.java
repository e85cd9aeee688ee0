package dev.holdfast.transport;

import java.util.List;

/**
 * What a {@link Link} says. The first report is {@link Up}, {@link Failed}, {@link Gone}, {@link
 * Dead} or {@link Fenced}; after {@link Failed}, {@link Down}, {@link Gone}, {@link Fenced} and
 * {@link Ended} nothing follows.
 */
public sealed interface LinkReport {

  /** The link is up and owns the session on its target. */
  record Up(String bootId, int generation, boolean created) implements LinkReport {}

  /**
   * The attempt failed.
   *
   * @param touched whether something of the session may be on the target (false: nothing was ever
   *     sent)
   */
  record Failed(Failure failure, boolean touched) implements LinkReport {}

  /** The link was up and is lost; the session may well live on. */
  record Down(Failure failure) implements LinkReport {}

  /**
   * There is no such session on the target; {@code why} is {@code missing}, {@code expired} or
   * {@code closed}.
   */
  record Gone(String why) implements LinkReport {}

  /**
   * The session's shell is gone for good; {@code why} is {@code rebooted} or {@code died}. The link
   * stays up for {@link Link#settle} (what became of the running job), {@link Link#cut} and {@link
   * Link#end}.
   */
  record Dead(String why) implements LinkReport {}

  /** Another owner has attached with a higher epoch. */
  record Fenced(long by) implements LinkReport {}

  /** The job runs. */
  record JobStarted(String job) implements LinkReport {}

  /** The job did not start, and this order never will: proved by the target. */
  record JobNotStarted(String job, Failure failure) implements LinkReport {}

  /** The job has ended, and all of its output is in the output log. */
  record JobEnded(String job, JobEnd end) implements LinkReport {}

  /**
   * The job's shell ended with it (or, when the job is {@code -}, between two jobs); a new one, of
   * this generation, is in its place, without the old variables.
   */
  record Renewed(String job, int generation) implements LinkReport {}

  /**
   * Processes of the job that had left its process group; they were found by their mark and killed.
   */
  record Escaped(String job, List<Long> pids) implements LinkReport {}

  /** The spool files of these jobs are gone from the target, as asked by {@link Link#cut}. */
  record SpoolsCut(List<String> jobs) implements LinkReport {}

  /** Everything of the session is gone from its target, as asked by {@link Link#end}. */
  record Ended() implements LinkReport {}

  /** How a job ended. */
  sealed interface JobEnd {
    /** By itself, with its exit code, 0-255. */
    record Exited(int code) implements JobEnd {}

    /** By a cancel; the code is what its shell reported. */
    record Cancelled(int code) implements JobEnd {}

    /** By its time-out. */
    record TimedOut(int code) implements JobEnd {}

    /** It was never started and never will be; the target proved it. */
    record NeverStarted() implements JobEnd {}

    /** The target restarted under it. */
    record Interrupted() implements JobEnd {}

    /** It was started, and nobody is left who knows how it ended. */
    record Lost(String cause) implements JobEnd {}
  }
}
