package dev.holdfast.cli;

import dev.holdfast.protocol.v1.Job;

/**
 * How {@code holdfast} ends; the table for readers is in docs/cli.md.
 *
 * <p>A job's own exit code is passed on as it is. The ends of a job that have no exit code lie from
 * 250 up, where neither shells (126 to 192) nor ssh (255) put theirs.
 */
final class ExitCode {

  static final int OK = 0;

  /** The request was refused or failed. */
  static final int REFUSED = 1;

  /** The command line was wrong; nothing was asked of a server. */
  static final int USAGE = 2;

  /** No server could be reached, or it did not accept the token. */
  static final int UNREACHABLE = 3;

  /** What was waited for takes longer than the user wanted to, and goes on. */
  static final int STILL_RUNNING = 124;

  /** Nobody reads our standard output any more; what a shell reports for SIGPIPE. */
  static final int PIPE = 141;

  static final int NEVER_STARTED = 250;
  static final int JOB_INTERRUPTED = 251;
  static final int UNKNOWN = 252;
  static final int TIMED_OUT = 253;
  static final int STOPPED = 254;

  private ExitCode() {}

  /** The code for a job that has ended, or {@link #OK} for one that has not. */
  static int of(Job job) {
    return switch (job.getState()) {
      case SUCCEEDED, QUEUED, RUNNING -> OK;
      case FAILED -> job.hasExitCode() ? job.getExitCode() & 0xff : REFUSED;
      case STOPPED -> STOPPED;
      case TIMED_OUT -> TIMED_OUT;
      case NEVER_STARTED -> NEVER_STARTED;
      case INTERRUPTED -> JOB_INTERRUPTED;
      case UNKNOWN, JOB_STATE_UNSPECIFIED, UNRECOGNIZED -> UNKNOWN;
    };
  }

  /** Whether nothing more will come of the job. */
  static boolean ended(Job job) {
    return switch (job.getState()) {
      case QUEUED, RUNNING, JOB_STATE_UNSPECIFIED -> false;
      default -> true;
    };
  }
}
