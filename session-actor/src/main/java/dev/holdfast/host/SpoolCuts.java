package dev.holdfast.host;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Has the spools of ended jobs deleted on the target, one after another: however many there are, no
 * job waits behind more than one of them, and their answers do not pile up. Asking again for what
 * is asked for already is nothing. What was deleted is told in batches.
 */
final class SpoolCuts {

  private static final int BATCH = 16;

  private final Consumer<String> ask;
  private final Consumer<List<String>> report;
  private final Set<String> waiting = new LinkedHashSet<>();
  private final List<String> deleted = new ArrayList<>();
  private String asked = "";

  /**
   * @param ask sends the request for a job
   * @param report tells which jobs have no spools any more
   */
  SpoolCuts(Consumer<String> ask, Consumer<List<String>> report) {
    this.ask = ask;
    this.report = report;
  }

  void add(List<String> jobs) {
    jobs.stream().filter(job -> !job.equals(asked) && !deleted.contains(job)).forEach(waiting::add);
    next();
  }

  /** The target has deleted the spools of a job. */
  void heard(String job) {
    if (job.equals(asked)) {
      asked = "";
      deleted.add(job);
      tell();
      next();
    }
  }

  private void tell() {
    if (waiting.isEmpty() || deleted.size() == BATCH) {
      var told = List.copyOf(deleted);
      deleted.clear();
      report.accept(told);
    }
  }

  private void next() {
    if (asked.isEmpty() && !waiting.isEmpty()) {
      asked = waiting.iterator().next();
      waiting.remove(asked);
      ask.accept(asked);
    }
  }
}
