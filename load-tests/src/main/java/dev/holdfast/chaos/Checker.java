package dev.holdfast.chaos;

import dev.holdfast.chaos.Evidence.Entry;
import dev.holdfast.chaos.Evidence.JobEnd;
import dev.holdfast.chaos.Evidence.Kept;
import dev.holdfast.chaos.Evidence.Ledger;
import dev.holdfast.chaos.Evidence.Seen;
import dev.holdfast.chaos.Evidence.Ticket;
import dev.holdfast.protocol.v1.JobState;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Holds what clients were told and what the nodes say against what the ledgers and tickets on the
 * targets say. Values in, violations out.
 *
 * <ul>
 *   <li>I1: no job ran twice.
 *   <li>I2: what was acknowledged is known, under one id, and has ended.
 *   <li>I3: an outcome is the one that the job really had, to everybody, for ever.
 *   <li>I4: what never started did not run.
 *   <li>I5: an outcome is unknown, or interrupted, only when a fault excuses it.
 *   <li>I6: jobs ran in the order of their queue, one at a time, in a shell that kept its state.
 *   <li>I7: the output is what the job printed, once and in order.
 *   <li>I8: the epochs of those who started jobs never go back.
 *   <li>I9: at most one owner holds a session on its target; a replaced one lets go soon.
 *   <li>I11: who looks again, through any node, sees what was seen before, or more.
 *   <li>I14: after the last fault every session is usable.
 *   <li>I15: what was done on a target is in the history, which has no gaps.
 *   <li>I10, I12, I16: nothing is left behind; no secret is where it can be read ({@code left}).
 * </ul>
 *
 * <p>And no node has a bug that it admits ({@code internal}), and enough was done for all this to
 * mean something. I13 is about campaigns, which are not in the workload.
 */
final class Checker {

  private static final Set<JobState> ENDED_BY_ITSELF = Set.of(JobState.SUCCEEDED, JobState.FAILED);
  private static final Set<JobState> ENDED =
      EnumSet.complementOf(
          EnumSet.of(
              JobState.JOB_STATE_UNSPECIFIED,
              JobState.QUEUED,
              JobState.RUNNING,
              JobState.UNRECOGNIZED));
  private static final Set<JobState> LOST = Set.of(JobState.UNKNOWN, JobState.INTERRUPTED);
  private static final long FENCED_WITHIN_MILLIS = 8_000;
  private static final long MILLIS_PER_JOB = 60_000;

  private final Evidence evidence;
  private final List<String> violations = new ArrayList<>();

  private Checker(Evidence evidence) {
    this.evidence = evidence;
  }

  /** What must not have happened; empty when all is well. */
  static List<String> check(Evidence evidence) {
    return new Checker(evidence).violations();
  }

  private List<String> violations() {
    for (Kept session : evidence.sessions()) {
      ranOnce(session);
      acknowledgedIsKnown(session);
      outcomesAreTrue(session);
      neverStartedDidNotRun(session);
      lossesAreExcused(session);
      ranInOrder(session);
      shellKeptItsState(session);
      outputIsTrue(session);
      epochsRise(session);
      atMostOneOwner(session);
      isUsable(session);
      historyIsWhole(session);
    }
    readsNeverGoBack();
    noAdmittedBug();
    enoughWasDone();
    evidence.left().forEach(left -> violate("I10/I12/I16: " + left));
    return List.copyOf(violations);
  }

  private void violate(String text) {
    violations.add(text);
  }

  private static Map<String, Long> runs(Kept session) {
    return session.ledger().stream()
        .filter(Ledger::begin)
        .collect(Collectors.groupingBy(Ledger::name, TreeMap::new, Collectors.counting()));
  }

  private void ranOnce(Kept session) {
    runs(session)
        .forEach(
            (name, times) -> {
              if (times > 1) {
                violate("I1: job %s ran %d times".formatted(name, times));
              }
              if (!session.works().containsKey(name)) {
                violate("I1: job %s ran, and nobody asked for it".formatted(name));
              }
            });
  }

  private void acknowledgedIsKnown(Kept session) {
    Map<String, String> ids = new HashMap<>();
    for (Call call : evidence.calls()) {
      if (call.session() == session.number() && call.is("submit") && call.ok()) {
        String before = ids.putIfAbsent(call.job(), call.said());
        if (before != null && !before.equals(call.said())) {
          violate("I2: job %s is %s and %s".formatted(call.job(), before, call.said()));
        }
      }
    }
    Map<String, Seen> seen =
        session.seen().stream().collect(Collectors.toMap(Seen::name, it -> it, (a, b) -> b));
    Set<String> ran = runs(session).keySet();
    ids.forEach(
        (name, id) -> {
          Seen end = seen.get(name);
          if (end == null || !ENDED.contains(end.state())) {
            violate("I2: job %s was acknowledged as %s, and has no end".formatted(name, id));
          } else if (ENDED_BY_ITSELF.contains(end.state()) && !ran.contains(name)) {
            violate("I2: job %s was acknowledged as %s, and never ran".formatted(name, id));
          }
        });
  }

