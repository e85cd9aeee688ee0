package dev.holdfast.transport.ssh;

import static dev.holdfast.fixture.Streams.PATIENCE;
import static dev.holdfast.fixture.Streams.await;
import static dev.holdfast.fixture.Streams.awaitFailure;
import static dev.holdfast.fixture.Streams.readOut;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.fixture.OpenSsh;
import dev.holdfast.fixture.SshHost;
import dev.holdfast.transport.Channel;
import dev.holdfast.transport.Connection;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Signing in to a real sshd. */
class OpenSshSignInTest {

  @TempDir Path dir;
  private OpenSsh host;
  private SshClientSide client;

  @BeforeEach
  void start() {
    var started = OpenSsh.start(dir.resolve("sshd"));
    assumeTrue(started.isPresent(), "sshd is not installed");
    host = started.get();
    client = new SshClientSide(dir).set("identities", List.of(host.file("client_ed25519")));
  }

  @AfterEach
  void stop() {
    if (host != null) {
      host.close();
    }
  }

  private void signsIn() {
    signsIn(host.target());
  }

  private void signsIn(Target target) {
    try (SshTransport transport = client.transport()) {
      Connection connection = await(transport.connect(target, PATIENCE));
      assertEquals("in\n", new String(readOut(await(connection.run("echo in", PATIENCE))), UTF_8));
    }
  }

  private Failure failure() {
    try (SshTransport transport = client.transport()) {
      return Failure.of(awaitFailure(transport.connect(host.target(), PATIENCE)));
    }
  }

  @Test
  void keysOfAllTypesAreAcceptedAndHostKeysOfAllTypes() {
    for (String type : List.of("ed25519", "ecdsa", "rsa")) {
      host.set("HostKey", host.file("host_" + type));
      host.restart();
      client
          .knowing(host.knownHostsLine(type))
          .set("identities", List.of(host.file("client_" + type)));
      signsIn();
    }
  }

  @Test
  @DisplayName("the host key that is known is asked for, not the one the host likes best")
  void oneKnownKeyOfManyIsEnough() {
    host.set("HostKey", host.file("host_ed25519"));
    host.set("HostKey ", host.file("host_ecdsa"));
    host.set(" HostKey", host.file("host_rsa"));
    host.restart();
    client.knowing(host.knownHostsLine("rsa"));
    signsIn();
  }

  @Test
  void hashedKnownHostsAreUnderstood() throws IOException {
    client.knowing(host.knownHostsLine("ed25519"));
    host.keygen("-H", "-f", client.knownHosts().toString());
    assertTrue(Files.readString(client.knownHosts()).startsWith("|1|"));
    signsIn();
  }

  @Test
  void anEncryptedKeyOfOpenSshIsOpened() throws IOException {
    client.knowing(host.knownHostsLine("ed25519"));
    host.keygen("-p", "-N", "words and blanks", "-f", host.file("client_ed25519"));
    assertEquals(Kind.CREDENTIAL, failure().kind());
    Files.writeString(dir.resolve("pass"), "words and blanks\n");
    client.set("passphrase-file", dir.resolve("pass").toString());
    signsIn();
  }

  @Test
  void aUserCertificateLetsInWhoseKeyIsNotListed() {
    client.knowing(host.knownHostsLine("ed25519"));
    host.authorizeNobody();
    assertEquals(Kind.AUTH_REFUSED, failure().kind());
    client.set("identities", List.of(host.file("certified")));
    signsIn();
  }

  @Test
  @DisplayName("an authority for * is one for hosts on any port, as in OpenSSH")
  void aHostCertificateIsAcceptedByItsAuthority() {
    host.set("HostCertificate", host.file("host_ed25519-cert.pub"));
    host.restart();
    assertEquals(Kind.HOST_KEY_UNKNOWN, failure().kind());
    client.knowing("@cert-authority * " + host.read("ca.pub"));
    signsIn();
  }

  @Test
  void aHostCertificateForAnotherNameIsNotAccepted() {
    host.keygen(
        "-s",
        host.file("ca"),
        "-h",
        "-I",
        "other",
        "-n",
        "other.example",
        host.file("host_ed25519.pub"));
    host.set("HostCertificate", host.file("host_ed25519-cert.pub"));
    host.restart();
    client.knowing("@cert-authority * " + host.read("ca.pub"));
    assertEquals(Kind.HOST_KEY_UNKNOWN, failure().kind());
  }

  @Test
  void aCertifiedHostIsAlsoAcceptedByItsPlainKey() {
    host.set("HostCertificate", host.file("host_ed25519-cert.pub"));
    host.restart();
    client.knowing(host.knownHostsLine("ed25519"));
    signsIn();
  }

  @Test
  void aRevokedAuthorityIsRefused() {
    host.set("HostCertificate", host.file("host_ed25519-cert.pub"));
    host.restart();
    client.knowing("@cert-authority * " + host.read("ca.pub"));
    client.knowing("@revoked * " + host.read("ca.pub"));
    assertEquals(Kind.HOST_KEY_REVOKED, failure().kind());
  }

