package dev.holdfast.cli;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.protocol.v1.Failure;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLException;

/**
 * What a failed call means.
 *
 * <p>The server's own answer, a {@link Failure} in the status details, is passed on as it is. What
 * is without one was said by the way to the server, and gets a cause and an advice here.
 */
final class Failures {

  static final String NO_SERVER = "no-server";
  static final String CONNECTION_LOST = "connection-lost";
  static final String NO_ANSWER = "no-answer";

  /** Kinds of the server's own that mean: not now. */
  private static final Set<String> NOT_NOW = Set.of("unavailable", "cancelled");

  static final String START_ADVICE =
      "start one with `holdfast server`, or name one with --server URL or HOLDFAST_SERVER";

  private Failures() {}

  static Failed of(StatusRuntimeException e, Endpoint endpoint) {
    var code = e.getStatus().getCode();
    return said(e)
        .map(failure -> new Failed(exitCode(code), failure, e))
        .orElseGet(() -> onTheWay(e, endpoint));
  }

  /** Whether the same call may succeed when it is made again, with the same key. */
  static boolean mayPass(Failed failed) {
    return switch (failed.kind()) {
      case NO_SERVER, CONNECTION_LOST, NO_ANSWER -> true;
      default -> NOT_NOW.contains(failed.kind());
    };
  }

  private static Optional<Failure> said(StatusRuntimeException e) {
    var status = StatusProto.fromThrowable(e);
    if (status == null) {
      return Optional.empty();
    }
    for (Any detail : status.getDetailsList()) {
      if (detail.is(Failure.class)) {
        try {
          return Optional.of(detail.unpack(Failure.class));
        } catch (InvalidProtocolBufferException unreadable) {
          return Optional.empty();
        }
      }
    }
    return Optional.empty();
  }

  private static int exitCode(Status.Code code) {
    return switch (code) {
      case UNAUTHENTICATED, PERMISSION_DENIED -> ExitCode.UNREACHABLE;
      default -> ExitCode.REFUSED;
    };
  }

  private static Failed onTheWay(StatusRuntimeException e, Endpoint endpoint) {
    var said = Optional.ofNullable(e.getStatus().getDescription()).orElse("no reason given");
    return switch (e.getStatus().getCode()) {
      case UNAUTHENTICATED, PERMISSION_DENIED ->
          failed(
              "unauthenticated",
              "the server at " + endpoint.uri() + " does not accept the token",
              "give the right one in HOLDFAST_TOKEN or with --token-file FILE",
              e);
      case UNIMPLEMENTED ->
          failed(
              "not-holdfast",
              "what answers at " + endpoint.uri() + " does not know this request",
              "check the address; client and server should have the same version",
              e);
      case UNAVAILABLE -> unavailable(e, endpoint, said);
      case DEADLINE_EXCEEDED -> noAnswer(endpoint, e);
      case CANCELLED, INTERNAL, UNKNOWN -> lost(endpoint, said, e);
      default ->
          new Failed(
              ExitCode.REFUSED,
              Failure.newBuilder()
                  .setKind("refused")
                  .setCause(said)
                  .setAdvice("the server gave no advice")
                  .build(),
              e);
    };
  }

  private static Failed unavailable(StatusRuntimeException e, Endpoint endpoint, String said) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof SSLException) {
        return failed(
            "tls",
            "no trusted connection to " + endpoint.uri() + ": " + t.getMessage(),
            "name the certificate authority with --ca FILE or HOLDFAST_CA",
            e);
      }
      if (t instanceof UnknownHostException) {
        return failed(
            NO_SERVER,
            "the host " + endpoint.uri().getHost() + " is unknown",
            "check --server or HOLDFAST_SERVER",
            e);
      }
      if (t instanceof ConnectException || t instanceof NoRouteToHostException) {
        return failed(NO_SERVER, "no server answers at " + endpoint.uri(), START_ADVICE, e);
      }
    }
    return lost(endpoint, said, e);
  }

  static Failed noAnswer(Endpoint endpoint, Throwable origin) {
    return failed(
        NO_ANSWER,
        "the server at " + endpoint.uri() + " does not answer",
        "check the address, or wait longer with --wait-for-server 10m",
        origin);
  }

  private static Failed lost(Endpoint endpoint, String said, Throwable origin) {
    return failed(
        CONNECTION_LOST,
        "the connection to " + endpoint.uri() + " was lost: " + said,
        "what was asked may have been done; ask again with the same --key to be sure",
        origin);
  }

  private static Failed failed(String kind, String cause, String advice, Throwable origin) {
    return new Failed(
        ExitCode.UNREACHABLE,
        Failure.newBuilder().setKind(kind).setCause(cause).setAdvice(advice).build(),
        origin);
  }
}
