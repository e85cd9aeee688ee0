package dev.holdfast.host;

import dev.holdfast.output.StreamName;
import java.nio.ByteBuffer;
import java.util.List;

/** What a target host says on the attach channel (protocol 1, {@code docs/target-host.md}). */
sealed interface Said {

  /** Something about one job. */
  sealed interface OfJob extends Said {
    String job();
  }

  /** The bootstrap line found no host script on the target. */
  record NoHost() implements Said {}

  record Greeting(int version, String bootId, String shell) implements Said {}

  record Ready(long epoch, int generation, boolean created) implements Said {}

  record Fenced(long by) implements Said {}

  record Gone(String why) implements Said {}

  record Dead(String why) implements Said {}

  record Refused(String kind, String text) implements Said {}

  record Pong(long number) implements Said {}

  record Closed() implements Said {}

  /** An answer that nobody waits for. */
  record Other() implements Said {}

  record Started(String job) implements OfJob {}

  record NoStart(String job, String kind, String text) implements OfJob {}

  record State(String job, JobState state) implements OfJob {}

  record Size(String job, long out, long err) implements OfJob {}

  record Cancelling(String job) implements OfJob {}

  /** The next input offset the host wants. */
  record InputNext(String job, long next) implements OfJob {}

  record InputEnded(String job) implements OfJob {}

  record Exit(String job, Ended how, ExitOutput output) implements OfJob {}

  record Chunk(String job, StreamName stream, long offset, ByteBuffer bytes) implements OfJob {}

  /** The shell is a new one; the job it ended in, or {@code -} when it ended between jobs. */
  record Renewed(String job, int generation) implements OfJob {}

  /** The files of the jobs are deleted. */
  record Collected(List<String> jobs) implements Said {}

  record Escaped(String job, List<Long> pids) implements OfJob {}

  /** Why a job ended. */
  enum Why {
    ITSELF,
    CANCEL,
    TIMEOUT
  }

  /** An exit code, the generation of the shell that ran the job, and why it ended. */
  record Ended(int code, int generation, Why why) {}

  /** What a status says. */
  sealed interface JobState {
    /** Never heard of it; it may still be started. */
    record None() implements JobState {}

    /** Never started, and never will be. */
    record Voided() implements JobState {}

    record Running() implements JobState {}

    record Done(Ended how) implements JobState {}

    /** The supervisor is dead, the job still runs. */
    record Orphan() implements JobState {}

    record Interrupted() implements JobState {}

    record Lost() implements JobState {}
  }

  /** What an {@code EXIT} says about the job's output. */
  sealed interface ExitOutput {
    /** The first bytes of each stream: all, if fewer than {@link SaidParser#MAX_INLINE}. */
    record Inline(ByteBuffer out, ByteBuffer err) implements ExitOutput {}

    record Sizes(long out, long err) implements ExitOutput {}
  }
}
