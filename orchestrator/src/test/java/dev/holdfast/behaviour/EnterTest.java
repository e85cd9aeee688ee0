package dev.holdfast.behaviour;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.cli.CommandLineRun;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@code holdfast enter} as people use it: a program in a real pseudo-terminal, with tmux in the
 * place of the person, who types and looks at the screen.
 */
@ExtendWith(SharedStage.class)
class EnterTest {

  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");

  private final Stage stage;

  EnterTest(Stage stage) {
    this.stage = stage;
  }

  /** Somebody before a terminal of their own. */
  private final class Person implements AutoCloseable {
    private final String socket = stage.file("tmux").toString();

    Person(int columns, int rows, String... holdfast) throws IOException {
      var words = new ArrayList<>(List.of(JAVA.toString(), "-XX:TieredStopAtLevel=1"));
      words.addAll(List.of("-cp", System.getProperty("java.class.path")));
      words.add("dev.holdfast.cli.Main");
      words.addAll(List.of(holdfast));
      Path program = stage.file("program");
      Files.writeString(
          program,
          "HOLDFAST_DATA_DIR='%s'; export HOLDFAST_DATA_DIR\n%s\necho code $?; exec cat\n"
              .formatted(
                  stage.data(), String.join(" ", words.stream().map(EnterTest::quoted).toList())));
      tmux(
          "-f",
          "/dev/null",
          "new-session",
          "-d",
          "-x",
          "" + columns,
          "-y",
          "" + rows,
          "sh " + program);
    }

    String tmux(String... words) throws IOException {
      var command = new ArrayList<>(List.of("tmux", "-S", socket));
      command.addAll(List.of(words));
      Process tmux = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(tmux.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(tmux.onExit().orTimeout(10, TimeUnit.SECONDS).join() != null, said);
      return said;
    }

    void type(String text) throws IOException {
      tmux("send-keys", "-l", text);
    }

    void press(String key) throws IOException {
      tmux("send-keys", key);
    }

    /** Types a command for vim, and looks at what it says. */
    String ask(String command) {
      try {
        press("Escape");
        type(command);
        press("Enter");
        return screen();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    String screen() {
      try {
        return tmux("capture-pane", "-p");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    String awaitScreen(String text) {
      return Eventually.see("'" + text + "' on the screen", this::screen, s -> s.contains(text));
    }

    @Override
    public void close() throws IOException {
      tmux("kill-server");
    }
  }

  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }

  private static void assumePrograms() {
    for (String program : List.of("tmux", "vim", "less", "top", "script")) {
      assumeTrue(
          List.of("/usr/bin/", "/bin/").stream()
              .anyMatch(dir -> Files.exists(Path.of(dir + program))),
          "skipped: " + program + " is not installed");
    }
  }

  @DisplayName(
      "behaviour 51: vim, top and less in a terminal; a resize; left, and entered elsewhere with its"
          + " screen drawn again")
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "FIXTURE")
  void fullScreenProgramsWork(TargetKind kind) throws IOException {
    assumePrograms();
    Shell shell = stage.open(kind);
    Path text = stage.file("text");
    Files.writeString(text, "first line\n" + "middle\n".repeat(200) + "last line\n");
    Path recording = stage.file("cast");
    String before;
    try (var person =
        new Person(
            90,
            25,
            "enter",
            shell.id(),
            "--run",
            "PS1='here> ' exec sh -i",
            "--record",
            recording.toString())) {
      person.awaitScreen("here>");
      person.type("stty size; LESSHISTFILE=- less " + text);
      person.press("Enter");
      person.awaitScreen("first line");
      person.press("G");
      person.awaitScreen("last line");
      person.press("q");
      person.awaitScreen("25 90");
      person.type("top -d 1");
      person.press("Enter");
      person.awaitScreen("load average");
      person.press("q");
      person.awaitScreen("here>");
      person.type("vim -u NONE -N -i NONE " + text);
      person.press("Enter");
      person.awaitScreen("first line");
      person.type("Oadded by hand");
      person.press("Escape");
      person.tmux("resize-window", "-x", "70", "-y", "20");
      Eventually.see(
          "vim has the other size",
          () -> person.ask(":set columns? lines?"),
          seen -> seen.contains("columns=70"));
      person.press("Enter");
      before = person.awaitScreen("added by hand");
      person.press("C-]");
      person.awaitScreen("code 0");
    }
    try (var elsewhere = new Person(70, 20, "enter", shell.id())) {
      String after = elsewhere.awaitScreen("added by hand");
      assertEquals(before.lines().limit(18).toList(), after.lines().limit(18).toList());
      elsewhere.press("Up");
      elsewhere.type(":q!");
      elsewhere.press("Enter");
      elsewhere.awaitScreen("here>");
      elsewhere.type("exit 3");
      elsewhere.press("Enter");
      elsewhere.awaitScreen("code 3");
    }
    var play = new CommandLineRun().run("play", recording.toString(), "--speed", "1000");
    assertEquals(0, play.code(), play::err);
    assertTrue(play.out().contains("added by hand"), "what was seen is in the recording");
    shell.remove();
  }

  @DisplayName("behaviour 15: one looks on, one takes it over, and who had it is told")
  @ParameterizedTest
  @EnumSource(names = "LOCAL")
  void oneTakesItOver(TargetKind kind) throws IOException {
    assumePrograms();
    Shell shell = stage.open(kind);
    try (var one = new Person(80, 24, "enter", shell.id(), "--run", "PS1='here> ' exec sh -i")) {
      one.awaitScreen("here>");
      one.type("echo seen by all");
      one.press("Enter");
      one.awaitScreen("seen by all");
      try (var watcher = new Person(80, 24, "enter", shell.id(), "--watch");
          var refused = new Person(80, 24, "enter", shell.id())) {
        watcher.awaitScreen("seen by all");
        refused.awaitScreen("types in this terminal");
        refused.awaitScreen("code 1");
        try (var two = new Person(80, 24, "enter", shell.id(), "--take")) {
          two.awaitScreen("seen by all");
          two.type("echo by the other");
          two.press("Enter");
          two.awaitScreen("by the other");
          watcher.awaitScreen("by the other");
          one.type("x");
          one.awaitScreen("code 1");
        }
        watcher.press("q");
        watcher.awaitScreen("code 0");
      }
    }
    shell.remove();
  }

  @DisplayName("behaviour 22: without a terminal it says so")
  @ParameterizedTest
  @EnumSource(names = "LOCAL")
  void withoutATerminalItSaysSo(TargetKind kind) throws IOException, InterruptedException {
    Shell shell = stage.open(kind);
    var process =
        new ProcessBuilder(
            JAVA.toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "dev.holdfast.cli.Main",
            "enter",
            shell.id());
    process.environment().put("HOLDFAST_DATA_DIR", stage.data().toString());
    Process started = process.redirectErrorStream(true).start();
    started.getOutputStream().close();
    String said = new String(started.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertEquals(2, started.waitFor(), said);
    assertTrue(said.contains("no terminal"), said);
    shell.remove();
  }
}
