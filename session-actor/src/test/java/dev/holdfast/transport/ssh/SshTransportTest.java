package dev.holdfast.transport.ssh;

import static dev.holdfast.fixture.Streams.PATIENCE;
import static dev.holdfast.fixture.Streams.await;
import static dev.holdfast.fixture.Streams.awaitFailure;
import static dev.holdfast.fixture.Streams.readOut;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.holdfast.fixture.SshHost;
import dev.holdfast.transport.Channel;
import dev.holdfast.transport.Connection;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.TransportException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SshTransportTest {

  @TempDir Path dir;

  @Test
  void runsACommandAndGivesItsOutputAndExitStatus() throws Exception {
    var client = new SshClientSide(dir);
    try (SshHost host = SshHost.start().accept(client.key());
        SshTransport transport = client.knowing(host).transport()) {
      Connection connection = await(transport.connect(host.target(), PATIENCE));
      Channel channel = await(connection.run("cat; echo bye >&2; exit 7", PATIENCE));
      await(channel.write(ByteBuffer.wrap("hello".getBytes(UTF_8))));
      channel.endInput();
      assertEquals("hello", new String(readOut(channel), UTF_8));
      assertEquals(7, await(channel.ended()));
      connection.close();
    }
  }

  @Test
  void refusesAHostWhoseKeyIsNotKnown() throws Exception {
    var client = new SshClientSide(dir);
    try (SshHost host = SshHost.start().accept(client.key());
        SshTransport transport = client.transport()) {
      var failure = (TransportException) awaitFailure(transport.connect(host.target(), PATIENCE));
      assertEquals(Kind.HOST_KEY_UNKNOWN, failure.failure().kind(), failure.getMessage());
    }
  }
}
