package dev.holdfast.api;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.DriverTimeoutException;
import com.datastax.oss.driver.api.core.servererrors.QueryExecutionException;
import com.google.gson.JsonParseException;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.Status;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.ClosedSessionException;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestContext;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.ShuttingDownException;
import com.linecorp.armeria.common.stream.ClosedStreamException;
import com.linecorp.armeria.server.HttpStatusException;
import com.linecorp.armeria.server.RequestTimeoutException;
import dev.holdfast.protocol.v1.Failure;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a failure is told: over gRPC as a status whose details hold a {@code google.rpc.Status} with
 * the {@link Failure}, over HTTP as that same {@code google.rpc.Status} in JSON. What is not a
 * {@link Refusal} is a bug: the log has its stack, the caller only the kind {@code internal}.
 */
final class Failures {

  /** The library's package of the code that takes gRPC messages out of their frames. */
  private static final String READERS = "com.linecorp.armeria.common.grpc.protocol.";

  /** Deeper than any, for a failure that is its own cause by a detour. */
  private static final int MOST_CAUSES = 20;

  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);
  private static final Metadata.Key<Status> DETAILS =
      Metadata.Key.of(
          "grpc-status-details-bin", ProtoUtils.metadataMarshaller(Status.getDefaultInstance()));
  private static final JsonFormat.Printer JSON =
      JsonFormat.printer()
          .usingTypeRegistry(
              JsonFormat.TypeRegistry.newBuilder().add(Failure.getDescriptor()).build())
          .omittingInsignificantWhitespace();

  private Failures() {}

  /** What a caller is told about something that went wrong while its call was served. */
  static Refusal of(Throwable thrown) {
    if (thrown instanceof CompletionException && thrown.getCause() != null) {
      return of(thrown.getCause());
    } else if (thrown instanceof Refusal refusal) {
      return refusal;
    } else if (thrown instanceof HttpStatusException known) {
      return of(known.httpStatus());
    } else if (thrown instanceof StatusRuntimeException known) {
      return of(known.getStatus());
    } else if (thrown instanceof ContentTooLargeException) {
      return tooLarge();
    } else if (thrown instanceof RequestTimeoutException) {
      return deadlineOver();
    } else if (thrown instanceof TimeoutException) {
      return Refusal.of(
          Kind.UNAVAILABLE,
          "the session did not answer in time; whether it did what was asked is not known",
          "look at the session, or ask again with the same key");
    } else if (thrown instanceof ShuttingDownException) {
      return stopping();
    } else if (thrown instanceof CancellationException
        || thrown instanceof ClosedStreamException
        || thrown instanceof ClosedSessionException) {
      return cancelled();
    } else if (causes(thrown).anyMatch(Failures::isOfDatabase)) {
      LOG.warn("the database did not answer: {}", thrown.toString());
      return Refusal.of(
          Kind.UNAVAILABLE,
          "the database does not answer; whether what was asked is done is not known",
          "ask again with the same key");
    } else if (isOfReading(thrown)) {
      return unreadable();
    } else if (thrown instanceof IOException || thrown instanceof UncheckedIOException) {
      LOG.error("the disk of this node failed", thrown);
      return Refusal.of(
          Kind.DISK, "the node could not read or write its data", "look into the node's log");
    }
    LOG.error("a call failed of a bug", thrown);
    return internal();
  }

  /** What the library has decided about a call before or beside our own code. */
  private static Refusal of(io.grpc.Status status) {
    return switch (status.getCode()) {
      case UNIMPLEMENTED -> noSuchCall();
      case RESOURCE_EXHAUSTED -> tooLarge();
      case CANCELLED -> cancelled();
      case DEADLINE_EXCEEDED -> deadlineOver();
      default -> status.getCause() == null ? unreadable() : of(status.getCause());
    };
  }

  /** The failure itself, and what lies under it. */
  private static Stream<Throwable> causes(Throwable thrown) {
    return Stream.iterate(thrown, Objects::nonNull, Throwable::getCause).limit(MOST_CAUSES);
  }

  /** Whether Cassandra or PostgreSQL could not be reached, or not enough of it. */
  private static boolean isOfDatabase(Throwable thrown) {
    return thrown instanceof AllNodesFailedException
        || thrown instanceof DriverTimeoutException
        || thrown instanceof QueryExecutionException
        || thrown instanceof SQLTransientException
        || (thrown instanceof SQLException sql && isOfMoment(sql));
  }

  /**
   * Whether the server may do the same a moment later, as its SQLSTATE says: no connection, no
   * resources, shut down or called off, rolled back, not to be written to. An embedded journal's
   * errors have none.
   */
  private static boolean isOfMoment(SQLException thrown) {
    String state = thrown.getSQLState();
    return state != null
        && List.of("08", "25", "40", "53", "55", "57").stream().anyMatch(state::startsWith);
  }

  /** Whether it was thrown while the library took a message apart: then the message is at fault. */
  private static boolean isOfReading(Throwable thrown) {
    return thrown instanceof InvalidProtocolBufferException
        || thrown instanceof JsonParseException
        || Arrays.stream(thrown.getStackTrace())
            .anyMatch(frame -> frame.getClassName().startsWith(READERS));
  }

  private static Refusal unreadable() {
    return Refusal.of(
        Kind.INVALID,
        "the request cannot be read",
        "send one whole message of the call's type: protobuf in a gRPC frame, or a JSON object as application/json");
  }

  private static Refusal stopping() {
    return Refusal.of(
        Kind.UNAVAILABLE, "the node is starting or stopping", "try again in a moment");
  }

  private static Refusal tooLarge() {
    return Refusal.of(
        Kind.TOO_LARGE,
        "the request is larger than the node takes",
        "a request may have " + Api.LARGEST_REQUEST + " bytes");
  }

  private static Refusal deadlineOver() {
    return Refusal.of(
        Kind.TIMED_OUT, "the deadline of the call is over", "what was asked may still happen");
  }

  private static Refusal cancelled() {
    return Refusal.of(Kind.CANCELLED, "the caller went away", "ask again");
  }

  private static Refusal internal() {
    return Refusal.of(
        Kind.INTERNAL, "something went wrong inside the node", "look into the node's log");
  }

  /** What the library has answered to a request that never reached a service. */
  static Refusal of(HttpStatus status) {
    return switch (status.code()) {
      case 404, 405, 501 -> noSuchCall();
      case 408 -> Refusal.of(Kind.TOO_SLOW, "the request did not arrive in time", "send it faster");
      case 413, 414, 431 -> tooLarge();
      case 503 -> stopping();
      default -> status.code() < 500 ? unreadable() : internal();
    };
  }

  static Refusal noSuchCall() {
    return Refusal.of(
        Kind.NO_SUCH_CALL, "the API has no such path and method", "the .proto files list them all");
  }

  /** Armeria's hook: the status of a gRPC call whose service has thrown or failed. */
  static io.grpc.Status grpc(
      RequestContext ctx, io.grpc.Status status, Throwable cause, Metadata trailers) {
    Refusal refusal = cause instanceof Refusal known ? known : of(status.withCause(cause));
    trailers.discardAll(DETAILS);
    trailers.put(DETAILS, status(refusal));
    return refusal.kind().code().toStatus().withDescription(refusal.failure().getCause());
  }

  /** Armeria's hook: a gRPC answer that is not OK, for a caller that speaks JSON. */
  static com.linecorp.armeria.common.HttpResponse json(
      com.linecorp.armeria.server.ServiceRequestContext ctx,
      io.grpc.Status status,
      AggregatedHttpResponse response) {
    String details =
        Optional.ofNullable(response.trailers().get(DETAILS.name()))
            .orElseGet(() -> response.headers().get(DETAILS.name()));
    Refusal refusal =
        details == null
            ? of(status.asRuntimeException())
            : fromDetails(details).orElse(noSuchCall());
    return http(refusal).toHttpResponse();
  }

  private static Optional<Refusal> fromDetails(String details) {
    try {
      Status status = Status.parseFrom(Base64.getDecoder().decode(details));
      Failure failure = status.getDetails(0).unpack(Failure.class);
      return Optional.of(
          Refusal.of(
              new dev.holdfast.session.Cause(
                  failure.getKind(), failure.getCause(), failure.getAdvice())));
    } catch (InvalidProtocolBufferException | RuntimeException e) {
      return Optional.empty();
    }
  }

  /** A refusal as an answer to this request: in gRPC's way if it is a gRPC call, else as JSON. */
  static AggregatedHttpResponse answer(RequestHeaders request, Refusal refusal) {
    return request.get(HttpHeaderNames.CONTENT_TYPE, "").startsWith("application/grpc")
        ? grpc(refusal)
        : http(refusal);
  }

  private static AggregatedHttpResponse grpc(Refusal refusal) {
    return AggregatedHttpResponse.of(
        ResponseHeaders.builder(HttpStatus.OK)
            .contentType(MediaType.parse("application/grpc+proto"))
            .add("grpc-status", Integer.toString(refusal.kind().code().value()))
            .add("grpc-message", percentEncoded(refusal.failure().getCause()))
            .add(
                DETAILS.name(),
                Base64.getEncoder().withoutPadding().encodeToString(status(refusal).toByteArray()))
            .endOfStream(true)
            .build());
  }

  private static AggregatedHttpResponse http(Refusal refusal) {
    var headers =
        ResponseHeaders.builder(HttpStatus.valueOf(refusal.kind().http()))
            .contentType(MediaType.JSON_UTF_8);
    if (refusal.kind().http() == 401) {
      headers.add(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer realm=\"holdfast\"");
    }
    return AggregatedHttpResponse.of(headers.build(), HttpData.ofUtf8(json(status(refusal))));
  }

  static Status status(Refusal refusal) {
    return Status.newBuilder()
        .setCode(refusal.kind().code().value())
        .setMessage(refusal.failure().getCause())
        .addAllDetails(List.of(Any.pack(refusal.failure())))
        .build();
  }

  private static String json(Status status) {
    try {
      return JSON.print(status) + "\n";
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a status can be printed", e);
    }
  }

  private static String percentEncoded(String text) {
    StringBuilder out = new StringBuilder();
    for (byte b : text.getBytes(java.nio.charset.StandardCharsets.UTF_8)) {
      if (b >= 0x20 && b < 0x7f && b != '%') {
        out.append((char) b);
      } else {
        out.append(String.format("%%%02X", b & 0xff));
      }
    }
    return out.toString();
  }
}
