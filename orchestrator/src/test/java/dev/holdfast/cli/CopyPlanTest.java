package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the arguments of {@code copy} mean, and what it shows on its way. */
class CopyPlanTest {

  private static CopyPlan plan(String... places) {
    return CopyPlan.of(List.of(places), List.of());
  }

  @ParameterizedTest
  @CsvSource({
    "web1:/srv/x, web1, /srv/x",
    "web1:, web1, ''",
    "web1:logs/a:b, web1, logs/a:b",
    "label:role=web:/srv, label:role=web, /srv",
    "label:role=:x, label:role=, x",
  })
  void whatStandsBeforeTheColonIsASession(String place, String selector, String path) {
    var up = plan("file", place);
    assertTrue(up.up());
    assertEquals(List.of(selector), up.selectors());
    assertEquals(path, up.destination());
    var down = plan(place, "here");
    assertFalse(down.up());
    assertEquals(List.of(new CopyPlan.Source(List.of(selector), path)), down.sources());
    assertEquals("here", down.destination());
  }

  @Test
  void aLocalFileWithAColonIsWrittenWithItsDirectory() {
    var up = plan("./a:b", "/tmp/c:d", "web1:x");
    assertEquals(
        List.of("./a:b", "/tmp/c:d"), up.sources().stream().map(CopyPlan.Source::path).toList());
    assertTrue(up.into(), "several sources go into a directory");
    assertFalse(plan("a", "web1:x/").into(), "the target says what is at x/");
    assertTrue(plan("web1:x", "here/").into());
  }

  @Test
  void sessionsMayBeNamedByThemselves() {
    var up = CopyPlan.of(List.of("a:b", "/srv"), List.of("web1", "label:x=y"));
    assertTrue(up.up());
    assertEquals(List.of("web1", "label:x=y"), up.selectors());
    assertEquals("a:b", up.sources().get(0).path());
  }

  @Test
  void aCopyWithoutASessionOrBetweenTwoIsAWrongCommandLine() {
    assertEquals(ExitCode.USAGE, assertThrows(Failed.class, () -> plan("a", "b")).exitCode());
    assertEquals(
        ExitCode.USAGE, assertThrows(Failed.class, () -> plan("web1:a", "web2:b")).exitCode());
    assertEquals(
        ExitCode.USAGE, assertThrows(Failed.class, () -> plan("web1:a", "b", "c")).exitCode());
  }

  @Test
  void progressSaysHowFarHowFastAndHowLong() {
    assertEquals(
        "10.0 MiB of 100.0 MiB, 10 %, 2.0 MiB/s, 46s left",
        CopyProgress.line(10 << 20, 100 << 20, 4 << 20, Duration.ofSeconds(2)));
    assertEquals(
        "512 B of 512 B, 100 %, 512 B/s", CopyProgress.line(512, 512, 512, Duration.ofSeconds(1)));
    assertEquals("0 B of 0 B, 100 %, 0 B/s", CopyProgress.line(0, 0, 0, Duration.ZERO));
  }
}
