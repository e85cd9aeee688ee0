package dev.holdfast.cli;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;
import java.util.Base64;

/**
 * What came of a script in one session: the same shape for one session and for thousands.
 *
 * @param target the session's target
 * @param session the session's id
 * @param name the session's name
 * @param job the job as last seen; null when none could be submitted
 * @param failed why there is no job, or why its end is not known here; null when all went well
 * @param output what was collected; null when the output was passed on or not asked for
 */
record Result(
    String target, String session, String name, Job job, Failed failed, Collected output) {

  /** The code {@code invoke} ends with when this is its only, or its worst, result. */
  int exitCode() {
    return failed != null ? failed.exitCode() : ExitCode.of(job);
  }

  boolean succeeded() {
    return failed == null && job.getState() == JobState.SUCCEEDED;
  }

  /** Why there is no exit code, if there is a reason. */
  Failure failure() {
    if (failed != null) {
      return failed.failure();
    }
    return job.hasFailure() ? job.getFailure() : null;
  }

  /** The documented object on one line; every member is always there. */
  String json() {
    var known = job == null ? Job.getDefaultInstance() : job;
    var json =
        new Json()
            .text("target", target)
            .text("session", session)
            .text("name", name)
            .text("job", job == null ? null : known.getId())
            .text("state", job == null ? "NOT_SUBMITTED" : known.getState().name())
            .number("exit_code", known.hasExitCode() ? known.getExitCode() : null);
    bytes(json, "output", output == null ? null : output.out());
    bytes(json, "error", output == null ? null : output.err());
    return json.flag("truncated", output != null && output.truncated())
        .text("started", known.hasStartedAt() ? time(known.getStartedAt()) : null)
        .text("ended", known.hasEndedAt() ? time(known.getEndedAt()) : null)
        .number("attempts", known.getAttempts())
        .raw("failure", failure() == null ? "null" : failureJson(failure()))
        .toString();
  }

  private static void bytes(Json json, String name, ByteString bytes) {
    boolean text = bytes == null || bytes.isValidUtf8();
    json.text(name, bytes != null && text ? bytes.toStringUtf8() : null)
        .text(
            name + "_base64",
            text ? null : Base64.getEncoder().encodeToString(bytes.toByteArray()));
  }

  static String failureJson(Failure failure) {
    return new Json()
        .text("kind", failure.getKind())
        .text("cause", failure.getCause())
        .text("advice", failure.getAdvice())
        .toString();
  }

  private static String time(Timestamp time) {
    return Words.instant(time).toString();
  }
}
