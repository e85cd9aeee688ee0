package dev.holdfast.cli;

import dev.holdfast.protocol.v1.Failure;

/** Why a verb ends without having done what was asked: for programs, for people, and as a code. */
final class Failed extends RuntimeException {

  private final transient Failure failure;
  private final int exitCode;

  Failed(int exitCode, String kind, String cause, String advice) {
    this(
        exitCode,
        Failure.newBuilder().setKind(kind).setCause(cause).setAdvice(advice).build(),
        null);
  }

  Failed(int exitCode, Failure failure, Throwable origin) {
    super(failure.getCause(), origin);
    this.failure = failure;
    this.exitCode = exitCode;
  }

  /** A wrong command line that only the verb itself could find wrong. */
  static Failed usage(String cause, String advice) {
    return new Failed(ExitCode.USAGE, "usage", cause, advice);
  }

  /** A request that cannot be made, or was refused. */
  static Failed refused(String kind, String cause, String advice) {
    return new Failed(ExitCode.REFUSED, kind, cause, advice);
  }

  Failure failure() {
    return failure;
  }

  String kind() {
    return failure.getKind();
  }

  int exitCode() {
    return exitCode;
  }
}
