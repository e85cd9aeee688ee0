package dev.holdfast.cassandra;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Cassandra 5 runs on Java 17 and no later one (it sets a security policy, which newer ones
 * refuse), whatever Java the build runs on.
 */
final class Java17 {

  private Java17() {}

  /** The {@code java} of a Java 17: a named one, the one in use, or an installed one. */
  static Optional<Path> find() throws IOException {
    return homes().stream()
        .filter(Java17::isJava17)
        .map(home -> home.resolve("bin/java"))
        .findFirst();
  }

  private static List<Path> homes() throws IOException {
    List<Path> homes = new ArrayList<>();
    Stream.of(
            System.getenv("HOLDFAST_JAVA17"),
            System.getenv("JAVA_HOME"),
            System.getProperty("java.home"))
        .filter(home -> home != null && !home.isEmpty())
        .map(Path::of)
        .forEach(homes::add);
    Path installed = Path.of("/usr/lib/jvm");
    if (Files.isDirectory(installed)) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(installed)) {
        all.forEach(homes::add);
      }
    }
    return homes;
  }

  private static boolean isJava17(Path home) {
    Path release = home.resolve("release");
    if (!Files.isExecutable(home.resolve("bin/java")) || !Files.isReadable(release)) {
      return false;
    }
    try (Stream<String> lines = Files.lines(release)) {
      return lines.anyMatch(line -> line.matches("JAVA_VERSION=\"17[.\"].*"));
    } catch (IOException | RuntimeException unreadable) {
      return false;
    }
  }
}
