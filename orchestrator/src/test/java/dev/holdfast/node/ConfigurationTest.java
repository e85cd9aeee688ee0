package dev.holdfast.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.holdfast.actor.SessionSettings;
import dev.holdfast.host.HostSettings;
import dev.holdfast.transport.ssh.SshSettings;
import dev.holdfast.webhook.Delivery;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigurationTest {

  private static final Config REFERENCE = ConfigFactory.defaultReference();

  @TempDir private Path scratch;

  @Test
  void theDefaultsListenOnLoopbackWithoutTls() {
    Settings settings = Settings.of(REFERENCE);
    assertTrue(settings.bind().address().getAddress().isLoopbackAddress());
    assertEquals(7410, settings.bind().address().getPort());
    assertEquals(Optional.empty(), settings.bind().tls());
    assertEquals(1 << 20, settings.bounds().scriptBytes());
    assertEquals(Duration.ofMinutes(2), settings.wakeTimeout());
    assertEquals(Duration.ofSeconds(20), SessionSettings.of(REFERENCE).askTimeout());
    assertEquals(Duration.ofMillis(15), HostSettings.from(REFERENCE).followAfter());
    assertEquals(Duration.ofSeconds(15), SshSettings.from(REFERENCE).connectDeadline());
  }

  @Test
  void everyKeyOfTheFileArrivesInTheSettings() throws IOException {
    Config given =
        read(
            """
            holdfast {
              data-dir = "/srv/holdfast"
              server { host = "127.0.0.9", port = 0, request-arrival = 1s, idle-timeout = 2s, connections = 3, failed-sign-ins = 4
                       tls { cert = "c.pem", key = "k.pem" } }
              bounds { queue-length = 5, queue-bytes = 6, jobs-kept = 7, script-bytes = 8 }
              closed-shown = 9
              webhooks { key-file = "w.key", attempts = 3, first-pause = 4ms, longest-pause = 5ms, deadline = 6ms }
              disk-threads = 10
              wake-timeout = 11s
            }
            """);
    Settings settings = Settings.of(given.withFallback(REFERENCE));
    assertEquals(Path.of("/srv/holdfast"), settings.dataDirectory());
    assertEquals("127.0.0.9", settings.bind().address().getHostString());
    assertEquals(Path.of("c.pem"), settings.bind().tls().orElseThrow().cert());
    assertEquals(Path.of("k.pem"), settings.bind().tls().orElseThrow().key());
    assertEquals(Duration.ofSeconds(1), settings.limits().arrival());
    assertEquals(Duration.ofSeconds(2), settings.limits().idle());
    assertEquals(
        List.of(3, 4), List.of(settings.limits().connections(), settings.limits().failedSignIns()));
    assertEquals(
        List.of(5, 7, 8),
        List.of(
            settings.bounds().queueLength(),
            settings.bounds().jobsKept(),
            settings.bounds().scriptBytes()));
    assertEquals(6, settings.bounds().queueBytes());
    assertEquals(Optional.of(Path.of("w.key")), settings.webhooks().keyFile());
    assertEquals(
        new Delivery(3, Duration.ofMillis(4), Duration.ofMillis(5), Duration.ofMillis(6)),
        settings.webhooks().delivery());
    assertEquals(List.of(9, 10), List.of(settings.closedShown(), settings.diskThreads()));
    assertEquals(Duration.ofSeconds(11), settings.wakeTimeout());
  }

  @Test
  void aNodeIsAloneUnlessItHasSeeds() {
    Settings settings = Settings.of(REFERENCE);
    assertTrue(settings.cluster().alone());
    assertEquals(Store.Kind.EMBEDDED, settings.store());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "store = sqlite | holdfast.store must be embedded, cassandra or postgresql, not 'sqlite'",
        "cluster { seeds = [\"127.0.0.1:7411\"], port = 7411 } | holdfast.store is embedded",
        "store = cassandra, cluster.seeds = [\"127.0.0.1:7411\"] | holdfast.cluster.port must be set",
        "store = cassandra, cluster { port = 7411, seeds = [\"nowhere\"] } | 'nowhere', which is not HOST:PORT",
        "store = cassandra, cluster { port = 7411, seeds = [\"127.0.0.1:7411\", \"127.0.0.1:7411\"] } | names a node twice",
        "cluster.host = \"10.0.0.1\" | beyond loopback, where nodes must not talk without TLS",
        "cluster.join-timeout = 5s | join-timeout must be 10 s or more",
        "cluster.name = \"Two Words\" | must be small letters",
      })
  void nodesThatCannotBeOneClusterAreRefusedWithTheReason(String given, String reason) {
    Config config = ConfigFactory.parseString("holdfast { " + given + " }").withFallback(REFERENCE);
    var refused = assertThrows(IllegalArgumentException.class, () -> Settings.of(config));
    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
  }

  @Test
  void anUnknownKeyIsNamedWithTheNearestKnownOne() {
    IOException refused = assertThrows(IOException.class, () -> read("holdfast.server.prot = 1"));
    assertTrue(refused.getMessage().contains("'holdfast.server.prot'"), refused.getMessage());
    assertTrue(refused.getMessage().contains("'holdfast.server.port'"), refused.getMessage());
  }

  @Test
  void aFileThatIsMissingOrMalformedIsOneLine() {
    for (IOException refused :
        List.of(
            assertThrows(
                IOException.class, () -> ConfigFile.read(Optional.of(scratch.resolve("none")))),
            assertThrows(IOException.class, () -> read("holdfast { server { port = ")))) {
      assertTrue(refused.getMessage().contains(scratch.toString()), refused.getMessage());
    }
  }

  @Test
  void listeningBeyondLoopbackWithoutTlsIsRefusedWithTheReason() throws IOException {
    Config open = read("holdfast.server.host = \"0.0.0.0\"").withFallback(REFERENCE);
    var refused = assertThrows(IllegalArgumentException.class, () -> Settings.of(open));
    assertTrue(refused.getMessage().contains("TLS"), refused.getMessage());
  }

  @Test
  void valuesOutOfTheirRangeAreRefused() throws IOException {
    for (String line :
        List.of(
            "holdfast.server.port = 99999",
            "holdfast.disk-threads = 0",
            "holdfast.webhooks.attempts = 0",
            "holdfast.webhooks.deadline = 2d",
            "holdfast.bounds.script-bytes = 1 GiB",
            "holdfast.server.tls.cert = only.pem")) {
      Config given = read(line).withFallback(REFERENCE);
      assertThrows(IllegalArgumentException.class, () -> Settings.of(given), line);
    }
  }

  @Test
  void everyKeyIsExplainedInTheDocumentation() throws IOException {
    String page = Files.readString(Path.of("../docs/configuration.md"));
    REFERENCE.getConfig("holdfast").entrySet().stream()
        .map(entry -> "`holdfast." + entry.getKey() + "`")
        .forEach(
            key -> assertTrue(page.contains(key), key + " is missing in docs/configuration.md"));
  }

  private Config read(String text) throws IOException {
    return ConfigFile.read(Optional.of(Files.writeString(scratch.resolve("holdfast.conf"), text)));
  }
}
