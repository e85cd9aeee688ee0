package dev.holdfast.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.holdfast.journal.Entry;
import dev.holdfast.protocol.v1.HistoryEntry;
import dev.holdfast.session.Event;
import dev.holdfast.session.Origin;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Programs rely on the words of the history, and on the ids in it. */
class HistoryWordsTest {

  @DisplayName("behaviour 50: each event has its word, and the word stays")
  @Test
  void theWordsAreThoseOfTheContract() {
    assertEquals(
        Set.of(
            "requested",
            "connecting",
            "attempt-failed",
            "link-opened",
            "link-lost",
            "broke",
            "repaired",
            "refused",
            "shell-replaced",
            "removal-asked",
            "session-closed",
            "job-queued",
            "job-moved",
            "job-started",
            "cancel-asked",
            "input-ended",
            "escapees-ended",
            "job-finished",
            "spools-deleted",
            "jobs-forgotten",
            "copy-begun",
            "copy-ended",
            "terminal-held",
            "terminal-left"),
        new TreeSet<>(kinds(Event.class).map(HistoryWords::what).toList()));
  }

  @DisplayName("behaviour 50: a job has the same id in the history as everywhere else")
  @Test
  void aJobIsNamedByItsWholeId() {
    var entry =
        new Entry(
            Instant.ofEpochSecond(7),
            new Origin("anna", "t", "10.0.0.7"),
            0,
            new Event.JobStarted(3));
    HistoryEntry shown = new Story("k3v2x2m4q7pd").tell(9, entry);
    assertEquals("k3v2x2m4q7pd.3", shown.getJob());
    assertEquals("anna", shown.getWho());
    assertEquals("10.0.0.7", shown.getFrom());
    assertEquals("job-started", shown.getWhat());
    assertEquals(9, shown.getNumber());
    assertEquals(7, shown.getAt().getSeconds());
  }

  private static Stream<Class<?>> kinds(Class<?> type) {
    return type.isSealed()
        ? Arrays.stream(type.getPermittedSubclasses()).flatMap(HistoryWordsTest::kinds)
        : Stream.of(type);
  }
}
