package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.protocol.v1.JobState;
import dev.holdfast.protocol.v1.Session;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What happens when the user ends {@code holdfast}: with a process of its own, because a signal is
 * for all of one. TERM stands for Ctrl-C, which may be ignored where the tests run.
 */
final class InterruptTest {

  private static final int SIGTERM = 128 + 15;

  @TempDir Path directory;

  private LittleServer server;
  private Session web;

  @BeforeEach
  void startServer() {
    server = new LittleServer(directory).start().when("long", job -> job.print("begun\n"));
    web = server.open("web", Map.of());
  }

  @AfterEach
  void stopServer() {
    server.close();
  }

  @Test
  @DisplayName("behaviour 32: the client dies and nothing changes")
  void anInterruptedInvokeSaysHowToComeBackAndTheJobGoesOn() throws Exception {
    var invoke = start("invoke", "web", "--", "long");
    try (var out = invoke.inputReader(StandardCharsets.UTF_8)) {
      awaitLine(out, "begun");

      invoke.destroy();

      assertTrue(invoke.waitFor(60, TimeUnit.SECONDS));
      assertEquals(SIGTERM, invoke.exitValue());
      assertTrue(error().contains("  holdfast receive " + web.getId() + ".1 --follow"), error());
      assertFalse(server.jobsOf(web).get(0).ended());
    } finally {
      invoke.destroyForcibly();
    }
  }

  @Test
  void anInterruptedInvokeCancelsItsJobWhenAskedTo() throws Exception {
    var invoke = start("invoke", "web", "--kill-on-interrupt", "--", "long");
    try (var out = invoke.inputReader(StandardCharsets.UTF_8)) {
      awaitLine(out, "begun");

      invoke.destroy();

      assertTrue(invoke.waitFor(60, TimeUnit.SECONDS));
      assertEquals(JobState.STOPPED, server.jobsOf(web).get(0).view().getState());
      assertTrue(error().contains("cancelled job " + web.getId() + ".1"), error());
    } finally {
      invoke.destroyForcibly();
    }
  }

  @Test
  @DisplayName("behaviour 22: arguments travel by value, in the locale C too")
  void argumentsKeepTheirBytesInEveryLocale() throws Exception {
    var words = List.of("écho", "日本", "a b");
    server.when(String.join(" ", words), job -> job.exit(5));
    var args = new ArrayList<>(List.of("invoke", "web", "--"));
    args.addAll(words);

    var invoke = start(args.toArray(String[]::new));
    try {
      assertTrue(invoke.waitFor(60, TimeUnit.SECONDS));
      assertEquals(5, invoke.exitValue(), error());
      assertEquals(words, server.jobsOf(web).get(0).request().getArgv().getWordsList());
    } finally {
      invoke.destroyForcibly();
    }
  }

  @Test
  void aReaderThatHasHadEnoughEndsItQuietly() throws Exception {
    server.when("yes", job -> print(job));
    var shell =
        new ProcessBuilder("bash", "-c", "\"$@\" | head -n 1; echo \"${PIPESTATUS[0]}\"", "bash")
            .redirectError(directory.resolve("err").toFile());
    shell.command().addAll(command("invoke", "web", "--", "yes"));
    shell.environment().put("HOLDFAST_DATA_DIR", directory.toString());

    var both = shell.start();
    var answer = new String(both.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertTrue(both.waitFor(60, TimeUnit.SECONDS));
    assertEquals("y\n" + ExitCode.PIPE + "\n", answer);
    assertEquals("", error());
  }

  private static void print(LittleJob job) {
    for (int i = 0; i < 200; i++) {
      job.print("y\n".repeat(10_000));
    }
    job.exit(0);
  }

  private Process start(String... args) throws IOException {
    var process =
        new ProcessBuilder(command(args)).redirectError(directory.resolve("err").toFile());
    process.environment().put("HOLDFAST_DATA_DIR", directory.toString());
    process.environment().put("LC_ALL", "C");
    return process.start();
  }

  private static List<String> command(String... args) {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1"));
    if (Runtime.version().feature() >= 24) {
      // As the launcher does: later JDKs warn of what protobuf calls.
      command.add("--sun-misc-unsafe-memory-access=allow");
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    command.addAll(List.of(args));
    return command;
  }

  private static void awaitLine(BufferedReader out, String wanted) throws IOException {
    for (var line = out.readLine(); !wanted.equals(line); line = out.readLine()) {
      if (line == null) {
        throw new AssertionError("ended without " + wanted);
      }
    }
  }

  private String error() throws IOException {
    return Files.readString(directory.resolve("err"));
  }
}
