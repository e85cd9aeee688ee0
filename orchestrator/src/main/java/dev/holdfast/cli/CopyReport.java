package dev.holdfast.cli;

import dev.holdfast.client.CopyResult;
import dev.holdfast.protocol.v1.Failure;
import dev.holdfast.protocol.v1.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Prints what came of each copy, and tells of each failure on standard error. */
final class CopyReport {

  private final Surroundings around;
  private final Format format;
  private final CopyProgress progress;
  private final List<Row> rows = new ArrayList<>();
  private int code = ExitCode.OK;

  /** One copy: of one source, to or from one session. */
  private record Row(
      String source, Session session, String name, CopyResult result, Failure failure) {

    long number(java.util.function.ToLongFunction<CopyResult> what) {
      return result == null ? 0 : what.applyAsLong(result);
    }
  }

  CopyReport(Surroundings around, Format format, CopyProgress progress) {
    this.around = around;
    this.format = format;
    this.progress = progress;
  }

  /** Takes one result, or the failure that there is instead. */
  void one(String source, Session session, String name, CopyResult result, Failed failed) {
    progress.hide();
    var row = new Row(source, session, name, result, failed == null ? null : failed.failure());
    if (failed != null) {
      code = Math.max(code, failed.exitCode());
      tell(name, source, failed.failure());
    } else if (result.failed() > 0) {
      code = Math.max(code, ExitCode.REFUSED);
      result.troubles().forEach(trouble -> tell(name, trouble.path(), trouble.failure()));
      long untold = result.failed() - result.troubles().size();
      if (untold > 0) {
        around.say("holdfast: " + name + ": and " + untold + " more failed");
      }
    }
    rows.add(row);
    if (format.form(around) != Format.Form.table) {
      print();
    }
  }

  private void tell(String name, String path, Failure failure) {
    around.complain(
        name + ": " + Words.printable(path) + ": " + Words.printable(failure.getCause()),
        failure.getAdvice());
  }

  /** No more follow; gives the exit code. */
  int end() {
    print();
    return code;
  }

  private void print() {
    format.print(
        around, rows, forPeople -> table(), CopyReport::json, row -> row.session().getId());
    rows.clear();
  }

  private static Table<Row> table() {
    return new Table<Row>()
        .elastic("SESSION", Row::name)
        .column("FILES", row -> Long.toString(row.number(CopyResult::files)))
        .column("BYTES", row -> Long.toString(row.number(CopyResult::bytes)))
        .column("RESUMED", row -> Long.toString(row.number(CopyResult::resumed)))
        .column("UNCHANGED", row -> Long.toString(row.number(CopyResult::unchanged)))
        .column("SKIPPED", row -> Long.toString(row.number(CopyResult::skipped)))
        .column(
            "FAILED", row -> row.result() == null ? "all" : Long.toString(row.result().failed()))
        .elastic("PATH", row -> row.result() == null ? "-" : Words.printable(row.result().path()));
  }

  private static String json(Row row) {
    var result = row.result();
    return new Json()
        .text("source", row.source())
        .text("session", row.session().getId())
        .text("name", row.session().getName())
        .text("target", row.session().getTarget())
        .text("path", result == null ? null : result.path())
        .number("files", row.number(CopyResult::files))
        .number("bytes", row.number(CopyResult::bytes))
        .number("resumed", row.number(CopyResult::resumed))
        .number("unchanged", row.number(CopyResult::unchanged))
        .number("skipped", row.number(CopyResult::skipped))
        .number("failed", row.number(CopyResult::failed))
        .text("sha256", result == null || result.sha256().isEmpty() ? null : result.sha256())
        .raw("troubles", result == null ? "[]" : troubles(result))
        .raw("failure", row.failure() == null ? "null" : Result.failureJson(row.failure()))
        .toString();
  }

  private static String troubles(CopyResult result) {
    return result.troubles().stream()
        .map(
            trouble ->
                new Json()
                    .text("path", trouble.path())
                    .raw("failure", Result.failureJson(trouble.failure()))
                    .toString())
        .collect(Collectors.joining(",", "[", "]"));
  }
}
