package dev.holdfast.session;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How a job ended.
 *
 * @param kind what is known
 * @param exitCode what the shell reported, if it did
 * @param cause why, where the kind alone does not say it
 */
public record Outcome(Kind kind, OptionalInt exitCode, Optional<Cause> cause) {

  /** The ways to end; nothing is guessed, so one of them says that it is not known. */
  public enum Kind {
    SUCCEEDED,
    FAILED,
    STOPPED,
    TIMED_OUT,
    /** Proved by the target. */
    NEVER_STARTED,
    /** The target restarted under it. */
    INTERRUPTED,
    UNKNOWN
  }

  public Outcome {
    Objects.requireNonNull(kind);
    Objects.requireNonNull(exitCode);
    Objects.requireNonNull(cause);
  }

  /** Ended by itself. */
  public static Outcome exited(int code) {
    return new Outcome(
        code == 0 ? Kind.SUCCEEDED : Kind.FAILED, OptionalInt.of(code), Optional.empty());
  }

  /** Ended in another way, with the shell's exit code. */
  public static Outcome of(Kind kind, int code) {
    return new Outcome(kind, OptionalInt.of(code), Optional.empty());
  }

  /** Ended without an exit code. */
  public static Outcome of(Kind kind) {
    return new Outcome(kind, OptionalInt.empty(), Optional.empty());
  }

  /** Ended without an exit code, and why. */
  public static Outcome of(Kind kind, Cause cause) {
    return new Outcome(kind, OptionalInt.empty(), Optional.of(cause));
  }
}