  @Test
  void aCertifiedKeyThatIsRevokedIsRefused() {
    host.set("HostCertificate", host.file("host_ed25519-cert.pub"));
    host.restart();
    client.knowing("@cert-authority * " + host.read("ca.pub"));
    client.knowing("@revoked * " + host.read("host_ed25519.pub"));
    assertEquals(Kind.HOST_KEY_REVOKED, failure().kind());
  }

  @Test
  void theAgentSignsForKeysThatAreInNoFile() throws Exception {
    client.knowing(host.knownHostsLine("ed25519")).set("identities", List.of());
    for (String type : List.of("client_ed25519", "client_ecdsa", "client_rsa", "certified")) {
      try (var agent = Agent.start(dir.resolve("agent-" + type), host.file(type))) {
        client.set("agent-socket", agent.socket().toString());
        signsIn();
      }
    }
  }

  @Test
  void identitiesOnlyKeepsTheAgentsOtherKeysBack() throws Exception {
    client.knowing(host.knownHostsLine("ed25519"));
    try (var agent = Agent.start(dir.resolve("agent"), host.file("client_ed25519"))) {
      Path config =
          Files.writeString(
              dir.resolve("config"),
              "IdentitiesOnly yes\nIdentityFile " + host.file("client_rsa") + "\n");
      host.authorizeNobody();
      host.authorize(Path.of(host.file("client_ed25519")));
      client.set("agent-socket", agent.socket().toString()).set("config-file", config.toString());
      assertEquals(Kind.AUTH_REFUSED, failure().kind());
      Files.writeString(config, "IdentityFile " + host.file("client_rsa") + "\n");
      signsIn();
    }
  }

  @Test
  void tooManyKeysAreSaidToBeTooMany() {
    client.knowing(host.knownHostsLine("ed25519"));
    var files = new ArrayList<String>();
    for (int i = 0; i < 8; i++) {
      host.keygen("-t", "ed25519", "-N", "", "-f", host.file("more" + i));
      files.add(host.file("more" + i));
    }
    client.set("identities", files);
    Failure failure = failure();
    assertEquals(Kind.AUTH_REFUSED, failure.kind(), failure.toString());
    assertTrue(failure.advice().contains("fewer keys"), failure.toString());
  }

  @Test
  void aHostIsReachedThroughJumpHosts() throws IOException {
    try (SshHost inner = SshHost.start().accept(client.key());
        SshHost middle = SshHost.start().accept(client.key())) {
      client
          .knowing(host.knownHostsLine("ed25519"))
          .knowing(inner.knownHostsLine())
          .knowing(middle.knownHostsLine());
      Path config =
          Files.writeString(
              dir.resolve("config"),
              String.join(
                  "\n",
                  "Host inner",
                  " HostName 127.0.0.1",
                  " Port " + inner.port(),
                  " IdentityFile " + dir.resolve("id"),
                  " ProxyJump middle",
                  "Host middle",
                  " HostName 127.0.0.1",
                  " Port " + middle.port(),
                  " IdentityFile " + dir.resolve("id"),
                  " ProxyJump gate",
                  "Host gate",
                  " HostName 127.0.0.1",
                  " User " + OpenSsh.user(),
                  " Port " + host.port(),
                  ""));
      client.set("config-file", config.toString());
      try (SshTransport transport = client.transport()) {
        var one = await(transport.connect(Target.parse("inner"), PATIENCE));
        var two = await(transport.connect(Target.parse("inner"), PATIENCE));
        byte[] big = readOut(await(one.run("head -c 5000000 /dev/zero", PATIENCE)));
        assertEquals(5_000_000, big.length);
        assertEquals("2\n", new String(readOut(await(two.run("echo 2", PATIENCE))), UTF_8));
        assertEquals(1, host.connectionCount());
        assertEquals(1, middle.connections());
        host.killConnections();
        assertEquals(Kind.LINK_LOST, await(one.gone()).kind());
      }
    }
  }

  @Test
  void whatIsBehindAJumpHostIsToldApartFromTheJumpHost() throws IOException {
    int closed = closedPort();
    Path config =
        Files.writeString(
            dir.resolve("config"),
            "Host inner\n HostName 127.0.0.1\n Port "
                + closed
                + "\n ProxyJump "
                + OpenSsh.user()
                + "@127.0.0.1:"
                + host.port()
                + "\n");
    client.set("config-file", config.toString());
    try (SshTransport transport = client.transport()) {
      Failure unknown =
          Failure.of(awaitFailure(transport.connect(Target.parse("inner"), PATIENCE)));
      assertEquals(Kind.HOST_KEY_UNKNOWN, unknown.kind());
      assertTrue(
          unknown.cause().startsWith("the jump host 127.0.0.1:" + host.port()), unknown.cause());
      client.knowing(host.knownHostsLine("ed25519"));
      Failure refused =
          Failure.of(awaitFailure(transport.connect(Target.parse("inner"), PATIENCE)));
      assertEquals(Kind.REFUSED, refused.kind(), refused.toString());
      assertTrue(
          refused.cause().contains("could not connect to 127.0.0.1:" + closed), refused.cause());
    }
  }

