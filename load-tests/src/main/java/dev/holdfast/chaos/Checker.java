package dev.holdfast.chaos;

import com.google.protobuf.ByteString;
import dev.holdfast.protocol.v1.JobState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Holds what clients saw against what the ledgers on the targets say.
 *
 * <p>I1: no job ran twice. I2: no acknowledged job was lost. I3: every outcome is the one the job
 * really had. I6: jobs ran in the order of their submission, one at a time. I7: every byte of
 * output arrived once and in order. And enough was done for that to mean something.
 */
final class Checker {

  private Checker() {}

  /**
   * Checks a whole run.
   *
   * @param ledgers the names of the jobs that ran, in order, by the number of their session
   * @return what must not have happened; empty when all is well
   */
  static List<String> check(List<History> histories, Map<Integer, List<String>> ledgers) {
    var violations = new ArrayList<String>();
    for (History history : histories) {
      checkLedger(history, ledgers.getOrDefault(history.number(), List.of()), violations);
      for (int i = 0; i < history.jobs().size(); i++) {
        checkOne(history.jobs().get(i), i + 1, violations);
      }
    }
    int jobs = histories.stream().mapToInt(history -> history.jobs().size()).sum();
    if (jobs < histories.size() || jobs == 0) {
      violations.add("only " + jobs + " jobs were done: the run proves nothing");
    }
    return violations;
  }

  private static void checkLedger(History history, List<String> ran, List<String> violations) {
    var times = new TreeMap<String, Integer>();
    ran.forEach(name -> times.merge(name, 1, Integer::sum));
    times.forEach(
        (name, count) -> {
          if (count > 1) {
            violations.add("I1: job " + name + " ran " + count + " times");
          }
        });
    List<String> expected = history.jobs().stream().map(seen -> seen.work().name()).toList();
    if (!ran.equals(expected)) {
      violations.add(
          "I2/I6: in session %d %d jobs ran, at last %s, but %d were acknowledged, at last %s"
              .formatted(history.number(), ran.size(), last(ran), expected.size(), last(expected)));
    }
  }

  private static List<String> last(List<String> names) {
    return names.subList(Math.max(0, names.size() - 3), names.size());
  }

  private static void checkOne(History.Seen seen, int nth, List<String> violations) {
    Work work = seen.work();
    JobState expected = work.exitCode() == 0 ? JobState.SUCCEEDED : JobState.FAILED;
    if (seen.job().getState() != expected || seen.job().getExitCode() != work.exitCode()) {
      violations.add(
          "I3: %s ended %s %d, in truth %d"
              .formatted(
                  work.name(), seen.job().getState(), seen.job().getExitCode(), work.exitCode()));
    }
    if (!seen.out().equals(work.out(nth))) {
      violations.add("I7: stdout of " + work.name() + ": " + difference(seen.out(), work.out(nth)));
    }
    if (!seen.err().equals(work.err())) {
      violations.add("I7: stderr of " + work.name() + ": " + difference(seen.err(), work.err()));
    }
  }

  private static String difference(ByteString seen, ByteString truth) {
    return "%d bytes instead of %d, first other at %d"
        .formatted(
            seen.size(), truth.size(), Arrays.mismatch(seen.toByteArray(), truth.toByteArray()));
  }
}
