package dev.holdfast.transport.ssh;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import dev.holdfast.fixture.SshHost;
import dev.holdfast.fixture.SshKeys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyPair;
import java.security.PublicKey;
import java.util.List;

/**
 * The client's side of a test: a directory with a key, a known_hosts file and settings for them.
 */
final class SshClientSide {

  private final Path dir;
  private final KeyPair key = SshKeys.ed25519();
  private com.typesafe.config.Config config = ConfigFactory.parseResources("reference.conf");

  SshClientSide(Path dir) {
    this.dir = dir;
    SshKeys.write(key, dir.resolve("id"));
    set("config-file", "");
    set("agent-socket", "");
    set("user", "tester");
    set("known-hosts", List.of(knownHosts().toString()));
    set("identities", List.of(dir.resolve("id").toString()));
  }

  PublicKey key() {
    return key.getPublic();
  }

  Path knownHosts() {
    return dir.resolve("known_hosts");
  }

  SshClientSide set(String name, Object value) {
    config = config.withValue("holdfast.ssh." + name, ConfigValueFactory.fromAnyRef(value));
    return this;
  }

  SshClientSide knowing(SshHost host) {
    return knowing(host.knownHostsLine());
  }

  SshClientSide knowing(String lines) {
    try {
      Files.writeString(knownHosts(), lines, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return this;
  }

  SshSettings settings() {
    return SshSettings.from(config.resolve());
  }

  SshTransport transport() {
    return new SshTransport(settings());
  }
}
