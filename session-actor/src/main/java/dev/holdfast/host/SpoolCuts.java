package dev.holdfast.host;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Has the spools of ended jobs deleted on the target, one handful after another: a handful costs
 * the target hardly more than one job, and however many there are, no job waits behind more than
 * one handful, and their answers do not pile up. Asking again for what is asked for already is
 * nothing. What was deleted is told in batches.
 */
final class SpoolCuts {

  private static final int BATCH = 16;

  /** Characters of ids that fit into one request. */
  private static final int LINE = 320;

  private final Consumer<List<String>> ask;
  private final Consumer<List<String>> report;
  private final Set<String> waiting = new LinkedHashSet<>();
  private final List<String> deleted = new ArrayList<>();
  private final Set<String> asked = new HashSet<>();

  /**
   * @param ask sends the request for some jobs
   * @param report tells which jobs have no spools any more
   */
  SpoolCuts(Consumer<List<String>> ask, Consumer<List<String>> report) {
    this.ask = ask;
    this.report = report;
  }

  void add(List<String> jobs) {
    jobs.stream()
        .filter(job -> !asked.contains(job) && !deleted.contains(job))
        .forEach(waiting::add);
    next();
  }

  /**
   * The target has deleted the spools of some jobs; of others that were asked for it needs them.
   */
  void heard(List<String> jobs) {
    if (asked.containsAll(jobs)) {
      asked.clear();
      deleted.addAll(jobs);
      tell();
      next();
    }
  }

  private void tell() {
    if (!deleted.isEmpty() && (waiting.isEmpty() || deleted.size() >= BATCH)) {
      var told = List.copyOf(deleted);
      deleted.clear();
      report.accept(told);
    }
  }

  private void next() {
    if (asked.isEmpty() && !waiting.isEmpty()) {
      List<String> handful = handful();
      waiting.removeAll(handful);
      asked.addAll(handful);
      ask.accept(handful);
    }
  }

  private List<String> handful() {
    var handful = new ArrayList<String>();
    int length = 0;
    for (String job : waiting) {
      length += job.length() + 1;
      if (handful.size() == BATCH || length > LINE) {
        break;
      }
      handful.add(job);
    }
    return handful;
  }
}
