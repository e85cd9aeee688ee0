package dev.holdfast.cli;

import dev.holdfast.client.CallFailed;
import dev.holdfast.protocol.v1.Failure;
import java.util.Map;

/** Why a verb ends without having done what was asked: for programs, for people, and as a code. */
final class Failed extends RuntimeException {

  static final String START_ADVICE =
      "start one with `holdfast server`, or name one with --server URL or HOLDFAST_SERVER";

  /** What to do here about a failure that no server spoke of. */
  private static final Map<String, String> ADVICE =
      Map.of(
          "no-server", START_ADVICE,
          "no-answer", "check the address, or wait longer with --wait-for-server 10m",
          "connection-lost",
              "what was asked may have been done; ask again with the same --key to be sure",
          "tls", "name the certificate authority with --ca FILE or HOLDFAST_CA",
          "unreadable", "name a file of certificates in PEM with --ca FILE",
          "clear-text", "use https:// with --ca FILE; plain http is for this machine only");

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

  /** What came of a call, with the options and variables that help. */
  static Failed of(CallFailed failed) {
    var failure = failed.failure();
    return switch (failed.where()) {
      case HERE -> new Failed(ExitCode.USAGE, advised(failure), failed);
      case ON_THE_WAY -> new Failed(ExitCode.UNREACHABLE, advised(failure), failed);
      case AT_THE_DOOR -> new Failed(ExitCode.UNREACHABLE, failure, failed);
      case THERE -> new Failed(ExitCode.REFUSED, failure, failed);
    };
  }

  private static Failure advised(Failure failure) {
    var advice = ADVICE.getOrDefault(failure.getKind(), failure.getAdvice());
    return failure.toBuilder().setAdvice(advice).build();
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
