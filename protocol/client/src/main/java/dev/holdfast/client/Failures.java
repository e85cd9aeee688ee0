package dev.holdfast.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.holdfast.client.CallFailed.Where;
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

  /** Kinds that mean: not now. Some are the server's own, and some said on the way to it. */
  private static final Set<String> NOT_NOW =
      Set.of(NO_SERVER, CONNECTION_LOST, NO_ANSWER, "unavailable", "cancelled");

  private Failures() {}

  static CallFailed of(StatusRuntimeException e, Endpoint endpoint) {
    var code = e.getStatus().getCode();
    return said(e)
        .map(failure -> new CallFailed(where(code), failure, e))
        .orElseGet(() -> onTheWay(e, endpoint));
  }

  /** Whether the same call may succeed when it is made again, with the same key. */
  static boolean mayPass(CallFailed failed) {
    return NOT_NOW.contains(failed.kind());
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

  /** What a caller may not do is an answer; who the caller is was known. */
  private static Where where(Status.Code code) {
    return code == Status.Code.UNAUTHENTICATED ? Where.AT_THE_DOOR : Where.THERE;
  }

  private static CallFailed onTheWay(StatusRuntimeException e, Endpoint endpoint) {
    var said = Optional.ofNullable(e.getStatus().getDescription()).orElse("no reason given");
    return switch (e.getStatus().getCode()) {
      case UNAUTHENTICATED, PERMISSION_DENIED ->
          new CallFailed(
              Where.AT_THE_DOOR,
              "unauthenticated",
              "the server at " + endpoint.uri() + " does not accept the token",
              "give the right one",
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
      default -> new CallFailed(Where.THERE, "refused", said, "the server gave no advice", e);
    };
  }

  private static CallFailed unavailable(StatusRuntimeException e, Endpoint endpoint, String said) {
    for (Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof SSLException) {
        return failed(
            "tls",
            "no trusted connection to " + endpoint.uri() + ": " + t.getMessage(),
            "name the certificate authority",
            e);
      }
      if (t instanceof UnknownHostException) {
        return failed(
            NO_SERVER, "the host " + endpoint.host() + " is unknown", "check the address", e);
      }
      if (t instanceof ConnectException || t instanceof NoRouteToHostException) {
        return failed(
            NO_SERVER,
            "no server answers at " + endpoint.uri(),
            "start one, or check the address",
            e);
      }
    }
    return lost(endpoint, said, e);
  }

  static CallFailed noAnswer(Endpoint endpoint, Throwable origin) {
    return failed(
        NO_ANSWER,
        "the server at " + endpoint.uri() + " does not answer",
        "check the address, or wait longer",
        origin);
  }

  static CallFailed lost(Endpoint endpoint, String said, Throwable origin) {
    return failed(
        CONNECTION_LOST,
        "the connection to " + endpoint.uri() + " was lost: " + said,
        "what was asked may have been done; ask again with the same key to be sure",
        origin);
  }

  private static CallFailed failed(String kind, String cause, String advice, Throwable origin) {
    return new CallFailed(Where.ON_THE_WAY, kind, cause, advice, origin);
  }
}
