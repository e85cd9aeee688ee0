package dev.holdfast.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SpoolCutsTest {

  private final List<List<String>> asked = new ArrayList<>();
  private final List<List<String>> told = new ArrayList<>();
  private final SpoolCuts cuts = new SpoolCuts(asked::add, told::add);

  @Test
  void oneHandfulIsAskedForAtATime() {
    cuts.add(List.of("1", "2"));
    cuts.add(List.of("3"));
    assertEquals(List.of(List.of("1", "2")), asked);
    cuts.heard(List.of("1", "2"));
    assertEquals(List.of(List.of("1", "2"), List.of("3")), asked);
    assertEquals(List.of(), told);
    cuts.heard(List.of("3"));
    assertEquals(List.of(List.of("1", "2", "3")), told);
  }

  @Test
  void aHandfulFitsIntoOneLine() {
    String id = "x".repeat(79);
    cuts.add(IntStream.range(0, 9).mapToObj(n -> id + n).toList());
    assertEquals(List.of(id + 0, id + 1, id + 2), asked.get(0));
  }

  @Test
  void askingAgainIsNothing() {
    cuts.add(List.of("1", "2"));
    cuts.add(List.of("1", "2", "3"));
    cuts.heard(List.of("1", "2"));
    cuts.add(List.of("1", "2", "3"));
    cuts.heard(List.of("3"));
    assertEquals(List.of(List.of("1", "2"), List.of("3")), asked);
    assertEquals(List.of(List.of("1", "2", "3")), told);
  }

  @Test
  void whatTheTargetStillNeedsHoldsUpNoOther() {
    cuts.add(List.of("1", "2"));
    cuts.add(List.of("3"));
    cuts.heard(List.of("2"));
    cuts.heard(List.of("3"));
    assertEquals(List.of(List.of("2", "3")), told);
  }

  @Test
  void anAnswerToNothingIsNothing() {
    cuts.heard(List.of("1"));
    assertEquals(List.of(), told);
  }

  @Test
  void manyAreToldInBatches() {
    cuts.add(IntStream.rangeClosed(1, 40).mapToObj(Integer::toString).toList());
    for (int i = 0; i < asked.size(); i++) {
      cuts.heard(asked.get(i));
    }
    assertEquals(List.of(16, 16, 8), told.stream().map(List::size).toList());
  }
}
