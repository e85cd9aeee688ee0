package dev.holdfast.cli;

import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Option;

/** The option {@code --output}, and the printing that follows it. */
final class Format {

  /** The forms a list can have. */
  enum Form {
    /** For people. */
    table,
    /** A line for each, tabs between the cells, no heading. */
    tsv,
    /** A JSON object on a line for each. */
    json,
    /** Only the id, a line for each. */
    id
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description =
          "How to print: ${COMPLETION-CANDIDATES}. Default: table on a terminal, else tsv (tabs"
              + " between the cells, no heading). json is one object per line, see docs/cli-json.md.")
  Form form;

  /** The form asked for, or the one that fits who reads. */
  Form form(Surroundings around) {
    if (form != null) {
      return form;
    }
    return around.outSeen() ? Form.table : Form.tsv;
  }

  /** For a list whose rows come one after the other: a table would begin anew with each. */
  void growing(Surroundings around) {
    form = form(around) == Form.table ? Form.tsv : form;
  }

  boolean json() {
    return form == Form.json;
  }

  /** Prints rows that belong together. */
  <T> void print(
      Surroundings around,
      List<T> rows,
      Function<Boolean, Table<T>> table,
      Function<T, String> json,
      Function<T, String> id) {
    switch (form(around)) {
      case table -> table.apply(true).lines(rows, around.width()).forEach(around::line);
      case tsv -> {
        var plain = table.apply(false);
        rows.forEach(row -> around.line(plain.plain(row)));
      }
      case json -> rows.forEach(row -> around.line(json.apply(row)));
      case id -> rows.forEach(row -> around.line(id.apply(row)));
    }
  }
}
