package dev.holdfast.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.cli.LittleServer;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The example of docs/java-client.md is a program, and does what the page says. */
class ExampleTest {

  private static final Pattern CODE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);

  @TempDir private Path directory;

  @Test
  void theExampleOfThePageCompilesAndRuns() throws Exception {
    Matcher code = CODE.matcher(Files.readString(Path.of("../docs/java-client.md")));
    assertTrue(code.find());
    Path source = Files.writeString(directory.resolve("Example.java"), code.group(1));
    assertEquals("", compile(source));

    try (var server = new LittleServer(directory).start();
        var loader =
            new URLClassLoader(
                new URL[] {directory.toUri().toURL()}, getClass().getClassLoader())) {
      server.when("whoami", job -> job.print("ops\n").exit(7));
      String address = Files.readString(directory.resolve("endpoint")).strip();
      var run =
          loader
              .loadClass("Example")
              .getDeclaredMethod("run", String[].class, String.class, String.class, String.class);
      run.setAccessible(true);

      String[] addresses = {"http://127.0.0.1:1", address};
      Object exitCode = run.invoke(null, addresses, LittleServer.TOKEN, "web", "whoami");

      assertEquals(7, exitCode);
    }
  }

  private static String compile(Path source) {
    var said = new StringWriter();
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (var files = compiler.getStandardFileManager(null, null, null)) {
      var options = List.of("-proc:none", "-d", source.getParent().toString());
      boolean done =
          compiler
              .getTask(said, files, null, options, null, files.getJavaFileObjects(source))
              .call();
      return done ? "" : said.toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
