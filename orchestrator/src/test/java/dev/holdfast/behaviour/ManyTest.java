package dev.holdfast.behaviour;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same command in one session and in several, from the command line. */
@ExtendWith(SharedStage.class)
class ManyTest {

  private static final Set<String> SHAPE =
      new TreeSet<>(
          List.of(
              "target",
              "session",
              "name",
              "job",
              "state",
              "exit_code",
              "output",
              "output_base64",
              "error",
              "error_base64",
              "truncated",
              "started",
              "ended",
              "attempts",
              "failure"));

  private final Stage stage;

  ManyTest(Stage stage) {
    this.stage = stage;
  }

  @DisplayName("behaviour 41: a run over one session and over several has the same shape")
  @Test
  void oneResultAndManyLookTheSame() {
    var shells = stage.kinds().stream().map(stage::open).toList();
    var one = invokeAll(List.of(shells.get(0)));
    var many = invokeAll(shells);
    assertEquals(1, one.size());
    assertEquals(shells.size(), many.size());
    Stream.concat(one.stream(), many.stream())
        .forEach(
            result -> {
              assertEquals(SHAPE, new TreeSet<>(result.keySet()));
              assertEquals("FAILED", result.get("state").getAsString());
              assertEquals(4, result.get("exit_code").getAsInt());
              assertEquals("out\n", result.get("output").getAsString());
              assertEquals("err\n", result.get("error").getAsString());
              assertEquals(1, result.get("attempts").getAsInt());
            });
    assertEquals(
        new TreeSet<>(stage.kinds().stream().map(stage::url).toList()),
        new TreeSet<>(many.stream().map(result -> result.get("target").getAsString()).toList()));
  }

  private List<JsonObject> invokeAll(List<Shell> shells) {
    var words =
        Stream.of(
                Stream.of("invoke", "--output", "json"),
                shells.stream().map(Shell::id),
                Stream.of("--", "echo out; echo err >&2; exit 4"))
            .flatMap(part -> part)
            .toArray(String[]::new);
    var run = stage.holdfast().run(words);
    assertEquals(4, run.code(), run.err());
    return run.out().lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
  }

  @DisplayName(
      "behaviours 20, 22, 28: a file, its arguments and the input reach the job; its bytes and code come back")
  @ParameterizedTest
  @EnumSource
  void invokePassesEverythingOn(TargetKind kind) throws IOException {
    var shell = stage.open(kind);
    Path script =
        Files.writeString(
            stage.file("script"), "printf '%s|' \"$@\"; echo it\\'s \"done\" >&2; cat; exit 9\n");
    byte[] input = {0, 1, (byte) 0xff, '\n', 0, 'x'};
    var run =
        stage
            .holdfast()
            .input(input)
            .run(
                "invoke",
                shell.id(),
                "--file",
                script.toString(),
                "--input",
                "-",
                "--",
                "-n",
                "a 'b'",
                "$(id)");
    assertEquals(9, run.code(), run.err());
    assertEquals("it's done\n", run.err());
    byte[] words = "-n|a 'b'|$(id)|".getBytes(UTF_8);
    byte[] all = java.util.Arrays.copyOf(words, words.length + input.length);
    System.arraycopy(input, 0, all, words.length, input.length);
    assertArrayEquals(all, run.bytes());
  }
}
