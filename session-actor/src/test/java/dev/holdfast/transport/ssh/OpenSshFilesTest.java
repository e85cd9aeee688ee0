package dev.holdfast.transport.ssh;

import static dev.holdfast.fixture.Streams.PATIENCE;
import static dev.holdfast.fixture.Streams.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.fixture.OpenSsh;
import dev.holdfast.transport.Connection;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.FilesContract;
import dev.holdfast.transport.TransportException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpenSshFilesTest extends FilesContract {

  @TempDir static Path scratch;
  private static Optional<OpenSsh> host = Optional.empty();
  private static SshTransport transport;

  @BeforeAll
  static void start() {
    host = OpenSsh.start(scratch.resolve("sshd"));
    assumeTrue(host.isPresent(), "sshd is not installed");
    transport = transport(host.get(), scratch);
  }

  private static SshTransport transport(OpenSsh to, Path keys) {
    return new SshClientSide(keys)
        .knowing(to.knownHostsLine("ed25519"))
        .set("identities", List.of(to.file("client_ed25519")))
        .transport();
  }

  @AfterAll
  static void stop() {
    if (transport != null) {
      transport.close();
    }
    host.ifPresent(OpenSsh::close);
  }

  @Override
  protected Connection connect() {
    return await(transport.connect(host.orElseThrow().target(), PATIENCE));
  }

  @Test
  void aTargetWithoutSftpSaysSo(@TempDir Path other) {
    try (var without =
            OpenSsh.start(other.resolve("sshd"), "Subsystem none /bin/true").orElseThrow();
        var way = transport(without, other);
        var connection = await(way.connect(without.target(), PATIENCE))) {
      var files = connection.files(PATIENCE).toCompletableFuture();
      var failed = assertThrows(CompletionException.class, files::join);
      var failure = ((TransportException) failed.getCause()).failure();
      assertEquals(Failure.Kind.NO_SFTP, failure.kind(), failure::cause);
    }
  }
}
