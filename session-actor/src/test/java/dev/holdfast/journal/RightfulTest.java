package dev.holdfast.journal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.holdfast.session.Event;
import dev.holdfast.session.Origin;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RightfulTest {

  /** Each as NUMBER:TERM, in the order in which they are read. */
  @ParameterizedTest
  @CsvSource({
    "1:1 2:1 3:1, 1:1 2:1 3:1",
    "1:1 2:1 2:2 3:2, 1:1 2:2 3:2",
    "1:1 2:2 2:1 3:2, 1:1 2:2 3:2",
    "61:2 61:1 62:2 63:2, 61:2 62:2 63:2",
    "61:1 61:2 62:1 63:1 64:3, 61:2 64:3",
    "61:1 61:2 61:3 62:2 62:3, 61:3 62:3",
    "1:0 2:0 3:4, 1:0 2:0 3:4",
  })
  @DisplayName("behaviours 34, 35: of what a replaced owner wrote nothing is read")
  void ofOneNumberTheHighestTermIsRightAndNothingLowerAfterIt(String read, String right) {
    var kept = new ArrayList<String>();
    var rightful =
        new Rightful<String>(
            it -> new Entry(Instant.EPOCH, Origin.NODE, term(it), new Event.Repaired()), kept::add);
    for (String each : read.split(" ", -1)) {
      rightful.offer(Long.parseLong(each.substring(0, each.indexOf(':'))), each);
    }
    rightful.end();
    assertEquals(List.of(right.split(" ", -1)), kept);
  }

  private static long term(String each) {
    return Long.parseLong(each.substring(each.indexOf(':') + 1));
  }
}
