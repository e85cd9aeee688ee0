package dev.holdfast.transport.ssh;

import static dev.holdfast.fixture.Streams.PATIENCE;
import static dev.holdfast.fixture.Streams.await;
import static dev.holdfast.fixture.Streams.awaitFailure;
import static dev.holdfast.fixture.Streams.readOut;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.fixture.FlakyProxy;
import dev.holdfast.fixture.SshHost;
import dev.holdfast.fixture.SshKeys;
import dev.holdfast.transport.Connection;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signing in to a host that behaves, and the failures when it, or we, do not. */
class SignInTest {

  @TempDir Path dir;
  private SshHost host;
  private SshClientSide client;

  @BeforeEach
  void start() {
    client = new SshClientSide(dir);
    host = SshHost.start();
    client.knowing(host.knownHostsLine());
  }

  @AfterEach
  void stop() {
    host.close();
  }

  private void signsIn() {
    try (SshTransport transport = client.transport()) {
      Connection connection = await(transport.connect(host.target(), PATIENCE));
      assertEquals("in\n", new String(readOut(await(connection.run("echo in", PATIENCE))), UTF_8));
    }
  }

  private Failure failure() {
    return failure(host.target());
  }

  private Failure failure(Target target) {
    try (SshTransport transport = client.transport()) {
      return Failure.of(awaitFailure(transport.connect(target, PATIENCE)));
    }
  }

  private static void assertFailed(Kind kind, String words, Failure failure) {
    assertEquals(kind, failure.kind(), failure.toString());
    assertTrue(failure.cause().contains(words), failure.toString());
    assertFalse(failure.advice().isBlank(), failure.toString());
    assertFalse((failure.cause() + failure.advice()).contains("\n"), failure.toString());
  }

  @Test
  void keysOfAllTypesAreAccepted() {
    for (KeyPair key : List.of(SshKeys.ed25519(), SshKeys.ecdsa(), SshKeys.rsa())) {
      host.accept(key.getPublic());
      client.set("identities", List.of(SshKeys.write(key, dir.resolve("other")).toString()));
      signsIn();
    }
  }

  @Test
  void anEncryptedKeyIsOpenedWithThePassphraseOfAFile() throws IOException {
    KeyPair key = SshKeys.ed25519();
    Path file = SshKeys.writeEncrypted(key, dir.resolve("locked"), "open sesame");
    host.accept(key.getPublic());
    client.set("identities", List.of(file.toString()));
    assertFailed(Kind.CREDENTIAL, "locked is encrypted", failure());

    Files.writeString(dir.resolve("passphrase"), "wrong secret\n");
    client.set("passphrase-file", dir.resolve("passphrase").toString());
    Failure wrong = failure();
    assertFailed(Kind.CREDENTIAL, "does not open", wrong);
    assertFalse(wrong.toString().contains("wrong secret"));

    Files.writeString(dir.resolve("passphrase"), "open sesame\n");
    signsIn();
  }

  @Test
  @DisplayName("behaviour 12: rotated credentials are used at the next sign-in")
  void aPasswordIsReadAnewForEachSignIn() throws IOException {
    Path file = dir.resolve("password");
    client.set("identities", List.of()).set("password-file", file.toString());
    assertFailed(Kind.CREDENTIAL, "password", failure());

    Files.writeString(file, "first\n");
    host.acceptPassword("first");
    signsIn();
    host.acceptPassword("second");
    Failure refused = failure();
    assertFailed(Kind.AUTH_REFUSED, "none of our credentials", refused);
    assertFalse(refused.toString().contains("first"));
    Files.writeString(file, "second\n");
    signsIn();
  }

  @Test
  void aMissingDefaultKeyIsSkippedAndNoCredentialAtAllIsSaid() {
    client.set("identities", List.of(dir.resolve("missing").toString()));
    assertFailed(Kind.CREDENTIAL, "no key, agent or password", failure());
  }

  @Test
  void aFileThatIsNoKeyIsNamed() throws IOException {
    Path file = Files.writeString(dir.resolve("nonsense"), "this is no key\n");
    client.set("identities", List.of(file.toString()));
    assertFailed(Kind.CREDENTIAL, "nonsense", failure());
  }

  @Test
  void aKeyThatTheHostDoesNotKnowIsRefused() {
    host.accept(SshKeys.ed25519().getPublic());
    assertFailed(Kind.AUTH_REFUSED, "for the user tester", failure());
  }

  @Test
  void aDeadAgentDoesNotKeepAKeyFromWorking() {
    client.set("agent-socket", dir.resolve("no-agent").toString());
    host.accept(client.key());
    signsIn();
    host.refuseAuthentication(true);
    assertFailed(Kind.CREDENTIAL, "agent", failure());
  }

  @Test
  @DisplayName("behaviour 2: an unresolvable host is a typed error")
  void aNameWithoutAddressIsUnresolved() {
    assertFailed(
        Kind.UNRESOLVED, "no-such-host.invalid", failure(Target.parse("no-such-host.invalid")));
  }

  @Test
  @DisplayName("behaviour 2: an unresolvable host is said to be one, also to who has no key")
  void aNameWithoutAddressIsUnresolvedForWhoHasNoKeyToo() {
    client.set("identities", List.of());
    assertFailed(
        Kind.UNRESOLVED, "no-such-host.invalid", failure(Target.parse("no-such-host.invalid")));
  }

