package dev.holdfast.host;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SpoolCutsTest {

  private final List<String> asked = new ArrayList<>();
  private final List<List<String>> told = new ArrayList<>();
  private final SpoolCuts cuts = new SpoolCuts(asked::add, told::add);

  @Test
  void oneIsAskedForAtATime() {
    cuts.add(List.of("1", "2"));
    assertEquals(List.of("1"), asked);
    cuts.heard("1");
    assertEquals(List.of("1", "2"), asked);
    assertEquals(List.of(), told);
    cuts.heard("2");
    assertEquals(List.of(List.of("1", "2")), told);
  }

  @Test
  void askingAgainIsNothing() {
    cuts.add(List.of("1", "2", "3"));
    cuts.heard("1");
    cuts.add(List.of("1", "2", "3"));
    cuts.heard("2");
    cuts.heard("3");
    assertEquals(List.of("1", "2", "3"), asked);
    assertEquals(List.of(List.of("1", "2", "3")), told);
  }

  @Test
  void anAnswerToNothingIsNothing() {
    cuts.heard("1");
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
