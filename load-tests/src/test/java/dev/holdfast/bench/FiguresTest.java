package dev.holdfast.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/** The arithmetic of the report, on figures that are given. */
class FiguresTest {

  private static final double[] HUNDRED =
      DoubleStream.iterate(100, n -> n - 1).limit(100).toArray();

  @Test
  void percentilesAreRunsThatWereMade() {
    var figures = Figures.of(HUNDRED, 0);
    assertEquals(1, figures.best());
    assertEquals(50, figures.median());
    assertEquals(99, figures.at(99));
    assertEquals(100, figures.at(100));
  }

  @Test
  void oneRunIsItsOwnPercentile() {
    var figures = Figures.of(new double[] {7}, 0);
    assertEquals(7, figures.best());
    assertEquals(7, figures.median());
    assertEquals(7, figures.at(99));
  }

  @Test
  void theMedianOfFiveIsTheThird() {
    assertEquals(3, Figures.of(new double[] {5, 1, 4, 2, 3}, 0).median());
  }

  @Test
  void aRatioSaysHowManyTimesLongerThePeerTakes() {
    var found = new LinkedHashMap<String, Figures>();
    found.put("ours", Figures.of(new double[] {0.002, 0.002, 0.002}, 0.001));
    found.put("peer", Figures.of(new double[] {0.012, 0.010, 0.011}, 0.02));
    var line = Section.fanOut("", found, "ours").lines().get("peer");
    assertEquals(5.5, line.get("ratio"), 1e-9);
    assertEquals(20, line.get("CPU ratio"), 1e-9);
    assertEquals(0.010, line.get("best s"), 1e-9);
    assertEquals(3, line.get("runs"));
    assertEquals(11, Section.roundTrip("", found, "ours").lines().get("peer").get("p50 ms"), 1e-9);
  }

  @Test
  void anAimThatIsMissedIsSaidToBe() {
    var section = new Section("", Map.of(), new ArrayList<>());
    section.aim("times faster", 2.9, 3, true);
    section.aim("of the time", 0.5, 0.5, false);
    assertTrue(section.remarks().get(0).endsWith("NOT MET"));
    assertTrue(section.remarks().get(1).endsWith("0.500: met"));
  }

  @Test
  void numbersKeepThreeFiguresThatCount() {
    assertEquals("300", Section.number(300));
    assertEquals("123", Section.number(123.4));
    assertEquals("12.3", Section.number(12.34));
    assertEquals("1.23", Section.number(1.234));
    assertEquals("0.012", Section.number(0.0123));
  }
}
