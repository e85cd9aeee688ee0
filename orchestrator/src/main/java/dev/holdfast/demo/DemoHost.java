package dev.holdfast.demo;

import dev.holdfast.fixture.OpenSsh;
import dev.holdfast.fixture.SshHost;
import dev.holdfast.fixture.SshKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The SSH server of the demo, on a random loopback port, with keys of its own: OpenSSH's where this
 * machine has it, else the one that the tests use.
 *
 * @param server to be closed at the end
 * @param url the target
 * @param title what it is, for people
 * @param identity the private key that opens it
 * @param knownHosts the file that vouches for it
 */
record DemoHost(AutoCloseable server, String url, String title, Path identity, Path knownHosts)
    implements AutoCloseable {

  /** Starts it; its files are in the directory. */
  static DemoHost start(Path directory) throws IOException {
    Files.createDirectories(directory);
    return OpenSsh.installed().isPresent() ? openSsh(directory) : mina(directory);
  }

  private static DemoHost openSsh(Path directory) throws IOException {
    OpenSsh host = OpenSsh.start(directory.resolve("sshd")).orElseThrow();
    Path identity = Path.of(host.file("client_ed25519"));
    host.authorize(identity);
    return new DemoHost(
        host,
        host.target().toString(),
        "OpenSSH's sshd, on port " + host.port(),
        identity,
        Files.writeString(directory.resolve("known_hosts"), host.knownHostsLine("ed25519")));
  }

  private static DemoHost mina(Path directory) throws IOException {
    var key = SshKeys.ed25519();
    SshHost host = SshHost.start().accept(key.getPublic());
    return new DemoHost(
        host,
        host.target().toString(),
        "Apache MINA's, with a real shell (this machine has no sshd), on port " + host.port(),
        SshKeys.write(key, directory.resolve("id_ed25519")),
        Files.writeString(directory.resolve("known_hosts"), host.knownHostsLine()));
  }

  /** What a node must know to sign in. */
  String config() {
    return """
        holdfast.ssh {
          config-file = ""
          known-hosts = ["%s"]
          identities = ["%s"]
          agent-socket = ""
        }
        """
        .formatted(knownHosts, identity);
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (Exception e) {
      throw new IllegalStateException("the SSH server of the demo did not stop", e);
    }
  }
}
