package dev.holdfast.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

final class TableTest {

  private static final Table<String[]> TABLE =
      new Table<String[]>()
          .column("ID", row -> row[0])
          .elastic("NAME", row -> row[1])
          .elastic("COMMAND", row -> row[2]);

  private static final List<String[]> ROWS =
      List.of(
          new String[] {"k3v9x2m4q7pd.3", "web", "cd /srv && ls -la | grep something-quite-long"},
          new String[] {"aaaabbbbcccc.12", "a-name-that-is-long-too", "true"});

  @Example
  void aTableThatFitsIsNotCut() {
    assertEquals(
        """
        ID               NAME                     COMMAND
        k3v9x2m4q7pd.3   web                      cd /srv && ls -la | grep something-quite-long
        aaaabbbbcccc.12  a-name-that-is-long-too  true
        """,
        text(100));
  }

  @Example
  void theWidestColumnsGiveWayAndIdsNever() {
    assertEquals(
        """
        ID               NAME                  COMMAND
        k3v9x2m4q7pd.3   web                   cd /srv && ls -la |…
        aaaabbbbcccc.12  a-name-that-is-long…  true
        """,
        text(59));
  }

  @Property
  void noLineIsWiderThanTheTerminalUnlessIdsAloneAre(@ForAll @IntRange(min = 35) int width) {
    TABLE.lines(ROWS, width).forEach(line -> assertTrue(Cells.width(line) <= width, line));
  }

  @Property
  void aCellIsExactlyAsWideAsAsked(
      @ForAll String text, @ForAll @IntRange(min = 1, max = 200) int width) {
    assertEquals(width, Cells.width(Cells.fit(Words.printable(text), width)));
  }

  @Property
  void textFromElsewhereStaysOnItsLineAndCannotSteerTheTerminal(@ForAll String text) {
    assertTrue(Words.printable(text).codePoints().noneMatch(c -> c < ' ' || c == 0x7f));
  }

  @Example
  void wideCharactersTakeTwoCells() {
    assertEquals("日… ", Cells.fit("日本語", 4));
    assertEquals("日本", Cells.fit("日本", 4));
  }

  @Example
  void aRowForProgramsIsWholeAndHasTabs() {
    assertEquals("id\ta\\tb\\nc\tx", TABLE.plain(new String[] {"id", "a\tb\nc", "x"}));
  }

  @Example
  void noRowsGiveNoHeading() {
    assertEquals(List.of(), TABLE.lines(List.of(), 80));
  }

  private static String text(int width) {
    return String.join("\n", TABLE.lines(ROWS, width)) + "\n";
  }
}