  /** A port that nobody listens on. */
  private static int closedPort() throws IOException {
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  @Test
  @DisplayName("a host that hangs is noticed by its silence")
  void aStoppedHostIsGoneAfterAFewKeepalives() {
    client
        .knowing(host.knownHostsLine("ed25519"))
        .set("keepalive-interval", "300ms")
        .set("keepalive-count", 3);
    try (SshTransport transport = client.transport()) {
      Connection connection = await(transport.connect(host.target(), PATIENCE));
      Channel channel = await(connection.run("cat", PATIENCE));
      host.pauseConnections();
      Failure gone = await(connection.gone());
      assertEquals(Kind.LINK_LOST, gone.kind());
      assertTrue(gone.cause().contains("no sign of life"), gone.toString());
      assertEquals(Kind.LINK_LOST, Failure.of(awaitFailure(channel.ended())).kind());
      assertEquals(0, readOut(channel).length);
    }
  }

  @Test
  @DisplayName("behaviour 38: MaxSessions is reached, and further connections are opened")
  void moreChannelsThanOneConnectionMayCarry() {
    host.set("MaxSessions", "3");
    host.restart();
    client.knowing(host.knownHostsLine("ed25519"));
    try (SshTransport transport = client.transport()) {
      Connection connection = await(transport.connect(host.target(), PATIENCE));
      var channels = new ArrayList<CompletionStage<Channel>>();
      for (int i = 0; i < 20; i++) {
        channels.add(connection.run("read x; echo $x", PATIENCE));
      }
      for (CompletionStage<Channel> channel : channels) {
        await(await(channel).write(UTF_8.encode("there\n")));
        assertEquals("there\n", new String(readOut(await(channel)), UTF_8));
      }
      assertTrue(host.connectionCount() >= 7, "connections: " + host.connectionCount());
    }
  }

  @Test
  void aHostThatAllowsNoChannelAtAllIsOverloaded() {
    host.set("MaxSessions", "0");
    host.restart();
    client.knowing(host.knownHostsLine("ed25519"));
    try (SshTransport transport = client.transport()) {
      Connection connection = await(transport.connect(host.target(), PATIENCE));
      Failure failure = Failure.of(awaitFailure(connection.run("true", PATIENCE)));
      assertEquals(Kind.OVERLOADED, failure.kind(), failure.toString());
    }
  }

  @Test
  @DisplayName("behaviour 38: MaxStartups drops connections, which is said to be an overload")
  void whatMaxStartupsDropsIsOverload() throws IOException {
    host.set("MaxStartups", "1:100:1");
    host.restart();
    client.knowing(host.knownHostsLine("ed25519"));
    try (Socket occupied = occupy()) {
      assertTrue(occupied.isConnected());
      assertEquals(Kind.OVERLOADED, failure().kind());
    }
  }

  /** A connection that is let in, and says nothing. */
  private Socket occupy() throws IOException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      var socket = new Socket(InetAddress.getLoopbackAddress(), host.port());
      if (socket.getInputStream().read() == 'S') {
        return socket;
      }
      socket.close();
      assertTrue(System.nanoTime() < end, "sshd lets nobody in");
    }
  }

  @Test
  @DisplayName("behaviour 38: a restart of sshd ends no connection, and new ones are made after it")
  void aRestartOfTheHostIsSurvived() {
    client.knowing(host.knownHostsLine("ed25519"));
    try (SshTransport transport = client.transport()) {
      Connection connection = await(transport.connect(host.target(), PATIENCE));
      host.killConnections();
      assertEquals(Kind.LINK_LOST, await(connection.gone()).kind());
      host.restart();
      Connection next = await(transport.connect(host.target(), PATIENCE));
      assertEquals("2\n", new String(readOut(await(next.run("echo 2", PATIENCE))), UTF_8));
    }
  }

  /** A real ssh-agent with one key. */
  private record Agent(Process process, Path socket) implements AutoCloseable {

    static Agent start(Path socket, String key) throws Exception {
      var agent =
          new Agent(
              new ProcessBuilder("ssh-agent", "-D", "-a", socket.toString())
                  .redirectErrorStream(true)
                  .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                  .start(),
              socket);
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!agent.add(key)) {
        assertTrue(System.nanoTime() < end, "ssh-agent did not start");
      }
      return agent;
    }

    private boolean add(String key) throws Exception {
      var builder = new ProcessBuilder("ssh-add", "-q", key).redirectErrorStream(true);
      builder.environment().put("SSH_AUTH_SOCK", socket.toString());
      Process added = builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
      return added.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS) && added.exitValue() == 0;
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