  private void outcomesAreTrue(Kept session) {
    Map<String, Integer> codes =
        session.ledger().stream()
            .filter(line -> !line.begin())
            .collect(Collectors.toMap(Ledger::name, Ledger::number, (a, b) -> b));
    Map<String, JobEnd> later =
        session.jobs().stream().collect(Collectors.toMap(JobEnd::name, it -> it, (a, b) -> b));
    Set<String> cancelled =
        evidence.calls().stream()
            .filter(call -> call.session() == session.number() && call.is("cancel"))
            .map(Call::job)
            .collect(Collectors.toSet());
    for (Seen seen : session.seen()) {
      if (ENDED_BY_ITSELF.contains(seen.state())) {
        JobState expected = seen.exitCode() == 0 ? JobState.SUCCEEDED : JobState.FAILED;
        Integer truth = codes.get(seen.name());
        if (truth == null || truth != seen.exitCode() || seen.state() != expected) {
          violate(
              "I3: %s ended %s %d, in truth %s"
                  .formatted(seen.name(), seen.state(), seen.exitCode(), truth));
        }
      } else if (seen.state() == JobState.STOPPED && !cancelled.contains(seen.name())) {
        violate("I3: %s was stopped, and nobody cancelled it".formatted(seen.name()));
      }
      JobEnd end = later.get(seen.name());
      if (end != null && (end.state() != seen.state() || end.exitCode() != seen.exitCode())) {
        violate(
            "I3: %s ended %s %d, and later %s %d"
                .formatted(
                    seen.name(), seen.state(), seen.exitCode(), end.state(), end.exitCode()));
      }
    }
  }

  private void neverStartedDidNotRun(Kept session) {
    Set<String> ran = runs(session).keySet();
    for (Seen seen : session.seen()) {
      if (seen.state() == JobState.NEVER_STARTED) {
        Ticket ticket = session.tickets().get(numberOf(seen.id()));
        if (ran.contains(seen.name())) {
          violate("I4: %s never started, it was said, but ran".formatted(seen.name()));
        } else if (ticket != null && !ticket.isVoid()) {
          violate(
              "I4: %s never started, it was said, but its ticket says otherwise"
                  .formatted(seen.name()));
        }
      }
    }
  }

  private static int numberOf(String job) {
    return Integer.parseInt(job.substring(job.lastIndexOf('.') + 1));
  }

  private void lossesAreExcused(Kept session) {
    for (Seen seen : session.seen()) {
      if (LOST.contains(seen.state())
          && evidence.faults().stream().noneMatch(fault -> fault.excuses(seen))) {
        violate(
            "I5: %s is %s, without a fault that excuses it".formatted(seen.name(), seen.state()));
      }
    }
  }

  private void ranInOrder(Kept session) {
    Map<String, Integer> numbers =
        session.seen().stream()
            .collect(Collectors.toMap(Seen::name, it -> numberOf(it.id()), (a, b) -> b));
    String running = "";
    int last = 0;
    Set<String> ended =
        session.ledger().stream()
            .filter(line -> !line.begin())
            .map(Ledger::name)
            .collect(Collectors.toSet());
    for (Ledger line : session.ledger()) {
      int number = numbers.getOrDefault(line.name(), last);
      if (!line.begin()) {
        if (!line.name().equals(running)) {
          violate("I6: %s ended while %s ran".formatted(line.name(), running));
        }
        running = "";
      } else {
        if (ended.contains(running)) {
          violate("I6: %s began before %s had ended".formatted(line.name(), running));
        }
        if (number < last) {
          violate("I6: %s, number %d, ran after number %d".formatted(line.name(), number, last));
        }
        running = line.name();
        last = number;
      }
    }
  }

  /** Each job counts; one that was cancelled may have counted without having said so. */
  private void shellKeptItsState(Kept session) {
    boolean excused = evidence.faults().stream().anyMatch(Evidence.Span::loses);
    long stopped = session.seen().stream().filter(seen -> seen.state() == JobState.STOPPED).count();
    int before = 0;
    for (Ledger line : session.ledger()) {
      if (line.begin()) {
        boolean goesOn = line.number() > before && line.number() <= before + 1 + stopped;
        if (!goesOn && !(excused && line.number() == 1)) {
          violate(
              "I6: %s found a shell that counted %d after %d"
                  .formatted(line.name(), line.number(), before));
        }
        before = line.number();
      }
    }
  }

