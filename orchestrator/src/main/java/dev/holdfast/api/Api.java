package dev.holdfast.api;

import com.google.protobuf.util.JsonFormat;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.RequestHeaders;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.annotation.Nullable;
import com.linecorp.armeria.common.grpc.GrpcJsonMarshaller;
import com.linecorp.armeria.common.grpc.GrpcMeterIdPrefixFunction;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServerErrorHandler;
import com.linecorp.armeria.server.ServiceConfig;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.grpc.GrpcService;
import com.linecorp.armeria.server.grpc.HttpJsonTranscodingOptions;
import com.linecorp.armeria.server.metric.MetricCollectingService;
import dev.holdfast.security.Tokens;
import io.grpc.BindableService;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The one port of a node: gRPC, and the same calls as JSON over HTTP by their {@code
 * google.api.http} annotations (see {@code decision-armeria.md}).
 *
 * <p>Bounds: a request is at most {@value #LARGEST_REQUEST} bytes and must arrive within {@link
 * Limits#arrival}; there are at most {@link Limits#connections} connections, each closed when
 * nothing was asked on it for {@link Limits#idle}. What is beyond a bound is answered with a
 * Failure, or closed where no answer is possible.
 *
 * <p>{@code /health/live} says that the node is alive, {@code /health/ready} whether it should be
 * sent work ({@link Readiness}), both to everybody, and nothing else. {@code /metrics} has its
 * figures for operators.
 */
public final class Api implements AutoCloseable {

  static final int LARGEST_REQUEST = 4 * 1024 * 1024;

  /** protobuf's own JSON; a field that the message does not have is an error. */
  private static final GrpcJsonMarshaller STRICT_JSON =
      GrpcJsonMarshaller.builderForGson()
          .jsonParserCustomizer((UnaryOperator<JsonFormat.Parser>) parser -> JsonFormat.parser())
          .jsonPrinterCustomizer(
              (UnaryOperator<JsonFormat.Printer>)
                  printer -> JsonFormat.printer().omittingInsignificantWhitespace())
          .build();

  private final Bind bind;
  private final Server server;
  private final Departure departure;

  /**
   * What the port bears.
   *
   * @param arrival how long a request may take to arrive whole
   * @param idle after how long a connection without a call is closed
   * @param connections how many connections there may be
   * @param failedSignIns how many sign-ins of one address may fail in a minute before it is told to
   *     wait
   */
  public record Limits(Duration arrival, Duration idle, int connections, int failedSignIns) {}

  private Api(Bind bind, Server server, Departure departure) {
    this.bind = bind;
    this.server = server;
    this.departure = departure;
  }

  /**
   * Opens the port.
   *
   * @throws IOException with a line for people when it cannot be opened
   */
  public static Api start(
      Bind bind,
      Limits limits,
      Tokens tokens,
      Clock clock,
      Monitoring monitoring,
      List<BindableService> services)
      throws IOException {
    var departure = new Departure();
    var attempts = new Attempts(limits.failedSignIns(), clock);
    Function<HttpService, HttpService> gate =
        inside -> new Gate(inside, tokens, attempts, limits.arrival(), departure);
    Server server = server(bind, limits, gate, departure, monitoring, services);
    try {
      server.start().join();
    } catch (CompletionException e) {
      server.close();
      throw new IOException(
          "cannot listen on "
              + bind.address().getHostString()
              + " port "
              + bind.address().getPort()
              + ": "
              + reason(e),
          e);
    }
    return new Api(bind, server, departure);
  }

  private static String reason(Throwable failed) {
    Throwable root = failed;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    String said = String.valueOf(root.getMessage());
    return said.contains("Address already in use") ? "it is in use by another program" : said;
  }

  private static Server server(
      Bind bind,
      Limits limits,
      Function<HttpService, HttpService> gate,
      Departure departure,
      Monitoring monitoring,
      List<BindableService> services)
      throws IOException {
    ServerBuilder builder = Server.builder();
    builder.disableServerHeader();
    builder.maxRequestLength(LARGEST_REQUEST);
    builder.requestTimeoutMillis(0);
    builder.idleTimeout(limits.idle());
    builder.maxNumConnections(limits.connections());
    builder.http2MaxStreamsPerConnection(1000);
    builder.gracefulShutdownTimeout(Duration.ZERO, Duration.ofSeconds(1));
    builder.errorHandler(new Answers());
    builder.meterRegistry(monitoring.metrics().registry());
    headers(builder, bind);
    listen(builder, bind);

    builder.service(
        "exact:/health/live",
        (ctx, request) -> HttpResponse.of(HttpStatus.OK, MediaType.PLAIN_TEXT_UTF_8, "alive\n"));
    builder.service("exact:/health/ready", monitoring.readiness().service(departure));
    builder.service("exact:/metrics", gate.apply(monitoring.figures()));
    builder.service(
        calls(services),
        gate,
        MetricCollectingService.newDecorator(GrpcMeterIdPrefixFunction.of("holdfast.calls")));
    builder.serviceUnder(
        "/",
        gate.apply(
            (ctx, request) ->
                Failures.answer(request.headers(), Failures.noSuchCall()).toHttpResponse()));
    return builder.build();
  }

  private static GrpcService calls(List<BindableService> services) {
    return GrpcService.builder()
        .addServices(services)
        .maxRequestMessageLength(LARGEST_REQUEST)
        .enableUnframedRequests(true)
        .unframedGrpcErrorHandler(Failures::json)
        .enableHttpJsonTranscoding(
            HttpJsonTranscodingOptions.builder().errorHandler(Failures::json).build())
        .jsonMarshallerFactory(service -> STRICT_JSON)
        .exceptionHandler(Failures::grpc)
        .build();
  }

  private static void headers(ServerBuilder builder, Bind bind) {
    builder.addHeader("x-content-type-options", "nosniff");
    builder.addHeader("cache-control", "no-store");
    builder.addHeader("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
    builder.addHeader("referrer-policy", "no-referrer");
    if (bind.tls().isPresent()) {
      builder.addHeader("strict-transport-security", "max-age=31536000");
    }
  }

  private static void listen(ServerBuilder builder, Bind bind) throws IOException {
    if (bind.tls().isEmpty()) {
      builder.port(bind.address(), SessionProtocol.HTTP);
      return;
    }
    Bind.Tls tls = bind.tls().get();
    builder.port(bind.address(), SessionProtocol.HTTPS);
    try {
      builder.tls(TlsKeyPair.of(readable(tls.key()).toFile(), readable(tls.cert()).toFile()));
    } catch (RuntimeException e) {
      throw new IOException(
          "TLS cannot be set up with "
              + tls.cert()
              + " and "
              + tls.key()
              + "; both must be PEM, the key PKCS#8 without a passphrase",
          e);
    }
  }

  private static Path readable(Path file) throws IOException {
    if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
      throw new IOException("the TLS file " + file + " is not there or cannot be read");
    }
    return file;
  }

  /** Where the API is reached, such as {@code http://127.0.0.1:7447}. */
  public String url() {
    InetSocketAddress address = server.activePort().localAddress();
    String host = bind.address().getHostString();
    return bind.scheme()
        + "://"
        + (host.contains(":") ? "[" + host + "]" : host)
        + ":"
        + address.getPort();
  }

  /** The port, also when any free one was asked for. */
  public int port() {
    return server.activePort().localAddress().getPort();
  }

  /** Ends what is under way, as {@link Departure} says, and closes the port. */
  @Override
  public void close() {
    departure.begin();
    server.close();
  }

  /** Every answer that is made by the library is a Failure too. */
  private static final class Answers implements ServerErrorHandler {
    @Override
    public HttpResponse onServiceException(ServiceRequestContext ctx, Throwable cause) {
      return cause instanceof com.linecorp.armeria.server.HttpStatusException known
          ? answer(ctx.request().headers(), known.httpStatus()).toHttpResponse()
          : cause instanceof com.linecorp.armeria.server.HttpResponseException known
              ? known.httpResponse()
              : Failures.answer(ctx.request().headers(), Failures.of(cause)).toHttpResponse();
    }

    @Override
    public AggregatedHttpResponse onProtocolViolation(
        ServiceConfig config,
        @Nullable RequestHeaders headers,
        HttpStatus status,
        @Nullable String description,
        @Nullable Throwable cause) {
      return answer(headers, status);
    }

    @Override
    public AggregatedHttpResponse renderStatus(
        @Nullable ServiceRequestContext ctx,
        ServiceConfig config,
        @Nullable RequestHeaders headers,
        HttpStatus status,
        @Nullable String description,
        @Nullable Throwable cause) {
      return cause == null || status.code() < 500
          ? answer(headers, status)
          : Failures.answer(orGet(headers), Failures.of(cause));
    }

    private static AggregatedHttpResponse answer(
        @Nullable RequestHeaders headers, HttpStatus status) {
      return Failures.answer(orGet(headers), Failures.of(status));
    }

    private static RequestHeaders orGet(@Nullable RequestHeaders headers) {
      return headers == null
          ? RequestHeaders.of(com.linecorp.armeria.common.HttpMethod.GET, "/")
          : headers;
    }
  }
}
