package dev.holdfast.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import dev.holdfast.transport.Target;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class HostSettingsTest {

  @Test
  void defaultsAreThoseOfTheReference() {
    assertEquals(
        new HostSettings(
            "",
            "",
            Duration.ofMillis(15),
            Duration.ofSeconds(15),
            Duration.ofSeconds(15),
            Duration.ofSeconds(5),
            Duration.ofSeconds(1),
            Duration.ofSeconds(20),
            Duration.ofMillis(200),
            Duration.ofSeconds(10),
            Duration.ofSeconds(1),
            Duration.ofSeconds(10),
            16,
            256),
        HostSettings.from(ConfigFactory.defaultReference()));
  }

  @Test
  void everyKeyIsRead() {
    var settings =
        HostSettings.from(
            ConfigFactory.parseString(
                """
                holdfast.host {
                  local-root = /l, ssh-root = /s, follow-after = 1s, ping-interval = 2s, ping-timeout = 3s
                  status-interval = 4s, stall-after = 5s, channel-timeout = 6s, retry-min = 7s
                  retry-max = 8s, orphan-poll-min = 9s, orphan-poll-max = 10s, opens-per-target = 11,
                  opens-per-node = 12
                }
                """));
    assertEquals(
        new HostSettings(
            "/l",
            "/s",
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            Duration.ofSeconds(3),
            Duration.ofSeconds(4),
            Duration.ofSeconds(5),
            Duration.ofSeconds(6),
            Duration.ofSeconds(7),
            Duration.ofSeconds(8),
            Duration.ofSeconds(9),
            Duration.ofSeconds(10),
            11,
            12),
        settings);
    assertEquals("/l", settings.root(Target.parse("local:")));
    assertEquals("/s", settings.root(Target.parse("ssh://box")));
  }

  @Test
  void anUnknownKeyIsRefusedByName() {
    var config =
        ConfigFactory.parseString("holdfast.host.folow-after = 1s")
            .withFallback(ConfigFactory.defaultReference());
    var refused = assertThrows(ConfigException.class, () -> HostSettings.from(config));
    assertTrue(refused.getMessage().contains("folow-after"), refused.getMessage());
    assertTrue(refused.getMessage().contains("follow-after"), refused.getMessage());
  }
}
