package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.protocol.v1.CreateSessionRequest;
import dev.holdfast.protocol.v1.SessionState;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Functions of a session, used in a shell elsewhere, on a real node. */
@ExtendWith(SharedStage.class)
class ExportTest {

  private static final int DEADLINE_SECONDS = 120;

  private static final String FUNCTIONS =
      """
      deploy_words() { printf '%s|' "$@"; where=$where+; }
      deploy_copy() { cat; echo "$1" >&2; return 42; }
      deploy_where() { pwd; echo "$where"; }
      functions() { echo mine; }
      cd /usr; where=here
      """;

  private static final String WORDS =
      """
      . "$1"
      deploy_words 'a b' "it's" '"' '$(id)' 'a
      b' '\\' '' '*' '--' -n 'é ☂' </dev/null
      functions </dev/null
      deploy_where </dev/null
      """;

  private static final String SEEN = "a b|it's|\"|$(id)|a\nb|\\||*|--|-n|é ☂|mine\n/usr\nhere+\n";

  private final Stage stage;

  ExportTest(Stage stage) {
    this.stage = stage;
  }

  /** What a shell here printed, and how it ended. */
  private record Told(int code, ByteString out, String err) {

    String text() {
      return out.toStringUtf8();
    }
  }

  @DisplayName(
      "behaviour 53: export writes a local module whose functions run in the session, and connect"
          + " it when it is Disconnected")
  @ParameterizedTest
  @EnumSource
  void theFunctionsOfASessionRunFromAShellHere(TargetKind kind) throws Exception {
    var shell = stage.open(kind);
    shell.run(FUNCTIONS).with(0);
    var file = export(shell, "deploy_words", "deploy_copy", "deploy_where", "functions", "uname");

    assertEquals(SEEN, told(List.of("sh"), WORDS, file, new byte[0]).text());

    byte[] bytes = new byte[200_000];
    new Random(53).nextBytes(bytes);
    var copied = told(List.of("sh"), ". \"$1\"; deploy_copy 'on its way'", file, bytes);
    assertEquals(42, copied.code());
    assertEquals(ByteString.copyFrom(bytes), copied.out());
    assertEquals("on its way\n", copied.err());

    assertEquals(SessionState.DISCONNECTED, shell.disconnect().getState());
    var after = told(List.of("sh"), ". \"$1\"; deploy_where; uname -s", file, new byte[0]);
    assertEquals("/usr\nhere+\n" + System.getProperty("os.name") + "\n", after.text());
    assertEquals(SessionState.OPENED, shell.show().getState());
  }

  @DisplayName("behaviour 53: every kind of shell can read a module, and bash lists what it has")
  @ParameterizedTest
  @ValueSource(strings = {"dash", "bash", "busybox sh", "mksh"})
  void aModuleIsForAnyShell(String reader) throws Exception {
    var command = List.of(reader.split(" "));
    assumeTrue(isHere(command.get(0)), "skipped for " + reader + ": it is not installed");
    assumeTrue(isHere("bash"), "skipped: bash, in which the session is, is not installed");
    var shell = stage.open(CreateSessionRequest.newBuilder().setTarget("local:").setShell("bash"));
    shell.run(FUNCTIONS).with(0);
    var file = export(shell, "deploy_*", "[f]unctions");

    var told = told(command, "HOLDFAST_EXPORT_FORCE=1\n" + WORDS, file, new byte[0]);

    assertEquals(SEEN, told.text(), told.err());
    assertEquals("", told.err());
  }

  private Path export(Shell shell, String... names) {
    var file = stage.file("module");
    var args = new ArrayList<>(List.of("export", shell.id(), "--to", file.toString()));
    for (String name : names) {
      args.add("--commands");
      args.add(name);
    }
    var run = stage.holdfast().run(args.toArray(String[]::new));
    assertEquals(0, run.code(), run.err());
    return file;
  }

  private Told told(List<String> shell, String script, Path module, byte[] in) throws Exception {
    var command = new ArrayList<>(shell);
    command.addAll(List.of("-c", script, "sh", module.toString()));
    var given = Files.write(stage.file("in"), in).toFile();
    var out = stage.file("out");
    var err = stage.file("err");
    var builder =
        new ProcessBuilder(command)
            .redirectInput(given)
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("PATH", commands() + File.pathSeparator + System.getenv("PATH"));
    builder.environment().put("LC_ALL", "C.UTF-8");
    var process = builder.start();
    if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("still running: " + Files.readString(err));
    }
    return new Told(
        process.exitValue(), ByteString.copyFrom(Files.readAllBytes(out)), Files.readString(err));
  }

  /** A directory with {@code holdfast} in it, as it is in this build. */
  private Path commands() throws Exception {
    var place = Files.createDirectories(stage.file("bin"));
    var java = Path.of(System.getProperty("java.home"), "bin", "java");
    var launcher =
        """
        #!/bin/sh
        exec '%s' -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp '%s' dev.holdfast.cli.Main "$@"
        """
            .formatted(java, System.getProperty("java.class.path"));
    assertTrue(Files.writeString(place.resolve("holdfast"), launcher).toFile().setExecutable(true));
    return place;
  }

  private static boolean isHere(String program) {
    return List.of(System.getenv("PATH").split(":", -1)).stream()
        .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
  }
}
