package dev.holdfast.chaos;

import dev.holdfast.chaos.Evidence.Span;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What was measured in a run: values from evidence. */
final class Figures {

  private Figures() {}

  /**
   * How long sessions did not answer because of a fault.
   *
   * @param answers by session: from the fault to the first answer to a question asked after it
   */
  record Outage(Span fault, List<Long> answers) {
    long median() {
      return answers.isEmpty() ? 0 : answers.get(answers.size() / 2);
    }

    long last() {
      return answers.isEmpty() ? 0 : answers.get(answers.size() - 1);
    }
  }

  /**
   * For each fault, from its beginning to each session's first answer that was asked for more than
   * a second and a half after it, or to the first after a question of that time that failed.
   */
  static List<Outage> outages(Evidence evidence) {
    Map<Integer, List<Call>> looks =
        evidence.calls().stream()
            .filter(call -> call.is("session") || call.is("job"))
            .collect(Collectors.groupingBy(Call::session, TreeMap::new, Collectors.toList()));
    var outages = new ArrayList<Outage>();
    for (int i = 0; i < evidence.faults().size(); i++) {
      Span fault = evidence.faults().get(i);
      long until =
          i + 1 < evidence.faults().size() ? evidence.faults().get(i + 1).from() : Long.MAX_VALUE;
      outages.add(
          new Outage(
              fault,
              looks.values().stream()
                  .map(ofOne -> silence(ofOne, fault.from(), until))
                  .sorted()
                  .toList()));
    }
    return outages;
  }

  /** The end of the longest time without an answer that began with the fault or after it. */
  private static long silence(List<Call> looks, long from, long until) {
    long answered = from;
    long longest = 0;
    for (Call call : looks) {
      if (call.ok() && call.to() >= from && call.from() < until) {
        longest = Math.max(longest, call.to() - answered);
        answered = Math.max(answered, call.to());
      }
    }
    return longest;
  }

  /** Jobs whose end clients have seen, by second of the run. */
  static Map<Long, Long> throughput(Evidence evidence) {
    return evidence.sessions().stream()
        .flatMap(session -> session.seen().stream())
        .collect(
            Collectors.groupingBy(seen -> seen.to() / 1_000, TreeMap::new, Collectors.counting()));
  }

  /** For people. */
  static List<String> lines(Run.Result result) {
    Evidence evidence = result.evidence();
    var lines = new ArrayList<String>();
    long jobs = evidence.sessions().stream().mapToLong(session -> session.seen().size()).sum();
    lines.add(
        "%d faults in %d s, %d sessions on %d nodes, network: %s, %d jobs (%.1f a second), %d calls"
            .formatted(
                evidence.faults().size(),
                evidence.millis() / 1_000,
                evidence.sessions().size(),
                result.plan().nodes(),
                result.plan().network().name().toLowerCase(Locale.ROOT),
                jobs,
                jobs * 1_000.0 / Math.max(1, evidence.millis()),
                evidence.calls().size()));
    lines.add("ends: " + ends(evidence) + "; calls: " + outcomes(evidence));
    lines.add("longest silence of a session, by kind of fault (median and last session, worst):");
    var byKind = new LinkedHashMap<String, List<Outage>>();
    outages(evidence)
        .forEach(
            it -> byKind.computeIfAbsent(it.fault().kind(), kind -> new ArrayList<>()).add(it));
    byKind.forEach((kind, all) -> lines.add("  " + row(kind, all)));
    List<Long> pauses = result.pauses().stream().sorted().toList();
    if (!pauses.isEmpty()) {
      lines.add(
          "followers' pause between two pieces: median %d ms, p99 %d ms, longest %d ms"
              .formatted(
                  pauses.get(pauses.size() / 2),
                  pauses.get(pauses.size() * 99 / 100),
                  pauses.get(pauses.size() - 1)));
    }
    return lines;
  }

  private static String row(String kind, List<Outage> all) {
    return "%-24s %3d times   median %6.1f s   last %6.1f s   settled after %6.1f s"
        .formatted(
            kind,
            all.size(),
            all.stream().mapToLong(Outage::median).max().orElse(0) / 1_000.0,
            all.stream().mapToLong(Outage::last).max().orElse(0) / 1_000.0,
            all.stream().mapToLong(it -> it.fault().settled() - it.fault().from()).max().orElse(0)
                / 1_000.0);
  }

  private static Map<String, Long> ends(Evidence evidence) {
    return evidence.sessions().stream()
        .flatMap(session -> session.seen().stream())
        .collect(
            Collectors.groupingBy(
                seen -> seen.state().name(), TreeMap::new, Collectors.counting()));
  }

  private static Map<String, Long> outcomes(Evidence evidence) {
    return evidence.calls().stream()
        .collect(
            Collectors.groupingBy(
                call -> call.outcome().name(), TreeMap::new, Collectors.counting()));
  }
}
