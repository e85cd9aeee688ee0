package dev.holdfast.transport.ssh;

import static dev.holdfast.fixture.Streams.PATIENCE;
import static dev.holdfast.fixture.Streams.await;

import dev.holdfast.fixture.SshHost;
import dev.holdfast.transport.ChannelContract;
import dev.holdfast.transport.Connection;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class SshHostChannelTest implements ChannelContract {

  @TempDir Path dir;
  private SshHost host;
  private SshTransport transport;

  @BeforeEach
  void start() {
    var client = new SshClientSide(dir);
    host = SshHost.start().accept(client.key());
    transport = client.knowing(host.knownHostsLine()).transport();
  }

  @AfterEach
  void stop() {
    transport.close();
    host.close();
  }

  @Override
  public Connection connection() {
    return await(transport.connect(host.target(), PATIENCE));
  }
}
