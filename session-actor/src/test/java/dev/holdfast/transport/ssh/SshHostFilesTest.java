package dev.holdfast.transport.ssh;

import static dev.holdfast.fixture.Streams.PATIENCE;
import static dev.holdfast.fixture.Streams.await;

import dev.holdfast.fixture.SshHost;
import dev.holdfast.transport.Connection;
import dev.holdfast.transport.FilesContract;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

class SshHostFilesTest extends FilesContract {

  @TempDir static Path keys;
  private static SshHost host;
  private static SshTransport transport;

  @BeforeAll
  static void start() {
    var client = new SshClientSide(keys);
    host = SshHost.start().accept(client.key());
    transport = client.knowing(host.knownHostsLine()).transport();
  }

  @AfterAll
  static void stop() {
    transport.close();
    host.close();
  }

  @Override
  protected Connection connect() {
    return await(transport.connect(host.target(), PATIENCE));
  }
}
