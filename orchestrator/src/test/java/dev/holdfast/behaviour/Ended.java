package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.protobuf.ByteString;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;

/** A job that has ended, with all it printed, as a client received it. */
record Ended(Job job, ByteString stdout, ByteString stderr) {

  byte[] out() {
    return stdout.toByteArray();
  }

  byte[] err() {
    return stderr.toByteArray();
  }

  String text() {
    return stdout.toStringUtf8();
  }

  String errors() {
    return stderr.toStringUtf8();
  }

  /** It ended by itself, with this code. */
  Ended with(int code) {
    assertEquals(code == 0 ? JobState.SUCCEEDED : JobState.FAILED, job.getState(), this::told);
    assertEquals(code, job.getExitCode(), this::told);
    return this;
  }

  /** It ended in this way. */
  Ended as(JobState state) {
    assertEquals(state, job.getState(), this::told);
    return this;
  }

  private String told() {
    return job + "stdout: " + text() + "\nstderr: " + errors();
  }
}
