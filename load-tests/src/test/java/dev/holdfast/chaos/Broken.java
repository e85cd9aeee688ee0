package dev.holdfast.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.tools.ToolProvider;

/**
 * A build that is broken in one place: a copy of one of its sources in which one text is replaced
 * by another, compiled into a directory that is meant to stand before the true one on a node's
 * class path.
 */
final class Broken {

  private static final Path ROOT = Path.of("..");

  private final Path source;
  private final String text;

  /** The copy is true so far. */
  Broken(String source) throws IOException {
    this(ROOT.resolve(source), Files.readString(ROOT.resolve(source)));
  }

  private Broken(Path source, String text) {
    this.source = source;
    this.text = text;
  }

  /** One more text is replaced; it must be there, once. */
  Broken with(String what, String by) {
    assertEquals(2, text.split(java.util.regex.Pattern.quote(what), -1).length, what);
    return new Broken(source, text.replace(what, by));
  }

  /** A resource, at its place below the directory. */
  Path resource(Path directory, String name) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    return directory;
  }

  /** A class. */
  Path compiled(Path directory) throws IOException {
    Path copy = directory.resolve("source").resolve(source.getFileName());
    Files.createDirectories(copy.getParent());
    Files.writeString(copy, text);
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                directory.toString(),
                copy.toString());
    assertTrue(code == 0, copy + " does not compile");
    return directory;
  }
}
