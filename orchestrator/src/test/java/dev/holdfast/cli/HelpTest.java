package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What is said about the verbs, and about command lines that are wrong. */
final class HelpTest {

  private static final List<String> ELSEWHERE = List.of("server", "demo", "schema", "migrate");

  @TempDir Path directory;

  @Test
  void everyVerbHasADescriptionExamplesAndExitCodes() {
    for (String verb : Verbs.ALL) {
      if (!ELSEWHERE.contains(verb)) {
        var run = run(verb, "--help");
        assertEquals(0, run.code(), verb);
        for (String part : List.of("Usage: holdfast " + verb, "Examples:", "Exit codes:")) {
          assertTrue(run.out().contains(part), verb + " lacks " + part + ":\n" + run.out());
        }
        assertEquals(run.out(), run("help", verb).out());
        assertTrue(run.out().lines().allMatch(line -> line.length() <= 80), run.out());
      }
    }
  }

  @Test
  void everyOptionIsExplained() {
    var around =
        new Surroundings(
            null,
            null,
            null,
            java.util.Map.of(),
            false,
            false,
            () -> 80,
            java.time.Clock.systemUTC());
    var all = Verbs.commandLine(new String[0], around);
    for (CommandLine verb : all.getSubcommands().values()) {
      for (var option : verb.getCommandSpec().options()) {
        assertTrue(
            option.description().length > 0 && !option.description()[0].isBlank(),
            verb.getCommandName() + " " + option.longestName());
      }
    }
  }

  @Test
  void anUnknownVerbIsAnsweredWithTheNearest() {
    var run = run("lst");

    assertEquals(ExitCode.USAGE, run.code());
    assertTrue(run.err().contains("'lst' is no verb"), run.err());
    assertTrue(run.err().contains("list"), run.err());
  }

  @Test
  void anUnknownOptionIsAnsweredWithTheNearest() {
    var run = run("list", "--lable", "x");

    assertEquals(ExitCode.USAGE, run.code());
    assertTrue(run.err().contains("'--lable' is no option of `holdfast list`"), run.err());
    assertTrue(run.err().contains("did you mean --label?"), run.err());
  }

  @Test
  void aValueThatCannotBeReadIsNamed() {
    var run = run("new", "x", "--idle-timeout", "5");

    assertEquals(ExitCode.USAGE, run.code());
    assertTrue(run.err().contains("'5' is no duration"), run.err());
    assertEquals(ExitCode.USAGE, run("new", "x", "--throttle", "0").code());
    assertEquals(ExitCode.USAGE, run("help", "nothing").code());
    assertEquals(ExitCode.USAGE, run("node").code());
    assertEquals(ExitCode.USAGE, run().code());
  }

  @Test
  void theVersionIsTold() {
    assertTrue(run("--version").out().startsWith("holdfast "));
  }

  @Test
  void theListOfVerbsHasThemAll() {
    var help = run("help").out();

    Verbs.ALL.forEach(verb -> assertTrue(help.contains("\n  " + verb + " "), verb + " in " + help));
  }

  @Test
  void theCompletionIsAScriptThatBashCanRead() throws IOException, InterruptedException {
    var script =
        Files.writeString(directory.resolve("completion"), run("completion", "bash").out());

    var bash =
        new ProcessBuilder(
                "bash",
                "-c",
                "source \"$1\"; COMP_WORDS=(holdfast inv); COMP_CWORD=1; COMP_LINE='holdfast inv';"
                    + " _complete_holdfast; echo \"${COMPREPLY[@]}\"",
                "bash",
                script.toString())
            .redirectErrorStream(true)
            .start();
    var answer =
        new String(bash.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);

    assertTrue(bash.waitFor(60, TimeUnit.SECONDS));
    assertEquals("invoke", answer.strip());
    assertEquals(run("completion", "bash").out(), run("completion", "zsh").out());
  }

  @Test
  void helpHasNoColoursUnlessSomebodyLooks() {
    assertFalse(run("help", "list").out().contains("\u001b"));
    var seen = new CommandLineRun().onTerminal(100);
    assertTrue(seen.run("help", "list").out().contains("\u001b"));
    var plain = new CommandLineRun().onTerminal(100).env("NO_COLOR", "1");
    assertFalse(plain.run("help", "list").out().contains("\u001b"));
  }

  private static CommandLineRun run(String... args) {
    return new CommandLineRun().run(args);
  }
}