  private void outputIsTrue(Kept session) {
    for (Seen seen : session.seen()) {
      if (!seen.trouble().isEmpty() && !couldNotPrint(seen)) {
        violate("I7: %s (%s): %s".formatted(seen.name(), seen.state(), seen.trouble()));
      }
    }
  }

  /** A stream that broke off, or repeated itself, has no such excuse. */
  private boolean couldNotPrint(Seen seen) {
    return seen.trouble().startsWith("std")
        && evidence.faults().stream().anyMatch(fault -> fault.silences(seen));
  }

  private void epochsRise(Kept session) {
    Map<String, Integer> numbers =
        session.seen().stream()
            .collect(Collectors.toMap(Seen::name, it -> numberOf(it.id()), (a, b) -> b));
    long last = 0;
    for (Ledger line : session.ledger()) {
      Ticket ticket = line.begin() ? session.tickets().get(numbers.get(line.name())) : null;
      if (ticket == null) {
        continue;
      }
      if (ticket.epoch() < last) {
        violate(
            "I8: %s was started by epoch %d after %d".formatted(line.name(), ticket.epoch(), last));
      }
      if (ticket.epoch() > session.epoch()) {
        violate(
            "I8: epoch %d started %s, of %d"
                .formatted(ticket.epoch(), line.name(), session.epoch()));
      }
      last = ticket.epoch();
    }
  }

  private void atMostOneOwner(Kept session) {
    if (session.shared() > FENCED_WITHIN_MILLIS) {
      violate(
          "I9: session %d had two owners for %d ms".formatted(session.number(), session.shared()));
    }
  }

  private void isUsable(Kept session) {
    if (!session.state().equals("OPENED")) {
      violate(
          "I14: session %d (%s) is %s in the end"
              .formatted(session.number(), session.id(), session.state()));
    }
  }

  private void historyIsWhole(Kept session) {
    long last = 0;
    Set<String> said = new HashSet<>();
    for (Entry entry : session.entries()) {
      if (entry.number() != last + 1) {
        violate(
            "I15: session %d's history has %d after %d"
                .formatted(session.number(), entry.number(), last));
      }
      last = entry.number();
      if (!entry.job().isEmpty() && !said.add(entry.what() + " " + entry.job())) {
        if (entry.what().equals("job-started") || entry.what().equals("job-finished")) {
          violate("I15: %s twice for job %s".formatted(entry.what(), entry.job()));
        }
      }
    }
    Set<String> ran = runs(session).keySet();
    for (Seen seen : session.seen()) {
      var due = new ArrayList<>(List.of("job-queued", "job-finished"));
      if (ran.contains(seen.name())) {
        due.add("job-started");
      }
      for (String what : due) {
        if (!said.contains(what + " " + seen.id())) {
          violate("I15: no %s in the history for %s (%s)".formatted(what, seen.name(), seen.id()));
        }
      }
    }
  }

  /** A read that began after another had its answer shows the same or a later state. */
  private void readsNeverGoBack() {
    Map<String, List<Call>> reads =
        evidence.calls().stream()
            .filter(call -> call.is("job") && call.ok())
            .collect(Collectors.groupingBy(Call::job));
    for (List<Call> ofOne : reads.values()) {
      for (Call later : ofOne) {
        ofOne.stream()
            .filter(call -> call.to() < later.from() && !mayFollow(later.said(), call.said()))
            .findFirst()
            .ifPresent(
                call ->
                    violate(
                        "I11: %s was %s at %d, and %s at %d"
                            .formatted(
                                later.job(), call.said(), call.to(), later.said(), later.from())));
      }
    }
  }

  private static boolean mayFollow(String later, String earlier) {
    return later.equals(earlier) || rank(later) > rank(earlier);
  }

  private static int rank(String state) {
    return switch (state) {
      case "QUEUED" -> 0;
      case "RUNNING" -> 1;
      default -> 2;
    };
  }

  private void noAdmittedBug() {
    for (Call call : evidence.calls()) {
      if (call.said().equals("internal")) {
        violate(
            "a bug, said node %d: %s of session %d"
                .formatted(call.node(), call.what(), call.session()));
      }
    }
  }

  private void enoughWasDone() {
    long jobs = evidence.sessions().stream().mapToLong(session -> session.seen().size()).sum();
    long least = evidence.sessions().size() * Math.max(1, evidence.millis() / MILLIS_PER_JOB);
    if (jobs == 0 || jobs < least) {
      violate("only %d jobs were done, not %d: the run proves nothing".formatted(jobs, least));
    }
  }
}
