package dev.holdfast.api;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.Status;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.ContentTooLargeException;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestContext;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.TimeoutException;
import dev.holdfast.protocol.v1.Failure;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a failure is told: over gRPC as a status whose details hold a {@code google.rpc.Status} with
 * the {@link Failure}, over HTTP as that same {@code google.rpc.Status} in JSON. What is not a
 * {@link Refusal} is a bug: the log has its stack, the caller only the kind {@code internal}.
 */
final class Failures {

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
    }
    if (thrown instanceof Refusal refusal) {
      return refusal;
    }
    if (thrown instanceof ContentTooLargeException) {
      return Refusal.of(
          Kind.TOO_LARGE,
          "the request is larger than " + Api.LARGEST_REQUEST + " bytes",
          "send less at once");
    }
    if (thrown instanceof StatusRuntimeException status) {
      return ofLibrary(status.getStatus());
    }
    if (thrown instanceof TimeoutException) {
      return Refusal.of(
          Kind.TIMED_OUT, "the deadline of the call is over", "what was asked may still happen");
    }
    if (thrown instanceof CancellationException) {
      return Refusal.of(Kind.CANCELLED, "the caller went away", "ask again");
    }
    if (thrown instanceof IOException || thrown instanceof UncheckedIOException) {
      LOG.error("the disk of this node failed", thrown);
      return Refusal.of(
          Kind.DISK, "the node could not read or write its data", "look into the node's log");
    }
    LOG.error("a call failed of a bug", thrown);
    return Refusal.of(
        Kind.INTERNAL, "something went wrong inside the node", "look into the node's log");
  }

  /** What the library has decided about a call before or beside our own code. */
  private static Refusal ofLibrary(io.grpc.Status status) {
    String said = Optional.ofNullable(status.getDescription()).orElse("");
    return switch (status.getCode()) {
      case UNIMPLEMENTED -> noSuchCall();
      case RESOURCE_EXHAUSTED ->
          Refusal.of(
              Kind.TOO_LARGE,
              "a message is larger than " + Api.LARGEST_REQUEST + " bytes",
              "send less at once");
      case CANCELLED -> Refusal.of(Kind.CANCELLED, "the caller went away", "ask again");
      case DEADLINE_EXCEEDED ->
          Refusal.of(
              Kind.TIMED_OUT,
              "the deadline of the call is over",
              "what was asked may still happen");
      case INVALID_ARGUMENT, INTERNAL, UNKNOWN, DATA_LOSS ->
          status.getCause() == null || malformed(status.getCause())
              ? Refusal.of(
                  Kind.INVALID,
                  "the request cannot be read" + (said.isEmpty() ? "" : ": " + oneLine(said)),
                  "send one complete message of the type the call takes")
              : of(status.getCause());
      default ->
          of(status.getCause() == null ? new IllegalStateException(said) : status.getCause());
    };
  }

  private static boolean malformed(Throwable cause) {
    return cause instanceof InvalidProtocolBufferException
        || cause.getCause() instanceof InvalidProtocolBufferException
        || cause instanceof com.google.gson.JsonParseException;
  }

  /** What the library has answered to a request that never reached a service. */
  static Refusal of(HttpStatus status) {
    return switch (status.code()) {
      case 404, 405, 501 -> noSuchCall();
      case 408 -> Refusal.of(Kind.TOO_SLOW, "the request did not arrive in time", "send it faster");
      case 413, 414, 431 ->
          Refusal.of(
              Kind.TOO_LARGE,
              "the request is larger than the node takes",
              "a body may have " + Api.LARGEST_REQUEST + " bytes");
      case 503 ->
          Refusal.of(Kind.UNAVAILABLE, "the node is starting or stopping", "try again in a moment");
      default ->
          status.code() < 500
              ? Refusal.of(
                  Kind.INVALID,
                  "the request cannot be read",
                  "send a JSON object with the fields of the call, as content-type application/json")
              : Refusal.of(
                  Kind.INTERNAL,
                  "something went wrong inside the node",
                  "look into the node's log");
    };
  }

  static Refusal noSuchCall() {
    return Refusal.of(
        Kind.NO_SUCH_CALL, "the API has no such path and method", "the .proto files list them all");
  }

  /** Armeria's hook: the status of a gRPC call whose service has thrown or failed. */
  static io.grpc.Status grpc(
      RequestContext ctx, io.grpc.Status status, Throwable cause, Metadata trailers) {
    Refusal refusal = cause instanceof Refusal known ? known : of(asLibrarySaw(status, cause));
    trailers.discardAll(DETAILS);
    trailers.put(DETAILS, status(refusal));
    return refusal.kind().code().toStatus().withDescription(refusal.failure().getCause());
  }

  private static Throwable asLibrarySaw(io.grpc.Status status, Throwable cause) {
    boolean told =
        cause instanceof TimeoutException
            || cause instanceof CancellationException
            || cause instanceof ContentTooLargeException
            || cause instanceof CompletionException
            || cause instanceof IOException
            || status.getCode() == io.grpc.Status.Code.UNKNOWN;
    return told ? cause : status.withCause(cause).asRuntimeException();
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

  private static String oneLine(String text) {
    String clean = text.replaceAll("\\p{Cntrl}+", " ").strip();
    return clean.length() > 200 ? clean.substring(0, 200) + "..." : clean;
  }
}
