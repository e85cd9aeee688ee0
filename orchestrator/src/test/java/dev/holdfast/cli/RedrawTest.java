package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** What of a terminal's log is shown again. */
class RedrawTest {

  private static final String ESC = "\033";

  @Test
  void textAndItsColoursAreDrawn() {
    assertEquals(
        "a" + ESC + "[31mred" + ESC + "[0m\r\n", drawn("a" + ESC + "[31mred" + ESC + "[0m\r\n"));
  }

  @Test
  void whatATerminalWouldAnswerIsLeftOut() {
    for (String question :
        List.of(
            "[c",
            "[>c",
            "[=0c",
            "[5n",
            "[6n",
            "[?15n",
            "[?2026$p",
            "[18t",
            "[>0q",
            "[?u",
            "Z",
            "]11;?\007",
            "]4;1;?" + ESC + "\\",
            "P$qm" + ESC + "\\",
            "P+q544e" + ESC + "\\")) {
      assertEquals("ab", drawn("a" + ESC + question + "b"), question);
    }
    assertEquals("ab", drawn("a\005\007b"));
  }

  @Test
  void titlesAndModesAreKept() {
    for (String kept :
        List.of("]0;title\007", "[?1049h", "[?1h", "=", "(0", "[2;20r", "[1 q", "7", "8", "M")) {
      assertEquals(ESC + kept, drawn(ESC + kept), kept);
    }
  }

  @Test
  void beforeTheEndOnlyModesAreKept() {
    byte[] old =
        (ESC + "[?1hold text" + ESC + "[31m" + ESC + "=").getBytes(StandardCharsets.US_ASCII);
    var redraw = new Redraw(100, 100 + old.length);

    assertEquals(ESC + "[?1h" + ESC + "=", text(redraw.of(old)));
    assertEquals("new", text(redraw.of("new".getBytes(StandardCharsets.US_ASCII))));
  }

  @Test
  void aSequenceThatGoesOnIsLeftToWhoGoesOn() {
    var redraw = new Redraw(0, 0);

    assertEquals("a", text(redraw.of(("a" + ESC + "[3").getBytes(StandardCharsets.US_ASCII))));
    assertEquals(ESC + "[3", text(redraw.rest()));
  }

  @Property
  void whatComesOutDoesNotDependOnHowTheBytesAreCut(
      @ForAll("logs") byte[] log, @ForAll("cuts") List<Integer> cuts) {
    byte[] whole = new Redraw(0, log.length / 2).of(log);

    var redraw = new Redraw(0, log.length / 2);
    var pieces = new ByteArrayOutputStream();
    int from = 0;
    for (int cut : cuts) {
      int to = Math.min(log.length, from + cut);
      pieces.writeBytes(redraw.of(Arrays.copyOfRange(log, from, to)));
      from = to;
    }
    pieces.writeBytes(redraw.of(Arrays.copyOfRange(log, from, log.length)));

    assertArrayEquals(whole, pieces.toByteArray());
  }

  @Provide
  Arbitrary<byte[]> logs() {
    return Arbitraries.bytes()
        .edgeCases(edges -> edges.add((byte) 27, (byte) '[', (byte) ']', (byte) 'P'))
        .array(byte[].class)
        .ofMaxSize(400);
  }

  @Provide
  Arbitrary<List<Integer>> cuts() {
    return Arbitraries.integers().between(0, 40).list().ofMaxSize(20);
  }

  private static String drawn(String log) {
    return text(new Redraw(0, 0).of(log.getBytes(StandardCharsets.US_ASCII)));
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.US_ASCII);
  }
}
