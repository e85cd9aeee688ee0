package dev.holdfast.behaviour;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.util.Timestamps;
import dev.holdfast.fixture.SshHost;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.EventsGrpc;
import dev.holdfast.protocol.v1.GetJobRequest;
import dev.holdfast.protocol.v1.GetSessionRequest;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobsGrpc;
import dev.holdfast.protocol.v1.ListEventsRequest;
import dev.holdfast.protocol.v1.ListHistoryRequest;
import dev.holdfast.protocol.v1.ListNodesRequest;
import dev.holdfast.protocol.v1.ListSessionsRequest;
import dev.holdfast.protocol.v1.NodesGrpc;
import dev.holdfast.protocol.v1.ProfilesGrpc;
import dev.holdfast.protocol.v1.ReadOutputRequest;
import dev.holdfast.protocol.v1.RemoveSessionRequest;
import dev.holdfast.protocol.v1.SessionsGrpc;
import dev.holdfast.protocol.v1.SubmitJobRequest;
import dev.holdfast.protocol.v1.TerminalsGrpc;
import dev.holdfast.rig.NodeClient;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.grpc.okhttp.OkHttpChannelBuilder;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who is let in, what is written down, and what is never told. */
class SafetyTest {

  private static final String PASSWORD = "Tr0ub4dor-and-3-more";
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private static Stage stage;

  @BeforeAll
  static void setTheStage() throws IOException, InterruptedException {
    stage =
        Stage.set(
            new Stage.Options(
                """
                holdfast.ssh.password-variable = TARGET_PASSWORD
                holdfast.server.failed-sign-ins = 100000
                """,
                List.of(),
                Map.of("TARGET_PASSWORD", PASSWORD),
                Optional.empty()));
  }

  @AfterAll
  static void clear() throws IOException {
    stage.close();
  }

  /** Asks with another token, or with none, and is refused; the kind of the refusal. */
  private static String refusedKind(Optional<String> token, NodeClient.Call<?> call)
      throws IOException {
    URI at = stage.node().endpoint();
    ManagedChannel channel =
        OkHttpChannelBuilder.forAddress(at.getHost(), at.getPort()).usePlaintext().build();
    try {
      var headers = new Metadata();
      token.ifPresent(text -> headers.put(AUTHORIZATION, "Bearer " + text));
      var signed = MetadataUtils.newAttachHeadersInterceptor(headers);
      var stubs =
          new NodeClient.Stubs(
              SessionsGrpc.newBlockingStub(channel).withInterceptors(signed),
              JobsGrpc.newBlockingStub(channel).withInterceptors(signed),
              NodesGrpc.newBlockingStub(channel).withInterceptors(signed),
              ProfilesGrpc.newBlockingStub(channel).withInterceptors(signed),
              TerminalsGrpc.newBlockingStub(channel).withInterceptors(signed),
              EventsGrpc.newBlockingStub(channel).withInterceptors(signed));
      var thrown = assertThrows(StatusRuntimeException.class, () -> call.on(stubs));
      return NodeClient.failure(thrown).orElseThrow().getKind();
    } finally {
      channel.shutdownNow();
    }
  }

  private static void addToken(String name, String tenant, String token, String expiry)
      throws IOException {
    Files.writeString(
        stage.data().resolve("tokens"),
        "\n%s %s %s %s\n".formatted(name, tenant, sha256(token), expiry),
        StandardOpenOption.APPEND);
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static final List<NodeClient.Call<?>> ONE_OF_EACH =
      List.of(
          stubs -> stubs.sessions().listSessions(ListSessionsRequest.getDefaultInstance()),
          stubs ->
              stubs
                  .sessions()
                  .createSession(CreateSessionRequest.newBuilder().setTarget("local:").build()),
          stubs -> stubs.jobs().getJob(GetJobRequest.newBuilder().setId("a.1").build()),
          stubs -> stubs.nodes().listNodes(ListNodesRequest.getDefaultInstance()),
          stubs -> stubs.events().listEvents(ListEventsRequest.getDefaultInstance()));

  @DisplayName("behaviour 48: without a valid token nothing is answered")
  @Test
  void whoHasNoTokenHearsNothing() throws IOException, InterruptedException {
    for (NodeClient.Call<?> call : ONE_OF_EACH) {
      assertEquals("not-authorised", refusedKind(Optional.empty(), call));
      assertEquals("not-authorised", refusedKind(Optional.of("hf_wrong"), call));
    }
    var plain =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(stage.node().endpoint().resolve("/v1/sessions")).build(),
                HttpResponse.BodyHandlers.ofString());
    assertEquals(401, plain.statusCode());
    assertEquals(3, stage.holdfast().env("HOLDFAST_TOKEN", "hf_wrong").run("list").code());
  }

  @DisplayName("behaviour 48: a token that has expired is said to have")
  @Test
  void anExpiredTokenOpensNothing() throws IOException {
    addToken("old", "admin", "hf_old", "2020-01-01T00:00:00Z");
    Eventually.see(
        "the token is known",
        () -> kindUnchecked("hf_old", ONE_OF_EACH.get(0)),
        "token-expired"::equals);
  }

