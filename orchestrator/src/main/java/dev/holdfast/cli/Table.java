package dev.holdfast.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Rows in columns.
 *
 * <p>For people the table has a heading and fits the terminal: the elastic columns give way, widest
 * first, and what does not fit ends in an ellipsis; ids are never cut. For programs a row is a
 * line, its cells are separated by tabs and written in full, and there is no heading.
 */
final class Table<T> {

  private static final int GAP = 2;
  private static final int NARROWEST = 8;

  private final List<Column<T>> columns = new ArrayList<>();

  /**
   * One column.
   *
   * @param elastic whether cells may be cut to fit
   */
  private record Column<T>(String title, boolean elastic, Function<T, String> cell) {}

  /** A column that is never cut. */
  Table<T> column(String title, Function<T, String> cell) {
    columns.add(new Column<>(title, false, cell));
    return this;
  }

  /** A column that gives way when the terminal is narrow. */
  Table<T> elastic(String title, Function<T, String> cell) {
    columns.add(new Column<>(title, true, cell));
    return this;
  }

  /** The lines for a terminal of so many columns; nothing for no rows. */
  List<String> lines(List<T> rows, int width) {
    if (rows.isEmpty()) {
      return List.of();
    }
    var grid = new ArrayList<List<String>>();
    grid.add(columns.stream().map(Column::title).toList());
    rows.forEach(row -> grid.add(cells(row)));
    var widths = widths(grid, width);
    return grid.stream().map(cells -> line(cells, widths)).toList();
  }

  /** One row for programs. */
  String plain(T row) {
    return String.join("\t", cells(row));
  }

  private List<String> cells(T row) {
    return columns.stream().map(column -> Words.printable(column.cell().apply(row))).toList();
  }

  private int[] widths(List<List<String>> grid, int width) {
    var widths = new int[columns.size()];
    int sum = GAP * (widths.length - 1);
    for (int i = 0; i < widths.length; i++) {
      int at = i;
      widths[i] = grid.stream().mapToInt(cells -> Cells.width(cells.get(at))).max().orElse(0);
      sum += widths[i];
    }
    for (int widest = widestElastic(widths); sum > width && widest >= 0; sum--) {
      widths[widest]--;
      widest = widestElastic(widths);
    }
    return widths;
  }

  private int widestElastic(int[] widths) {
    int widest = -1;
    for (int i = 0; i < widths.length; i++) {
      boolean gives = columns.get(i).elastic() && widths[i] > NARROWEST;
      if (gives && (widest < 0 || widths[i] > widths[widest])) {
        widest = i;
      }
    }
    return widest;
  }

  private static String line(List<String> cells, int[] widths) {
    var line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      line.append(Cells.fit(cells.get(i), widths[i])).append(" ".repeat(GAP));
    }
    return line.toString().stripTrailing();
  }
}
