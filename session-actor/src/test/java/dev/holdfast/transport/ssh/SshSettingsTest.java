package dev.holdfast.transport.ssh;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SshSettingsTest {

  private static SshSettings read(String overrides) {
    return SshSettings.from(
        ConfigFactory.parseString(overrides)
            .withFallback(ConfigFactory.parseResources("reference.conf"))
            .resolve());
  }

  @Test
  void theDefaultsAreThoseOfTheReference() {
    SshSettings settings = read("holdfast.ssh.agent-socket = \"\"");
    Path home = Path.of(System.getProperty("user.home"));
    assertEquals(System.getProperty("user.name"), settings.user());
    assertEquals(Optional.of(home.resolve(".ssh/config")), settings.configFile());
    assertEquals(
        List.of(home.resolve(".ssh/known_hosts"), Path.of("/etc/ssh/ssh_known_hosts")),
        settings.knownHosts());
    assertEquals(
        List.of(
            home.resolve(".ssh/id_ed25519"),
            home.resolve(".ssh/id_ecdsa"),
            home.resolve(".ssh/id_rsa")),
        settings.identities());
    assertEquals(Optional.empty(), settings.agentSocket());
    assertEquals(new SecretSource.None(), settings.passphrase());
    assertEquals(new SecretSource.None(), settings.password());
    assertEquals(Duration.ofSeconds(15), settings.connectDeadline());
    assertEquals(Duration.ofSeconds(15), settings.keepaliveInterval());
    assertEquals(3, settings.keepaliveCount());
    assertEquals("curve25519-sha256", settings.kex().get(0));
    assertEquals(Duration.ofSeconds(30), settings.linger());
    assertEquals(8, settings.maxChannels());
    assertEquals(8, settings.connectsPerTarget());
    assertEquals(32, settings.connectsPerNode());
  }

  @Test
  void everyKeyIsMapped() {
    assertEquals(
        new SshSettings(
            "u",
            Optional.of(Path.of("/c")),
            List.of(Path.of("/k")),
            List.of(Path.of("/i")),
            Optional.of(Path.of("/a")),
            new SecretSource.FromFile(Path.of("/p")),
            new SecretSource.FromEnvironment("V"),
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            3,
            List.of("curve25519-sha256"),
            Duration.ofSeconds(4),
            5,
            6,
            7),
        read(
            """
            holdfast.ssh {
              user = u
              config-file = /c
              known-hosts = [/k]
              identities = [/i]
              agent-socket = /a
              passphrase-file = /p
              password-variable = V
              connect-deadline = 1s
              keepalive-interval = 2s
              keepalive-count = 3
              kex = [curve25519-sha256]
              linger = 4s
              max-channels = 5
              connects-per-target = 6
              connects-per-node = 7
            }
            """));
  }

  @Test
  void anUnknownKeyIsNamedWithTheNearestKnownOne() {
    var error =
        assertThrows(
            IllegalArgumentException.class, () -> read("holdfast.ssh.conect-deadline = 1s"));
    assertTrue(error.getMessage().contains("conect-deadline"), error.getMessage());
    assertTrue(error.getMessage().contains("did you mean connect-deadline"), error.getMessage());
  }

  @Test
  void valuesOutOfRangeAreRefusedWithTheirKey() {
    for (String key :
        List.of("max-channels = 0", "connect-deadline = 0s", "keepalive-count = 0", "kex = []")) {
      var error = assertThrows(IllegalArgumentException.class, () -> read("holdfast.ssh." + key));
      assertTrue(error.getMessage().contains(key.split(" ", 2)[0]), error.getMessage());
    }
    assertThrows(ConfigException.class, () -> read("holdfast.ssh.linger = soon"));
  }

  @Test
  void aSecretHasOneSource() {
    assertThrows(
        IllegalArgumentException.class,
        () -> read("holdfast.ssh { password-file = /p, password-variable = V }"));
  }
}