  private static String kindUnchecked(String token, NodeClient.Call<?> call) {
    try {
      return refusedKind(Optional.of(token), call);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @DisplayName("behaviour 48: another tenant's session is \"not found\"")
  @ParameterizedTest
  @EnumSource
  void theSessionsOfOthersDoNotExist(TargetKind kind) throws IOException {
    var shell = stage.open(kind);
    Job job = shell.run("echo mine").with(0).job();
    String token = "hf_eve_" + kind;
    addToken("eve-" + kind, "other", token, "never");
    NodeClient.Call<?> get =
        stubs ->
            stubs.sessions().getSession(GetSessionRequest.newBuilder().setId(shell.id()).build());
    Eventually.see("the token is known", () -> kindUnchecked(token, get), "not-found"::equals);
    List<NodeClient.Call<?>> calls =
        List.of(
            stubs ->
                stubs
                    .jobs()
                    .submitJob(
                        SubmitJobRequest.newBuilder()
                            .setSession(shell.id())
                            .setScript("true")
                            .build()),
            stubs -> stubs.jobs().getJob(GetJobRequest.newBuilder().setId(job.getId()).build()),
            stubs ->
                stubs.jobs().readOutput(ReadOutputRequest.newBuilder().setId(job.getId()).build()),
            stubs ->
                stubs
                    .sessions()
                    .listHistory(ListHistoryRequest.newBuilder().setId(shell.id()).build()),
            stubs ->
                stubs
                    .sessions()
                    .removeSession(RemoveSessionRequest.newBuilder().setId(shell.id()).build()));
    for (NodeClient.Call<?> call : calls) {
      assertEquals("not-found", refusedKind(Optional.of(token), call));
    }
    assertEquals("still\n", shell.run("echo still").with(0).text());
    var listed = stage.holdfast().env("HOLDFAST_TOKEN", token).run("list", "--output", "id");
    assertEquals(0, listed.code(), listed.err());
    assertEquals("", listed.out());
  }

  @DisplayName("behaviour 49: secrets are in no argv, journal, log, target or error text")
  @Test
  void noSecretIsWrittenDownOrShown() throws IOException, InterruptedException {
    SshHost host = stage.fixture();
    host.acceptPassword(PASSWORD);
    stage.withoutKeys();
    host.killConnections();
    String token = stage.node().token();
    try {
      var shell = stage.open(TargetKind.FIXTURE);
      Gate gate = stage.gate();
      Job job = shell.running(gate.await() + "; env");
      assertFalse(argvOfAll().anyMatch(words -> words.contains(PASSWORD)), "in an argv");
      assertFalse(argvOfAll().anyMatch(words -> words.contains(token)), "in an argv");
      gate.open();
      assertFalse(shell.end(job).with(0).text().contains(PASSWORD));
      String local = stage.open(TargetKind.LOCAL).run("env").with(0).text();
      assertFalse(local.contains(PASSWORD), "a local job sees it");
      assertFalse(local.contains("HOLDFAST_TOKEN"), "a local job sees it");

      host.refuseAuthentication(true);
      host.killConnections();
      var broken =
          shell.await("it is Broken", now -> now.getFailure().getKind().equals("auth-refused"));
      assertFalse(broken.toString().contains(PASSWORD));
    } finally {
      host.refuseAuthentication(false);
      stage.introduce(host);
    }
    stage.node().kill();
    try {
      for (Path file : stage.files()) {
        String text = content(file);
        assertFalse(text.contains(PASSWORD), file::toString);
        assertTrue(file.endsWith("node/token") || !text.contains(token), file::toString);
      }
    } finally {
      stage.node().start();
    }
  }

  private static Stream<String> argvOfAll() {
    return ProcessHandle.allProcesses()
        .map(process -> Path.of("/proc", Long.toString(process.pid()), "cmdline"))
        .map(SafetyTest::content);
  }

  /** What is in a file; nothing when it has gone meanwhile. */
  private static String content(Path file) {
    try {
      return Files.readString(file, ISO_8859_1);
    } catch (IOException gone) {
      return "";
    }
  }

  @DisplayName(
      "behaviour 50: every act is in the history: who, what, when, from where, what came of it")
  @ParameterizedTest
  @EnumSource
  void theHistoryTellsEverythingAndOnlyGrows(TargetKind kind) {
    var shell = stage.open(kind);
    shell.run("exit 3").with(3);
    Job cancelled = shell.running("sleep 1000");
    shell.cancel(cancelled, 1);
    shell.end(cancelled);
    shell.disconnect();
    shell.connect();
    List<HistoryEntry> before = shell.history();
    shell.remove();
    List<HistoryEntry> all = shell.history();
    assertEquals(before, all.subList(0, before.size()));
    assertEquals(
        IntStream.rangeClosed(1, all.size()).mapToObj(Long::valueOf).toList(),
        all.stream().map(HistoryEntry::getNumber).toList());
    HistoryEntry requested = only(all, "requested");
    assertEquals("admin", requested.getWho());
    assertTrue(requested.getFrom().contains("127.0.0.1"), requested.getFrom());
    assertTrue(requested.getDetail().contains(stage.url(kind)), requested.getDetail());
    HistoryEntry asked = only(all, "cancel-asked");
    assertEquals("admin", asked.getWho());
    assertEquals(cancelled.getId(), asked.getJob());
    assertTrue(
        all.stream()
            .anyMatch(
                entry ->
                    entry.getWhat().equals("job-finished")
                        && entry.getJob().equals(shell.id() + ".1")
                        && entry.getDetail().contains("exit code 3")));
    assertEquals("admin", only(all, "removal-asked").getWho());
    assertEquals("holdfast", only(all, "session-closed").getWho());
    for (int i = 1; i < all.size(); i++) {
      assertTrue(
          Timestamps.compare(all.get(i - 1).getAt(), all.get(i).getAt()) <= 0, all::toString);
    }
  }

  private static HistoryEntry only(List<HistoryEntry> all, String what) {
    var found = all.stream().filter(entry -> entry.getWhat().equals(what)).toList();
    assertEquals(1, found.size(), () -> what + " in " + all);
    return found.get(0);
  }
}
