package dev.holdfast.demo;

import dev.holdfast.fixture.SshHost;
import dev.holdfast.fixture.SshKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The SSH server of the demo. */
final class DemoHost implements AutoCloseable {

  private final SshHost host;
  private final Path identity;
  private final Path knownHosts;

  private DemoHost(SshHost host, Path identity, Path knownHosts) {
    this.host = host;
    this.identity = identity;
    this.knownHosts = knownHosts;
  }

  /** Starts it on a random loopback port, with keys of its own in the directory. */
  static DemoHost start(Path directory) throws IOException {
    Files.createDirectories(directory);
    var key = SshKeys.ed25519();
    Path identity = SshKeys.write(key, directory.resolve("id_ed25519"));
    SshHost host = SshHost.start().accept(key.getPublic());
    Path knownHosts = Files.writeString(directory.resolve("known_hosts"), host.knownHostsLine());
    return new DemoHost(host, identity, knownHosts);
  }

  String url() {
    return host.target().toString();
  }

  String describe() {
    return "Apache MINA SSHD with a real shell, on port " + host.port();
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
    host.close();
  }
}
