package dev.holdfast.cassandra;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/**
 * Cassandra's own jars, which lie in Maven's repository. Where, the build wrote into this jar; so
 * what is built here runs on this machine, and is not meant for another.
 */
final class ServerJars {

  private ServerJars() {}

  /** The class path of a server; empty when the jars are not there. */
  static Optional<String> classPath() throws IOException {
    try (InputStream jars = ServerJars.class.getResourceAsStream("jars")) {
      if (jars == null) {
        return Optional.empty();
      }
      String path = new String(jars.readAllBytes(), UTF_8).strip();
      boolean all =
          Arrays.stream(path.split(":", -1)).allMatch(jar -> Files.isReadable(Path.of(jar)));
      return all ? Optional.of(ourselves() + ":" + path) : Optional.empty();
    }
  }

  /** For {@link Tethered}. */
  private static Path ourselves() throws IOException {
    try {
      return Path.of(ServerJars.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException(e);
    }
  }
}