  @Test
  @DisplayName("behaviour 2: a refused connection is a typed error")
  void aClosedPortIsRefused() throws IOException {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    assertFailed(Kind.REFUSED, "127.0.0.1:" + port, failure(Target.parse("127.0.0.1:" + port)));
  }

  @Test
  @DisplayName("behaviour 2: a silent host is a typed error within the connect deadline")
  void aHostThatAcceptsAndSaysNothingTimesOut() {
    client.set("connect-deadline", "500ms");
    host.freeze(true);
    assertFailed(Kind.TIMED_OUT, "timed out", failure());
    host.freeze(false);
    host.accept(client.key());
    client.set("connect-deadline", "30s");
    signsIn();
  }

  @Test
  void theCallersDeadlineEndsTheWaitToo() {
    host.freeze(true);
    try (SshTransport transport = client.transport()) {
      var late = awaitFailure(transport.connect(host.target(), Duration.ofMillis(300)));
      assertFailed(Kind.TIMED_OUT, "timed out", Failure.of(late));
    }
  }

  @Test
  @DisplayName("a timeout is told as such, not as the closing that it causes")
  void silenceAfterTheGreetingTimesOutToo() {
    try (var proxy = FlakyProxy.before(host.port())) {
      client.set("connect-deadline", "700ms");
      proxy.delay(Duration.ofMillis(400));
      Failure failure = failure(Target.parse("tester@127.0.0.1:" + proxy.port()));
      assertEquals(Kind.TIMED_OUT, failure.kind(), failure.toString());
    }
  }

  @Test
  void aConnectionClosedBeforeTheGreetingMeansOverload() {
    host.dropConnections(true);
    assertFailed(Kind.OVERLOADED, "before sign-in", failure());
    assertEquals(Failure.Next.RETRY, failure().kind().next());
  }

  @Test
  void aServerThatIsNotSshIsSaidToBeNone() throws Exception {
    try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var talker =
          new Thread(
              () -> {
                try (var socket = server.accept()) {
                  socket
                      .getOutputStream()
                      .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(UTF_8));
                  socket.shutdownOutput();
                  socket.getInputStream().readAllBytes();
                } catch (IOException closed) {
                  return;
                }
              });
      talker.start();
      assertFailed(
          Kind.PROTOCOL, "HTTP/1.1", failure(Target.parse("127.0.0.1:" + server.getLocalPort())));
      talker.join(PATIENCE.toMillis());
    }
  }

  @Test
  void noCommonKeyExchangeIsSaidToBeSo() {
    client.set("kex", List.of("sntrup761x25519-sha512@openssh.com"));
    host.offerKeyExchange("ecdh-sha2-nistp256");
    assertFailed(Kind.PROTOCOL, "do not agree", failure());
  }

  @Test
  void anUnknownHostKeyIsRefusedWithTheLineThatWouldAddIt() throws IOException {
    Files.delete(client.knownHosts());
    Failure failure = failure();
    assertFailed(Kind.HOST_KEY_UNKNOWN, WireKey.of(host.hostKey()).fingerprint(), failure);
    assertTrue(
        failure.advice().contains("ssh-keyscan -p " + host.port() + " 127.0.0.1 >> "),
        failure.advice());
    assertTrue(failure.advice().endsWith(client.knownHosts().toString()));
  }

  @Test
  @DisplayName("behaviour 13: a changed host key never connects, both fingerprints are shown")
  void aChangedHostKeyIsRefusedWithBothFingerprints() {
    host.accept(client.key());
    String before = WireKey.of(host.hostKey()).fingerprint();
    signsIn();
    host.changeHostKey();
    Failure failure = failure();
    assertFailed(Kind.HOST_KEY_MISMATCH, before, failure);
    assertFailed(Kind.HOST_KEY_MISMATCH, WireKey.of(host.hostKey()).fingerprint(), failure);
  }

  @Test
  void aHostKeyOfAnotherTypeThanTheKnownOneIsAChangedKey() {
    host.setHostKey(SshKeys.ecdsa());
    assertFailed(Kind.HOST_KEY_MISMATCH, "ecdsa", failure());
  }

  @Test
  void aRevokedHostKeyIsRefusedThoughItIsKnown() {
    client.knowing("@revoked * " + host.knownHostsLine().split(" ", 2)[1]);
    assertFailed(Kind.HOST_KEY_REVOKED, "revoked", failure());
  }

  @Test
  void aKnownHostsFileThatCannotBeReadIsAnError() {
    client.set("known-hosts", List.of(client.knownHosts().toString(), dir.toString()));
    assertFailed(Kind.HOST_KEY_UNKNOWN, "cannot be read", failure());
  }

  @Test
  void theKnownHostsFileIsReadAgainWhenItChanges() throws IOException {
    host.accept(client.key());
    Files.delete(client.knownHosts());
    try (SshTransport transport = client.transport()) {
      awaitFailure(transport.connect(host.target(), PATIENCE));
      client.knowing(host.knownHostsLine());
      await(transport.connect(host.target(), PATIENCE));
    }
  }
}
