package dev.holdfast.bench;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One table of the report, with what is to be said of it. The same figures go to people and, under
 * the headings of their columns, to JSON.
 *
 * @param lines each a name and its figures by column
 * @param remarks one line each
 */
record Section(String title, Map<String, Map<String, Double>> lines, List<String> remarks) {

  /** Times that a share is another one. */
  private static final String TIMES = "ratio";

  private static final double MILLIS = 1e3;

  /** How long one command takes there and back. */
  static Section roundTrip(String title, Map<String, Figures> found, String own) {
    var lines = new LinkedHashMap<String, Map<String, Double>>();
    found.forEach(
        (name, figures) -> {
          var line = new LinkedHashMap<String, Double>();
          line.put("p50 ms", figures.median() * MILLIS);
          line.put("p99 ms", figures.at(99) * MILLIS);
          line.put(TIMES, figures.median() / found.get(own).median());
          line.put("CPU ms", figures.cpu() * MILLIS);
          line.put("runs", (double) figures.wall().size());
          lines.put(name, line);
        });
    return new Section(title, lines, new ArrayList<>());
  }

  /** How long it takes until the answers of all hosts are there. */
  static Section fanOut(String title, Map<String, Figures> found, String own) {
    var lines = new LinkedHashMap<String, Map<String, Double>>();
    found.forEach(
        (name, figures) -> {
          var line = new LinkedHashMap<String, Double>();
          line.put("best s", figures.best());
          line.put("median s", figures.median());
          line.put(TIMES, figures.median() / found.get(own).median());
          line.put("CPU s", figures.cpu());
          line.put("CPU ratio", figures.cpu() / found.get(own).cpu());
          line.put("runs", (double) figures.wall().size());
          lines.put(name, line);
        });
    return new Section(title, lines, new ArrayList<>());
  }

  /** Says whether what was aimed at is reached. */
  void aim(String what, double found, double aim, boolean more) {
    boolean met = more ? found >= aim : found <= aim;
    remarks.add(
        String.format(
            Locale.ROOT,
            "aim: %s %s %s; found %s: %s",
            what,
            more ? "at least" : "at most",
            number(aim),
            number(found),
            met ? "met" : "NOT MET"));
  }

  String text() {
    var out = new StringBuilder(title + "\n");
    int widest = lines.keySet().stream().mapToInt(String::length).max().orElse(0);
    var columns =
        lines.values().stream().flatMap(line -> line.keySet().stream()).distinct().toList();
    out.append("  ").append(" ".repeat(widest));
    columns.forEach(column -> out.append(String.format("  %10s", column)));
    out.append("\n");
    lines.forEach(
        (name, line) -> {
          out.append(String.format("  %-" + Math.max(widest, 1) + "s", name));
          for (String column : columns) {
            Double value = line.get(column);
            out.append(String.format("  %10s", value == null ? "" : number(value)));
          }
          out.append("\n");
        });
    remarks.forEach(remark -> out.append("  ").append(remark).append("\n"));
    return out.toString();
  }

  /** Three figures that count, and whole numbers whole. */
  static String number(double value) {
    double size = Math.abs(value);
    String form =
        value == Math.rint(value) || size >= 100
            ? "%.0f"
            : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f";
    return String.format(Locale.ROOT, form, value);
  }

  JsonObject json() {
    var all = new JsonObject();
    all.addProperty("title", title);
    var rows = new JsonObject();
    lines.forEach(
        (name, line) -> {
          var row = new JsonObject();
          line.forEach((column, value) -> row.addProperty(column.replace(' ', '_'), value));
          rows.add(name, row);
        });
    all.add("lines", rows);
    var said = new JsonArray();
    remarks.forEach(said::add);
    all.add("remarks", said);
    return all;
  }
}
