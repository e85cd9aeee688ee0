package dev.holdfast.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.chaos.Call.Outcome;
import dev.holdfast.chaos.Evidence.Kept;
import dev.holdfast.chaos.Evidence.Seen;
import dev.holdfast.chaos.Evidence.Span;
import dev.holdfast.protocol.v1.JobState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ReportTest {

  private static final int SESSIONS = 3;
  private static final Span KILL = new Span("KILL", "KILL node 2 <&>", 10_000, 14_000, 40_000);
  private static final Span CUT = new Span("CUT_NODE_OFF", "CUT_NODE_OFF", 50_000, 60_000, 75_000);

  @Test
  void theSilenceAfterAFaultIsTheLongestTimeWithoutAnAnswer() {
    List<Figures.Outage> outages = Figures.outages(evidence());
    assertEquals(List.of(200L, 8_000L, 16_000L), outages.get(0).answers());
    assertEquals(8_000, outages.get(0).median());
    assertEquals(16_000, outages.get(0).last());
  }

  @Test
  void aReportHasEverythingInItself() {
    var plan =
        new Plan(
            7, 2, SESSIONS, 3, 1, Network.Kind.PROXY, List.of(), Path.of("scratch"), List.of());
    var result = new Run.Result(plan, evidence(), List.of("I1: job <a> ran 2 times"), List.of(5L));
    String page = Report.html(result);
    assertTrue(page.contains("I1: job &lt;a> ran 2 times"), page);
    assertTrue(page.contains("<title>KILL node 2 &lt;&amp;></title>"), page);
    assertTrue(page.contains("1 violations"), page);
    for (String reference : List.of("http", "src=", "href=", "url(")) {
      assertFalse(page.contains(reference), reference);
    }
  }

  /** Sessions that do not answer for 0, 8 and 16 seconds from ten seconds on. */
  private static Evidence evidence() {
    var calls = new ArrayList<Call>();
    var kept = new ArrayList<Kept>();
    for (int session = 0; session < SESSIONS; session++) {
      var seen = new ArrayList<Seen>();
      for (long at = 0; at < 80_000; at += 200) {
        boolean silent = at >= 10_000 && at < 10_000 + session * 8_000;
        Outcome outcome = silent ? Outcome.UNKNOWN : Outcome.OK;
        calls.add(new Call(at, at, session, "session", "", 0, outcome, ""));
        if (!silent) {
          seen.add(new Seen("a", "id.1", JobState.SUCCEEDED, 0, "", at, at));
        }
      }
      kept.add(
          new Kept(
              session, "id", "OPENED", Map.of(), seen, List.of(), List.of(), List.of(), Map.of(), 1,
              0));
    }
    return new Evidence(calls, kept, List.of(KILL, CUT), List.of(), 80_000);
  }
}
