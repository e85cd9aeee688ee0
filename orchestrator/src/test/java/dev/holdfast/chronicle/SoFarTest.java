package dev.holdfast.chronicle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Timestamp;
import dev.holdfast.protocol.cluster.v1.SessionMark;
import dev.holdfast.protocol.v1.HistoryEntry;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a chronicle knows of what it has told. */
class SoFarTest {

  private final SoFar soFar = new SoFar();

  @Test
  void whatIsToldIsNotOwedAgain() {
    soFar.note(told(entry("a", 1, "requested", 0), entry("a", 2, "connecting", 0)));
    assertFalse(soFar.owes(SoFar.mark("a", 2)));
    assertTrue(soFar.owes(SoFar.mark("a", 3)));
    assertTrue(soFar.owes(SoFar.mark("b", 1)));
    assertEquals(2, soFar.told(SoFar.mark("a", 3)).getNumber());
  }

  @Test
  void aSessionThatEndedIsNotToldAgainWhenItIsForgotten() {
    soFar.note(told(entry("first", 7, "session-closed", 5)));
    for (int i = 0; i < SoFar.CLOSED_KNOWN; i++) {
      soFar.note(told(entry("s" + i, 3, "session-closed", 10)));
    }
    assertEquals(0, soFar.of("first"));
    assertFalse(soFar.owes(closed("first", 7, 5_000)));
    assertEquals(7, soFar.told(closed("first", 7, 5_000)).getNumber());
    assertTrue(soFar.owes(closed("never heard of", 7, 6_000)));
    assertFalse(soFar.owes(closed("s1", 3, 10_000)));
  }

  @Test
  void aSnapshotHoldsAllOfIt() {
    soFar.note(told(entry("a", 1, "requested", 0), entry("b", 9, "session-closed", 3)));
    SoFar read = SoFar.read(soFar.write());
    assertEquals(soFar.write(), read.write());
    assertEquals(1, read.of("a"));
    assertEquals(9, read.of("b"));
    assertEquals(4, read.term());
  }

  @Test
  void aCursorIsReadBackAndNothingElseIs() {
    var place = new Place(12, 3);
    assertEquals(place, Place.of(place.cursor()).orElseThrow());
    assertTrue(place.compareTo(Place.behind(11)) > 0);
    assertTrue(place.compareTo(Place.behind(12)) < 0);
    for (String wrong : List.of("", "now", "%", "MC4w", "MTIuMyAg", "LTEuMA")) {
      assertTrue(Place.of(wrong).isEmpty(), wrong);
    }
  }

  private static Told told(HistoryEntry... entries) {
    return new Told(List.of(entries), 4);
  }

  private static SessionMark closed(String session, long number, long millis) {
    return SoFar.mark(session, number).toBuilder().setClosedMillis(millis).build();
  }

  private static HistoryEntry entry(String session, long number, String what, long second) {
    return HistoryEntry.newBuilder()
        .setSession(session)
        .setNumber(number)
        .setWhat(what)
        .setAt(Timestamp.newBuilder().setSeconds(second))
        .build();
  }
}
