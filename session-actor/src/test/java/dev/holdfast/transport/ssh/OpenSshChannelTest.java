package dev.holdfast.transport.ssh;

import static dev.holdfast.fixture.Streams.PATIENCE;
import static dev.holdfast.fixture.Streams.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.fixture.OpenSsh;
import dev.holdfast.transport.ChannelContract;
import dev.holdfast.transport.Connection;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class OpenSshChannelTest implements ChannelContract {

  @TempDir static Path dir;
  private static Optional<OpenSsh> host = Optional.empty();
  private SshTransport transport;

  @BeforeAll
  static void startHost() {
    host = OpenSsh.start(dir.resolve("sshd"));
  }

  @AfterAll
  static void stopHost() {
    host.ifPresent(OpenSsh::close);
  }

  @BeforeEach
  void start() {
    assumeTrue(host.isPresent(), "sshd is not installed");
    transport =
        new SshClientSide(dir)
            .knowing(host.get().knownHostsLine("ed25519"))
            .set("identities", List.of(host.get().file("client_ed25519")))
            .transport();
  }

  @AfterEach
  void stop() {
    if (transport != null) {
      transport.close();
    }
  }

  @Override
  public Connection connection() {
    return await(transport.connect(host.get().target(), PATIENCE));
  }
}
