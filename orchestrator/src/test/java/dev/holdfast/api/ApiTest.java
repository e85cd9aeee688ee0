package dev.holdfast.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.fixture.RawHttp;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.FollowOutputRequest;
import dev.holdfast.protocol.v1.FollowOutputResponse;
import dev.holdfast.protocol.v1.GetSessionRequest;
import dev.holdfast.protocol.v1.GiveInputRequest;
import dev.holdfast.protocol.v1.JobsGrpc;
import dev.holdfast.protocol.v1.OutputPiece;
import dev.holdfast.protocol.v1.Session;
import dev.holdfast.protocol.v1.SessionActRequest;
import dev.holdfast.protocol.v1.SessionsGrpc;
import dev.holdfast.security.PrivateFile;
import dev.holdfast.security.Tokens;
import io.grpc.CallCredentials;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.okhttp.OkHttpChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The port itself: who is let in, and what is answered to requests that are not as they should be.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ApiTest {

  private static final Bind LOOPBACK =
      new Bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), Optional.empty());
  private static final Api.Limits LIMITS =
      new Api.Limits(Duration.ofSeconds(2), Duration.ofSeconds(5), 100, 1_000_000);

  @TempDir static Path directory;
  private Tokens tokens;
  private Api api;
  private String token;
  private ManagedChannel channel;
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeAll
  void open() throws Exception {
    Tokens.open(directory, Clock.systemUTC()).close();
    token = Files.readString(directory.resolve("token")).strip();
    PrivateFile.write(
        directory.resolve("tokens"),
        Files.readString(directory.resolve("tokens"))
            + "old default "
            + hash("old-token")
            + " 2020-01-01T00:00:00Z\n"
            + "stranger elsewhere "
            + hash("strangers-token")
            + " 2100-01-01T00:00:00Z\n");
    tokens = Tokens.open(directory, Clock.systemUTC());
    api =
        Api.start(
            LOOPBACK,
            LIMITS,
            tokens,
            Clock.systemUTC(),
            Watched.monitoring(Readiness.ALWAYS),
            List.of(new EchoSessions(), new EchoJobs()));
    channel =
        OkHttpChannelBuilder.forAddress("127.0.0.1", api.port())
            .usePlaintext()
            .maxInboundMessageSize(8 << 20)
            .build();
  }

  private static String hash(String secret) throws NoSuchAlgorithmException {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(secret.getBytes(StandardCharsets.UTF_8)));
  }

  @AfterAll
  void close() throws Exception {
    channel.shutdownNow().awaitTermination(20, TimeUnit.SECONDS);
    api.close();
    tokens.close();
  }

  @Test
  void theSameCallIsServedOverGrpcAndAsJson() throws Exception {
    Session session = sessions(token).getSession(get("abcd"));
    assertEquals("abcd", session.getId());
    assertEquals("admin", session.getOwner());

    HttpResponse<String> json = ask("GET", "/v1/sessions/abcd", "");
    assertEquals(200, json.statusCode());
    assertTrue(json.body().contains("\"id\": \"abcd\"") || json.body().contains("\"id\":\"abcd\""));
  }

  @Test
  void pathsWithAVerbBodiesAndQueriesAreUnderstood() throws Exception {
    assertEquals(200, ask("POST", "/v1/sessions/abcd:disconnect", "{}").statusCode());
    HttpResponse<String> made =
        ask("POST", "/v1/sessions", "{\"target\":\"local:\",\"idleTimeout\":\"90s\"}");
    assertEquals(200, made.statusCode(), made.body());
    assertTrue(made.body().contains("90s"), made.body());
  }

  @Test
  @DisplayName("behaviour 48: without a valid token nothing is answered, on any path")
  void withoutAValidTokenNothingIsAnsweredOnAnyPath() throws Exception {
    for (String path :
        List.of("/", "/v1/sessions", "/v1/sessions/abcd", "/nope", "/v1/nodes", "/health/x")) {
      for (String authorization : List.of("", "Bearer", "Bearer wrong", "Basic YTpi", token)) {
        for (String method : List.of("GET", "POST", "DELETE", "OPTIONS", "TRACE", "HEAD")) {
          HttpResponse<String> answer =
              askAs(authorization, method, path, method.equals("POST") ? "{}" : "");
          assertTrue(
              answer.statusCode() == 401 || answer.statusCode() == 429,
              method + " " + path + ": " + answer.statusCode());
        }
      }
    }
  }

  @Test
  @DisplayName("behaviour 48: a wrong or missing token over gRPC is told so with its kind")
  void aWrongTokenOverGrpcIsNotAuthorised() {
    assertEquals("not-authorised", failureOf(() -> sessions("wrong").getSession(get("abcd"))));
    assertEquals(
        "not-authorised",
        failureOf(() -> SessionsGrpc.newBlockingStub(channel).getSession(get("abcd"))));
    assertEquals(
        "not-authorised",
        failureOf(
            () ->
                JobsGrpc.newBlockingStub(channel)
                    .followOutput(FollowOutputRequest.getDefaultInstance())
                    .next()));
  }

  @Test
  void anExpiredTokenIsToldApart() throws Exception {
    assertEquals("token-expired", failureOf(() -> sessions("old-token").getSession(get("abcd"))));
    HttpResponse<String> json = askAs("Bearer old-token", "GET", "/v1/sessions", "");
    assertEquals(401, json.statusCode());
    assertTrue(json.body().contains("token-expired"), json.body());
  }

  @Test
  void tooManyFailedSignInsAreToldToWaitButAValidTokenIsNot() throws Exception {
    var few = new Api.Limits(LIMITS.arrival(), LIMITS.idle(), LIMITS.connections(), 3);
    try (Api strict =
        Api.start(
            LOOPBACK,
            few,
            tokens,
            Clock.systemUTC(),
            Watched.monitoring(Readiness.ALWAYS),
            List.of(new EchoSessions()))) {
      URI uri = URI.create(strict.url() + "/v1/sessions/abcd");
      for (int i = 0; i < 3; i++) {
        assertEquals(401, ask(uri, "Bearer guess" + i, "GET", "").statusCode());
      }
      assertEquals(429, ask(uri, "Bearer guess", "GET", "").statusCode());
      assertEquals(200, ask(uri, "Bearer " + token, "GET", "").statusCode());
    }
  }

  @Test
  void livenessIsForEverybodyAndSaysNothingElse() throws Exception {
    HttpResponse<String> answer = askAs("", "GET", "/health/live", "");
    assertEquals(200, answer.statusCode());
    assertEquals("alive\n", answer.body());
  }

  @Test
  void aNodeIsReadyWhileItsClusterCountsOnItAndItsJournalAnswers() throws Exception {
    var member = new AtomicBoolean(true);
    var journal = new AtomicReference<CompletionStage<?>>(CompletableFuture.completedStage(null));
    var readiness = new Readiness(member::get, journal::get);
    try (Api one =
        Api.start(
            LOOPBACK,
            LIMITS,
            tokens,
            Clock.systemUTC(),
            Watched.monitoring(readiness),
            List.of())) {
      URI ready = URI.create(one.url() + "/health/ready");
      awaitStatus(ready, 200);
      member.set(false);
      assertEquals(503, ask(ready, "", "GET", "").statusCode());
      member.set(true);
      assertEquals(200, ask(ready, "", "GET", "").statusCode());
      journal.set(CompletableFuture.failedStage(new IOException("no quorum")));
      awaitStatus(ready, 503);
      journal.set(CompletableFuture.completedStage(null));
      awaitStatus(ready, 200);
    }
  }

  @Test
  void figuresAreForOperatorsOnly() throws Exception {
    assertEquals(401, askAs("", "GET", "/metrics", "").statusCode());
    HttpResponse<String> refused = askAs("Bearer strangers-token", "GET", "/metrics", "");
    assertEquals(403, refused.statusCode());
    assertTrue(refused.body().contains("not-allowed"), refused.body());
    HttpResponse<String> told = askAs("Bearer " + token, "GET", "/metrics", "");
    assertEquals(200, told.statusCode());
    assertTrue(
        told.headers().firstValue("content-type").orElse("").startsWith("text/plain; version="),
        told.headers().toString());
    assertTrue(told.body().contains("holdfast_build{version=\"test\"} 1"), told.body());
  }

  @Test
  void callsAreCountedByMethodAndStatus() throws Exception {
    sessions(token).getSession(get("abcd"));
    String figures = askAs("Bearer " + token, "GET", "/metrics", "").body();
    assertTrue(
        figures
            .lines()
            .anyMatch(
                line ->
                    line.startsWith("holdfast_calls_requests_total{")
                        && line.contains("method=\"GetSession\"")
                        && line.contains("grpc_status=\"0\"")),
        figures);
  }

  /** The journal is looked at by and by. */
  private void awaitStatus(URI uri, int status) throws Exception {
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (ask(uri, "", "GET", "").statusCode() != status) {
      assertTrue(System.nanoTime() < until, uri + " is not " + status);
    }
  }

  @Test
  void whenItClosesThoseWhoWaitAreToldToGoElsewhere() throws Exception {
    Api leaving =
        Api.start(
            LOOPBACK,
            LIMITS,
            tokens,
            Clock.systemUTC(),
            Watched.monitoring(Readiness.ALWAYS),
            List.of(new EchoSessions()));
    var line = OkHttpChannelBuilder.forAddress("127.0.0.1", leaving.port()).usePlaintext().build();
    try {
      var caller = SessionsGrpc.newFutureStub(line).withCallCredentials(new Bearer(token));
      var waits = caller.getSession(get("late"));
      EchoSessions.late.take();
      leaving.close();
      var ended = assertThrows(ExecutionException.class, () -> waits.get(20, TimeUnit.SECONDS));
      var status = (StatusRuntimeException) ended.getCause();
      assertEquals("unavailable", failure(status).getKind(), status.toString());
      assertEquals("the node is stopping", failure(status).getCause());
    } finally {
      line.shutdownNow().awaitTermination(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void everyAnswerHasTheSecurityHeaders() throws Exception {
    for (HttpResponse<String> answer :
        List.of(
            ask("GET", "/v1/sessions/abcd", ""),
            ask("GET", "/nope", ""),
            askAs("", "GET", "/v1/sessions", ""))) {
      assertEquals("nosniff", answer.headers().firstValue("x-content-type-options").orElse(""));
      assertEquals("no-store", answer.headers().firstValue("cache-control").orElse(""));
      assertTrue(answer.headers().firstValue("server").isEmpty());
    }
  }

  @Test
  void aRefusalSaysKindCauseAndAdviceInBothLanguages() throws Exception {
    StatusRuntimeException grpc =
        assertThrows(StatusRuntimeException.class, () -> sessions(token).getSession(get("gone")));
    assertEquals(io.grpc.Status.Code.NOT_FOUND, grpc.getStatus().getCode());
    Failure failure = failure(grpc);
    assertEquals("not-found", failure.getKind());
    assertEquals("no \u00fcber session", failure.getCause());
    assertEquals("look", failure.getAdvice());

    HttpResponse<String> json = ask("GET", "/v1/sessions/gone", "");
    assertEquals(404, json.statusCode());
    assertTrue(
        json.body()
            .contains(
                "\"kind\":\"not-found\",\"cause\":\"no \u00fcber session\",\"advice\":\"look\""),
        json.body());
  }

  @Test
  void aBugIsToldAsInternalWithoutItsStackOrMessage() throws Exception {
    StatusRuntimeException grpc =
        assertThrows(StatusRuntimeException.class, () -> sessions(token).getSession(get("bug")));
    assertEquals("internal", failure(grpc).getKind());
    HttpResponse<String> json = ask("GET", "/v1/sessions/bug", "");
    assertEquals(500, json.statusCode());
    for (String text : List.of(json.body(), grpc.toString(), String.valueOf(grpc.getTrailers()))) {
      assertFalse(text.contains("hush"), text);
      assertFalse(text.contains("Exception\n"), text);
    }
  }

  @Test
  void unknownPathsMethodsAndServicesAreNoSuchCall() throws Exception {
    for (String path : List.of("/nope", "/v1/sessions/a/b/c", "/holdfast.v1.Sessions/Nope")) {
      HttpResponse<String> answer = ask("GET", path, "");
      assertEquals(404, answer.statusCode(), path);
      assertTrue(answer.body().contains("no-such-call"), answer.body());
    }
    assertEquals(404, ask("PUT", "/v1/sessions/abcd", "{}").statusCode());
    var unknown =
        SessionsGrpc.getGetSessionMethod().toBuilder()
            .setFullMethodName("holdfast.v1.Sessions/Nope")
            .build();
    assertEquals(
        "no-such-call",
        failureOf(
            () ->
                ClientCalls.blockingUnaryCall(
                    channel,
                    unknown,
                    CallOptions.DEFAULT.withCallCredentials(new Bearer(token)),
                    get("abcd"))));
  }

  @Test
  void jsonThatCannotBeReadIsInvalid() throws Exception {
    for (String body :
        List.of(
            "{\"target\":",
            "[]",
            "{\"target\":7,\"labels\":[]}",
            "{\"tarrget\":\"local:\"}",
            "{\"idleTimeout\":\"soon\"}",
            "not json",
            "\u0000")) {
      HttpResponse<String> answer = ask("POST", "/v1/sessions", body);
      assertEquals(400, answer.statusCode(), body + " -> " + answer.body());
      assertTrue(answer.body().contains("\"kind\":\"invalid\""), body + " -> " + answer.body());
    }
    assertEquals(400, ask("GET", "/v1/sessions?page_size=many", "").statusCode());
  }

  @Test
  void anOversizedRequestIsTooLarge() throws Exception {
    String large = "{\"target\":\"" + "x".repeat(Api.LARGEST_REQUEST) + "\"}";
    HttpResponse<String> json = ask("POST", "/v1/sessions", large);
    assertEquals(413, json.statusCode(), json.body());
    assertTrue(json.body().contains("too-large"), json.body());

    GiveInputRequest input =
        GiveInputRequest.newBuilder().setData(ByteString.copyFrom(new byte[5 << 20])).build();
    assertEquals(
        "too-large",
        failureOf(
            () ->
                JobsGrpc.newBlockingStub(channel)
                    .withCallCredentials(new Bearer(token))
                    .giveInput(input)));
  }

  @Test
  void aBodyThatIsAnnouncedTooLargeIsRefusedWithoutReadingIt() throws Exception {
    try (RawHttp raw = new RawHttp(api.port())) {
      String answer = raw.send(post("/v1/sessions", 1L << 40)).send("{").until("too-large");
      assertTrue(answer.startsWith("HTTP/1.1 413"), answer);
      assertTrue(answer.contains("too-large"), answer);
    }
  }

  @Test
  void aTruncatedBodyHarmsNothing() throws Exception {
    try (RawHttp raw = new RawHttp(api.port())) {
      raw.send(post("/v1/sessions", 100)).send("{\"target\":\"lo").end();
      String answer = raw.rest();
      assertFalse(answer.startsWith("HTTP/1.1 2"), answer);
    }
    assertEquals(200, ask("GET", "/v1/sessions/abcd", "").statusCode());
  }

  @Test
  void aTruncatedGrpcMessageIsInvalid() throws Exception {
    // A frame that announces 100 bytes and has 3, in a request that ends.
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(uri("/holdfast.v1.Sessions/GetSession"))
                .version(HttpClient.Version.HTTP_2)
                .timeout(Duration.ofSeconds(30))
                .header("authorization", "Bearer " + token)
                .header("content-type", "application/grpc")
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[] {0, 0, 0, 0, 100, 1, 2, 3}))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertFalse(answer.headers().firstValue("grpc-status").orElse("").equals("0"));
    HttpResponse<String> garbage =
        http.send(
            HttpRequest.newBuilder(uri("/holdfast.v1.Sessions/GetSession"))
                .version(HttpClient.Version.HTTP_2)
                .timeout(Duration.ofSeconds(30))
                .header("authorization", "Bearer " + token)
                .header("content-type", "application/grpc")
                .POST(HttpRequest.BodyPublishers.ofByteArray(new byte[] {0, 0, 0, 0, 2, -1, -1}))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    assertFalse(garbage.headers().firstValue("grpc-status").orElse("").equals("0"));
  }

  @Test
  void aBodyThatDripsIsGivenUp() throws Exception {
    try (RawHttp raw = new RawHttp(api.port())) {
      String answer = raw.send(post("/v1/sessions", 100)).send("{").until("too-slow");
      assertTrue(answer.contains("too-slow") || answer.startsWith("HTTP/1.1 408"), answer);
    }
  }

  @Test
  void aHeaderThatNeverEndsIsHungUpOn() throws Exception {
    try (RawHttp raw = new RawHttp(api.port())) {
      String answer = raw.send("GET /v1/sessions HTTP/1.1\r\nHost: x\r\nX-Slow: ").rest();
      assertFalse(answer.startsWith("HTTP/1.1 2"), answer);
    }
  }

  @Test
  void garbageOnThePortIsHungUpOn() throws Exception {
    try (RawHttp raw = new RawHttp(api.port())) {
      String answer = raw.send("\u0016\u0003\u0001 this is not http\r\n\r\n\r\n").rest();
      assertFalse(answer.startsWith("HTTP/1.1 2"), answer);
    }
    assertEquals(200, ask("GET", "/v1/sessions/abcd", "").statusCode());
  }

  @Test
  void aSlowReaderDoesNotMakeTheNodeBuffer() throws Exception {
    var pieces =
        JobsGrpc.newBlockingStub(channel)
            .withCallCredentials(new Bearer(token))
            .followOutput(FollowOutputRequest.newBuilder().setId("x.1").build());
    // Nothing but the first is taken: the writer must stop long before its end.
    assertTrue(pieces.next().hasPiece());
    long seen = -1;
    for (int still = 0; still < 5; ) {
      long now = EchoJobs.written.get();
      still = now == seen ? still + 1 : 0;
      seen = now;
      java.util.concurrent.locks.LockSupport.parkNanos(100_000_000);
    }
    assertTrue(seen < 64, seen + " pieces of 256 KiB were taken by nobody");
  }

  @Test
  void beyondLoopbackItIsRefusedWithoutTls() {
    for (String host : List.of("0.0.0.0", "::", "192.0.2.1")) {
      String message =
          assertThrows(
                  IllegalArgumentException.class,
                  () -> new Bind(new InetSocketAddress(host, 0), Optional.empty()))
              .getMessage();
      assertTrue(message.contains("without TLS"), message);
      assertTrue(message.contains("holdfast.server.tls.cert"), message);
    }
  }

  @Test
  void aPortInUseIsSaidInOneLine() {
    IOException failed =
        assertThrows(
            IOException.class,
            () ->
                Api.start(
                        new Bind(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), api.port()),
                            Optional.empty()),
                        LIMITS,
                        tokens,
                        Clock.systemUTC(),
                        Watched.monitoring(Readiness.ALWAYS),
                        List.of())
                    .close());
    assertEquals(
        "cannot listen on localhost port " + api.port() + ": it is in use by another program",
        failed.getMessage());
  }

  // ---- the peers

  private SessionsGrpc.SessionsBlockingStub sessions(String with) {
    return SessionsGrpc.newBlockingStub(channel)
        .withCallCredentials(new Bearer(with))
        .withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  private static GetSessionRequest get(String id) {
    return GetSessionRequest.newBuilder().setId(id).build();
  }

  private String failureOf(Runnable call) {
    return failure(assertThrows(StatusRuntimeException.class, call::run)).getKind();
  }

  private static Failure failure(StatusRuntimeException thrown) {
    try {
      var status = StatusProto.fromThrowable(thrown);
      assertEquals(1, status.getDetailsCount(), thrown.toString());
      return status.getDetails(0).unpack(Failure.class);
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private HttpResponse<String> ask(String method, String path, String body) throws Exception {
    return askAs("Bearer " + token, method, path, body);
  }

  private HttpResponse<String> askAs(String authorization, String method, String path, String body)
      throws Exception {
    return ask(uri(path), authorization, method, body);
  }

  private HttpResponse<String> ask(URI uri, String authorization, String method, String body)
      throws Exception {
    var request =
        HttpRequest.newBuilder(uri)
            .version(HttpClient.Version.HTTP_1_1)
            .timeout(Duration.ofSeconds(30))
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (!authorization.isEmpty()) {
      request.header("authorization", authorization);
    }
    if (!body.isEmpty()) {
      request.header("content-type", "application/json");
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private URI uri(String path) {
    return URI.create("http://127.0.0.1:" + api.port() + path);
  }

  private String post(String path, long length) {
    return "POST "
        + path
        + " HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
        + token
        + "\r\nContent-Type: application/json\r\nContent-Length: "
        + length
        + "\r\n\r\n";
  }

  private static final class Bearer extends CallCredentials {
    private final String token;

    Bearer(String token) {
      this.token = token;
    }

    @Override
    public void applyRequestMetadata(RequestInfo info, Executor executor, MetadataApplier applier) {
      Metadata headers = new Metadata();
      headers.put(
          Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
      applier.apply(headers);
    }
  }

  private static final class EchoSessions extends SessionsGrpc.SessionsImplBase {
    /** Calls that will never be answered. */
    private static final BlockingQueue<StreamObserver<Session>> late = new LinkedBlockingQueue<>();

    @Override
    public void getSession(GetSessionRequest request, StreamObserver<Session> answer) {
      switch (request.getId()) {
        case "late" -> late.add(answer);
        case "gone" -> answer.onError(Refusal.of(Kind.NOT_FOUND, "no \u00fcber session", "look"));
        case "bug" -> throw new IllegalStateException("hush");
        default -> {
          answer.onNext(
              Session.newBuilder().setId(request.getId()).setOwner(Caller.current().who()).build());
          answer.onCompleted();
        }
      }
    }

    @Override
    public void disconnectSession(SessionActRequest request, StreamObserver<Session> answer) {
      answer.onNext(Session.newBuilder().setId(request.getId()).build());
      answer.onCompleted();
    }

    @Override
    public void createSession(CreateSessionRequest request, StreamObserver<Session> answer) {
      answer.onNext(Session.newBuilder().setIdleTimeout(request.getIdleTimeout()).build());
      answer.onCompleted();
    }
  }

  private static final class EchoJobs extends JobsGrpc.JobsImplBase {
    private static final java.util.concurrent.atomic.AtomicLong written =
        new java.util.concurrent.atomic.AtomicLong();

    @Override
    public void followOutput(
        FollowOutputRequest request, StreamObserver<FollowOutputResponse> answer) {
      var stream = (io.grpc.stub.ServerCallStreamObserver<FollowOutputResponse>) answer;
      ByteString data = ByteString.copyFrom(new byte[256 * 1024]);
      stream.setOnReadyHandler(
          () -> {
            while (stream.isReady() && written.get() < 4000) {
              stream.onNext(
                  FollowOutputResponse.newBuilder()
                      .setPiece(OutputPiece.newBuilder().setData(data))
                      .build());
              written.incrementAndGet();
            }
          });
    }
  }
}
