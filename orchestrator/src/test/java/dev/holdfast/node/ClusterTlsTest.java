package dev.holdfast.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.typesafe.config.ConfigFactory;
import dev.holdfast.rig.Authority;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterTlsTest {

  @TempDir private Path scratch;
  private ClusterTls own;
  private ClusterTls other;

  @BeforeEach
  void issue() throws IOException {
    own = read(new Authority(scratch.resolve("own")).issue("node", "")).orElseThrow();
    other = read(new Authority(scratch.resolve("other")).issue("node", "")).orElseThrow();
  }

  @Test
  void filesThatFitTogetherAreUsed() {
    assertNotNull(own.context());
    assertEquals(Optional.empty(), read("{ cert = \"\", key = \"\", ca = \"\" }"));
  }

  @Test
  void filesThatDoNotAreNamed() throws IOException {
    Path gone = scratch.resolve("gone.pem");
    Path noise = Files.writeString(scratch.resolve("noise.pem"), "noise");
    refused(new ClusterTls(own.cert(), own.key(), other.ca()), other.ca() + " has not issued it");
    refused(new ClusterTls(own.cert(), other.key(), own.ca()), "is not that of the certificate");
    refused(new ClusterTls(gone, own.key(), own.ca()), gone + " cannot be read");
    refused(new ClusterTls(own.cert(), gone, own.ca()), gone + " cannot be read");
    refused(new ClusterTls(own.cert(), own.key(), noise), noise + " must be PEM");
    refused(new ClusterTls(own.cert(), noise, own.ca()), noise + " must be PEM");
    refused(new ClusterTls(own.cert(), own.cert(), own.ca()), own.cert() + " must be PEM, PKCS#8");
  }

  @Test
  void aPartOfThemIsRefused() {
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> read("{ cert = \"c.pem\", key = \"\", ca = \"\" }"));
    assertTrue(refused.getMessage().contains("belong together"), refused.getMessage());
  }

  private static void refused(ClusterTls tls, String reason) {
    var refused = assertThrows(IllegalArgumentException.class, tls::context);
    assertTrue(refused.getMessage().contains(reason), refused.getMessage());
  }

  private static Optional<ClusterTls> read(String block) {
    return ClusterTls.of(ConfigFactory.parseString("tls = " + block).getConfig("tls"));
  }
}
