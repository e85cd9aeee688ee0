package dev.holdfast.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import dev.holdfast.rig.Authority;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Optional;
import javax.net.ssl.SSLServerSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SeedProbeTest {

  @TempDir private Path scratch;
  private Authority authority;
  private ClusterTls own;

  @BeforeEach
  void issue() throws IOException {
    authority = new Authority(scratch.resolve("authority"));
    own = read(authority.issue("own", "cluster"));
  }

  @Test
  void seedsWithWhichThereCanBeNoClusterAreHopeless() throws IOException {
    ClusterTls foreign = read(new Authority(scratch.resolve("other")).issue("seed", "cluster"));
    ClusterTls web = read(authority.issue("web", "www"));
    finds(true, own.ca() + " has not issued", Optional.of(own), secured(foreign));
    finds(true, "no name in common with", Optional.of(own), secured(web));
    finds(true, "speaks TLS, and this node has no", Optional.empty(), secured(own));
  }

  @Test
  void seedsThatMayOnlyBeAwayForNowAreNot() throws IOException {
    ClusterTls other = read(authority.issue("other", "cluster"));
    finds(false, "has not let this node in", Optional.of(own), secured(other));
    finds(false, "hangs up", Optional.of(own), seed(new ServerSocket(0, 9, loopback()), true));
    finds(
        false,
        "let this node in",
        Optional.empty(),
        seed(new ServerSocket(0, 9, loopback()), true));
    assertEquals(
        new SeedProbe.Found(false, "does not answer (Connection refused)"),
        new SeedProbe(Optional.of(own)).at("127.0.0.1:1"));
  }

  private static void finds(
      boolean hopeless, String said, Optional<ClusterTls> with, ServerSocket seed)
      throws IOException {
    try (seed) {
      var found = new SeedProbe(with).at("127.0.0.1:" + seed.getLocalPort());
      assertTrue(found.said().contains(said), found.said());
      assertEquals(hopeless, found.hopeless(), found.said());
    }
  }

  private static ServerSocket secured(ClusterTls tls) throws IOException {
    var socket =
        (SSLServerSocket)
            tls.context().getServerSocketFactory().createServerSocket(0, 9, loopback());
    socket.setNeedClientAuth(true);
    return seed(socket, false);
  }

  /** Listens until it is closed; says nothing, and perhaps hangs up. */
  private static ServerSocket seed(ServerSocket socket, boolean hangsUp) {
    var thread =
        new Thread(
            () -> {
              while (!socket.isClosed()) {
                try (Socket caller = socket.accept()) {
                  if (!hangsUp) {
                    caller.getInputStream().read();
                  }
                } catch (IOException e) {
                  // The caller has seen enough, or the socket was closed.
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
    return socket;
  }

  private static InetAddress loopback() {
    return InetAddress.getLoopbackAddress();
  }

  private static ClusterTls read(String block) {
    return ClusterTls.of(ConfigFactory.parseString("tls = " + block).getConfig("tls"))
        .orElseThrow();
  }
}
