package dev.holdfast.house;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Prints {@code docs/behaviours.md} from the tests: which of them shows which behaviour, and with
 * what. A test names its behaviours at the beginning of its display name; that is read from the
 * sources, so a test that is skipped on some machine is on the page, too.
 */
class BehavioursPageTest {

  private static final List<Path> SOURCES =
      Stream.of("session-actor", "orchestrator", "load-tests")
          .map(module -> Path.of("..", module, "src", "test", "java"))
          .toList();

  /** A name, what is between it and the method, the method's parameters and its body. */
  private static final Pattern TEST =
      Pattern.compile(
          "@DisplayName\\(\\s*\"behaviours? ([0-9]+(?:(?:,| and) [0-9]+)*): ((?:[^\"\\\\]|\\\\.)+)\"\\)"
              + "(?:\\s*@\\w+(?:\\([^)]*\\))?)*\\s*void (\\w+)\\(([^)]*)\\)(.*?)\\n {2,4}\\}\\n",
          Pattern.DOTALL);

  /** What a local target has not: such a test is skipped for it. */
  private static final Pattern NOT_LOCAL =
      Pattern.compile("stage\\.(proxy|lockOut|changeHostKey)\\(kind|TargetKind\\.LOCAL");

  private static final Set<String> OF_CLUSTERS =
      Set.of(
          "ClusterTest",
          "PostgresClusterTest",
          "StandstillTest",
          "ClusterDemoTest",
          "ChaosTest",
          "CassandraRingTest");

  /** What a test stands on. */
  private enum Where {
    PARTS("rules, parts"),
    LOCAL("local"),
    FIXTURE("SSH fixture"),
    OPENSSH("OpenSSH"),
    NODE("a node"),
    CLUSTER("a cluster");

    private final String word;

    Where(String word) {
      this.word = word;
    }
  }

  private record Shown(String sentence, String test, Set<Where> where) {}

  @Test
  void thePageTellsWhichTestsShowWhichBehaviour() throws IOException {
    Path printed = Path.of("target", "behaviours.md");
    Path kept = Path.of("..", "docs", "behaviours.md");
    String page = page();
    Files.createDirectories(printed.getParent());
    Files.writeString(printed, page);
    if ("write".equals(System.getProperty("holdfast.docs"))) {
      Files.writeString(kept, page);
    }
    assertTrue(
        Files.exists(kept) && Files.readString(kept).equals(page),
        "docs/behaviours.md is not what the tests say now. To accept: ./mvnw test -pl orchestrator -am"
            + " -Dtest=BehavioursPageTest -Dholdfast.docs=write -Dsurefire.failIfNoSpecifiedTests=false");
  }

  @Test
  void noTestNamesABehaviourThatThereIsNot() throws IOException {
    assertEquals(Set.of(), difference(shown().keySet(), titles().keySet()));
  }

  private static <T> Set<T> difference(Set<T> all, Set<T> without) {
    return all.stream().filter(each -> !without.contains(each)).collect(Collectors.toSet());
  }

  private static String page() throws IOException {
    var shown = shown();
    var page =
        new StringBuilder(
            """
            # What Holdfast does, and the tests that show it

            Printed by `BehavioursPageTest`; not edited by hand. A number says how many tests show the behaviour there: in the
            rules and parts by themselves, on a real node with a local target, with the tests' SSH server and with OpenSSH's sshd,
            on a node where the target does not matter, and on three nodes with a real database. `not yet`: no test, and most
            likely nothing to be tested. All of them pass, or are skipped with a reason, before anything is released.

            """);
    page.append("| | behaviour |");
    Stream.of(Where.values()).forEach(where -> page.append(' ').append(where.word).append(" |"));
    page.append("\n|---|---|").append("---|".repeat(Where.values().length)).append('\n');
    titles()
        .forEach(
            (number, title) ->
                page.append(row(number, title, shown.getOrDefault(number, List.of()))));
    shown.forEach((number, tests) -> page.append(section(number, tests)));
    return page.toString();
  }

  private static String row(int number, String title, List<Shown> tests) {
    var row = new StringBuilder("| %d | %s |".formatted(number, title));
    if (tests.isEmpty()) {
      return row + " not yet |" + " |".repeat(Where.values().length - 1) + "\n";
    }
    for (Where where : Where.values()) {
      long count = tests.stream().filter(test -> test.where().contains(where)).count();
      row.append(count == 0 ? " |" : " " + count + " |");
    }
    return row.append('\n').toString();
  }

  private static String section(int number, List<Shown> tests) {
    return tests.stream()
        .map(test -> "- %s (`%s`)\n".formatted(test.sentence(), test.test()))
        .collect(Collectors.joining("", "\n## " + number + "\n\n", ""));
  }

  private static Map<Integer, String> titles() throws IOException {
    try (var text = BehavioursPageTest.class.getResourceAsStream("/behaviours.txt")) {
      return new String(text.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .map(line -> line.split(" ", 2))
          .collect(
              Collectors.toMap(
                  words -> Integer.valueOf(words[0]),
                  words -> words[1],
                  (one, other) -> {
                    throw new IllegalStateException("twice: " + one);
                  },
                  TreeMap::new));
    }
  }

  private static Map<Integer, List<Shown>> shown() throws IOException {
    var shown = new TreeMap<Integer, List<Shown>>();
    for (Path source : SOURCES) {
      try (Stream<Path> files = Files.walk(source)) {
        files
            .filter(file -> file.toString().endsWith("Test.java") || isContract(file))
            .sorted()
            .forEach(file -> read(file, shown));
      }
    }
    return shown;
  }

  private static boolean isContract(Path file) {
    return file.toString().endsWith("Contract.java");
  }

  private static void read(Path file, Map<Integer, List<Shown>> shown) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String name = file.getFileName().toString().replace(".java", "");
    // A sentence that is too long for a line is written as two strings.
    var test = TEST.matcher(text.replaceAll("\"\\s*\\+ \"", ""));
    while (test.find()) {
      var one =
          new Shown(
              test.group(2).replace("\\\"", "\""),
              name + "." + test.group(3),
              where(file, name, test.group(4), test.group(5)));
      for (String number : test.group(1).split("(,| and) ", -1)) {
        shown.computeIfAbsent(Integer.valueOf(number), key -> new ArrayList<>()).add(one);
      }
    }
  }

  private static Set<Where> where(Path file, String name, String parameters, String body) {
    if (OF_CLUSTERS.contains(name)) {
      return EnumSet.of(Where.CLUSTER);
    } else if (parameters.contains("TargetKind") || body.contains("stage.kinds()")) {
      return NOT_LOCAL.matcher(body).find()
          ? EnumSet.of(Where.FIXTURE, Where.OPENSSH)
          : EnumSet.of(Where.LOCAL, Where.FIXTURE, Where.OPENSSH);
    }
    return EnumSet.of(file.getParent().endsWith("behaviour") ? Where.NODE : Where.PARTS);
  }
}
