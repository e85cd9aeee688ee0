package dev.holdfast.behaviour;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What a real node tells at {@code /metrics}, held against {@code docs/metrics.md}. */
@ExtendWith(SharedStage.class)
class MetricsTest {

  private static final Path PAGE = Path.of("..", "docs", "metrics.md");
  private static final Pattern DOCUMENTED = Pattern.compile("(?m)^\\| `(holdfast_[a-z_*]+)`");
  private static final Pattern TOLD = Pattern.compile("(?m)^# TYPE (holdfast_[a-z_]+) ");

  private final Stage stage;

  MetricsTest(Stage stage) {
    this.stage = stage;
  }

  @Test
  void thePageListsWhatANodeTells() throws IOException, InterruptedException {
    stage.open(TargetKind.LOCAL).run("true");
    Set<String> told =
        names(TOLD, figures()).stream()
            // Of a summary the greatest is told, too; of calls there is more than is of interest.
            .map(name -> name.replaceFirst("_seconds_max$", "_seconds"))
            .map(name -> name.replaceFirst("^holdfast_calls_.*", "holdfast_calls_*"))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(names(DOCUMENTED, Files.readString(PAGE, UTF_8)), told);
  }

  @Test
  void jobsAreCountedByTheirOutcome() throws IOException, InterruptedException {
    Shell shell = stage.open(TargetKind.LOCAL);
    Map<String, Integer> least =
        Map.of(
            "holdfast_jobs_submitted_total", 2,
            "holdfast_jobs_run_seconds_count{outcome=\"succeeded\"}", 1,
            "holdfast_jobs_run_seconds_count{outcome=\"failed\"}", 1,
            "holdfast_jobs_wait_seconds_count", 2);
    String before = figures();
    shell.run("true");
    shell.run("(exit 3)");
    String after = figures();
    // The node is shared; jobs of other tests may end meanwhile.
    least.forEach(
        (name, more) ->
            assertTrue(value(after, name) >= value(before, name) + more, name + " in " + after));
    assertTrue(value(after, "holdfast_sessions{state=\"opened\"}") >= 1, after);
    assertTrue(value(after, "holdfast_links_opened_total") >= 1, after);
    assertEquals(1, value(after, "holdfast_nodes{status=\"up\"}"));
  }

  private static Set<String> names(Pattern pattern, String text) {
    return pattern
        .matcher(text)
        .results()
        .map((MatchResult found) -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static double value(String figures, String name) {
    return figures
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " is not in\n" + figures));
  }

  private String figures() throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create(stage.node().endpoint() + "/metrics"))
            .header("Authorization", "Bearer " + stage.node().token())
            .build();
    var answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    assertEquals(200, answer.statusCode(), answer.body());
    return answer.body();
  }
}
