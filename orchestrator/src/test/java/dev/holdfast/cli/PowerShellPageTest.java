package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.ParameterException;

/**
 * Holds docs/powershell.md to the truth: every command line on it is one of ours, and every cmdlet
 * and parameter that PowerShell's reference has (pssession-cmdlets.txt) is on it, and no other.
 */
final class PowerShellPageTest {

  private static final Path PAGE = Path.of("..", "docs", "powershell.md");
  private static final String COMMON = "## Parameters that many";

  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final Pattern OURS = Pattern.compile("(?:^|\\| |\\$\\()(holdfast .*)");
  private static final Pattern CMDLET = Pattern.compile("[A-Z][a-z]+-[A-Z][A-Za-z]+");
  private static final Pattern PARAMETER = Pattern.compile("-[A-Z][A-Za-z0-9]+");

  private static List<String> page;
  private static Map<String, Set<String>> reference;

  /** The parameters that have rows: those of each cmdlet, and under "" those of many. */
  private static final Map<String, Set<String>> ROWS = new TreeMap<>();

  @BeforeAll
  static void read() throws IOException {
    page = Files.readAllLines(PAGE);
    reference = reference();
    String cmdlet = null;
    for (String line : page) {
      if (line.startsWith("#")) {
        cmdlet = line.startsWith(COMMON) ? "" : null;
      } else if (line.startsWith("| `")) {
        for (String code : codes(line.split("(?<!\\\\)\\|", -1)[1])) {
          if (CMDLET.matcher(code).matches()) {
            cmdlet = code;
            ROWS.putIfAbsent(code, new TreeSet<>());
          } else if (PARAMETER.matcher(code).matches()) {
            assertTrue(cmdlet != null, "whose is " + line);
            ROWS.computeIfAbsent(cmdlet, name -> new TreeSet<>()).add(code);
          }
        }
      }
    }
  }

  @Test
  void everyCommandLineOnThePageIsOneOfOurs() {
    var lines = commandLines();
    assertTrue(lines.size() > 60, "only " + lines);
    for (String line : lines) {
      var words = words(line);
      var args = words.subList(1, words.size()).toArray(String[]::new);
      try {
        var unused = Verbs.commandLine(args, around()).parseArgs(args);
      } catch (ParameterException wrong) {
        fail("`" + line + "`: " + wrong.getMessage());
      }
      if (args[0].equals("invoke")) {
        assertTrue(words.contains("--") || words.contains("--file"), line);
      }
    }
  }

  @Test
  void everyCmdletAndEveryParameterHasARowAndNoOtherHas() {
    assertEquals(
        Set.copyOf(reference.keySet()),
        ROWS.keySet().stream()
            .filter(name -> !name.isEmpty())
            .collect(java.util.stream.Collectors.toSet()));
    var all = new TreeSet<String>();
    reference.forEach(
        (cmdlet, parameters) -> {
          all.addAll(parameters);
          var missing = new TreeSet<>(parameters);
          missing.removeAll(ROWS.get(cmdlet));
          missing.removeAll(ROWS.get(""));
          assertEquals(Set.of(), missing, cmdlet + " lacks rows");
          var invented = new TreeSet<>(ROWS.get(cmdlet));
          invented.removeAll(parameters);
          assertEquals(Set.of(), invented, cmdlet + " has no such parameters");
        });
    assertTrue(all.containsAll(ROWS.get("")), () -> "not all known: " + ROWS.get(""));
  }

  @Test
  void everyRowSaysSomething() {
    for (String line : page) {
      if (line.startsWith("| `")) {
        var cells = line.split("(?<!\\\\)\\|", -1);
        assertEquals(5, cells.length, line);
        assertTrue(!cells[2].isBlank() || !cells[3].isBlank(), line);
      }
    }
  }

  /** What a reader would type, from the spans and blocks of code. */
  private static List<String> commandLines() {
    var found = new ArrayList<String>();
    boolean block = false;
    for (String line : page) {
      if (line.startsWith("```")) {
        block = !block;
      } else {
        for (String code : block ? List.of(line) : codes(line)) {
          var ours = OURS.matcher(code);
          if (ours.find()) {
            found.add(ours.group(1));
          }
        }
      }
    }
    return found;
  }

  private static List<String> codes(String line) {
    return CODE.matcher(line).results().map(code -> code.group(1).replace("\\|", "|")).toList();
  }

  /** The words of the first command, as a shell takes them. */
  private static List<String> words(String line) {
    var words = new ArrayList<String>();
    var word = new StringBuilder();
    boolean begun = false;
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quote != 0) {
        if (c == quote) {
          quote = 0;
        } else {
          word.append(c);
        }
      } else if (c == '\'' || c == '"') {
        quote = c;
        begun = true;
      } else if (" |;&<>)".indexOf(c) < 0) {
        word.append(c);
        begun = true;
      } else {
        if (begun) {
          words.add(word.toString());
          word.setLength(0);
          begun = false;
        }
        if (c != ' ') {
          return words;
        }
      }
    }
    assertEquals(0, quote, "an open quote in " + line);
    if (begun) {
      words.add(word.toString());
    }
    return words;
  }

  private static Map<String, Set<String>> reference() throws IOException {
    var cmdlets = new LinkedHashMap<String, Set<String>>();
    try (InputStream in = PowerShellPageTest.class.getResourceAsStream("pssession-cmdlets.txt")) {
      var text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      for (String line : text.lines().filter(any -> !any.startsWith("#")).toList()) {
        var words = new ArrayList<>(List.of(line.split(" ", -1)));
        cmdlets.put(words.remove(0), new TreeSet<>(words));
      }
    }
    return cmdlets;
  }

  private static Surroundings around() {
    return new Surroundings(
        null, null, null, Map.of(), false, false, () -> 80, java.time.Clock.systemUTC());
  }
}
