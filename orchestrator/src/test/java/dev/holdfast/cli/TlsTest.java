package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server behind https, with a certificate that only its own authority vouches for. */
final class TlsTest {

  private static final char[] PASSWORD = "password".toCharArray();

  @TempDir Path directory;

  @Test
  void theServerIsTrustedByItsAuthorityAndOnlyByThat() throws Exception {
    try (var server = new LittleServer(directory).start(credentials())) {
      server.open("web", Map.of());

      var trusted =
          CommandLineRun.with(directory)
              .run("list", "--ca", directory.resolve("cert.pem").toString());
      var untrusted = CommandLineRun.with(directory).run("list");

      assertEquals(0, trusted.code(), trusted.err());
      assertEquals(1, trusted.out().lines().count());
      assertEquals(ExitCode.UNREACHABLE, untrusted.code());
      assertTrue(untrusted.err().contains("no trusted connection to https://"), untrusted.err());
      assertTrue(untrusted.err().contains("--ca FILE"), untrusted.err());
    }
  }

  private ServerCredentials credentials()
      throws IOException, InterruptedException, GeneralSecurityException {
    var store = directory.resolve("store.p12");
    var keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=ip:127.0.0.1",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(PASSWORD),
                "-keystore",
                store.toString())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("keytool.log").toFile())
            .start();
    assertTrue(keytool.waitFor(60, TimeUnit.SECONDS));
    var keys = KeyStore.getInstance(store.toFile(), PASSWORD);
    var cert = pem("cert.pem", "CERTIFICATE", keys.getCertificate("server").getEncoded());
    var key = pem("key.pem", "PRIVATE KEY", keys.getKey("server", PASSWORD).getEncoded());
    return TlsServerCredentials.create(cert.toFile(), key.toFile());
  }

  private Path pem(String file, String what, byte[] bytes) throws IOException {
    var body =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(bytes);
    return Files.writeString(
        directory.resolve(file),
        "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n");
  }
}
