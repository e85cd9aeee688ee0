package dev.holdfast.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.chaos.Call.Outcome;
import dev.holdfast.chaos.Evidence.Entry;
import dev.holdfast.chaos.Evidence.JobEnd;
import dev.holdfast.chaos.Evidence.Kept;
import dev.holdfast.chaos.Evidence.Ledger;
import dev.holdfast.chaos.Evidence.Seen;
import dev.holdfast.chaos.Evidence.Span;
import dev.holdfast.chaos.Evidence.Ticket;
import dev.holdfast.protocol.v1.JobState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A checker that cannot fail proves nothing: each broken promise must be found. */
class CheckerTest {

  // A true run of one session with two jobs; each test bends one thing.
  private final List<Call> calls =
      new ArrayList<>(
          List.of(
              call("submit", "a", Outcome.OK, "id.1"),
              call("submit", "a", Outcome.OK, "id.1"),
              call("submit", "b", Outcome.OK, "id.2")));
  private final List<Seen> seen =
      new ArrayList<>(
          List.of(end("a", 1, JobState.SUCCEEDED, 0, ""), end("b", 2, JobState.FAILED, 3, "")));
  private final List<JobEnd> jobs =
      new ArrayList<>(
          List.of(
              new JobEnd("id.1", "a", JobState.SUCCEEDED, 0),
              new JobEnd("id.2", "b", JobState.FAILED, 3)));
  private final List<String> history =
      new ArrayList<>(
          List.of(
              "job-queued id.1",
              "job-started id.1",
              "job-queued id.2",
              "job-finished id.1",
              "job-started id.2",
              "job-finished id.2"));
  private final List<String> ledger =
      new ArrayList<>(List.of("begin a 1", "end a 0", "begin b 2", "end b 3"));
  private final Map<Integer, Ticket> tickets =
      new HashMap<>(Map.of(1, new Ticket(false, 1), 2, new Ticket(false, 2)));
  private final List<Span> faults = new ArrayList<>();
  private final List<String> left = new ArrayList<>();
  private final List<Long> numbers = new ArrayList<>(List.of(1L, 2L, 3L, 4L, 5L, 6L));
  private String state = "OPENED";
  private long epoch = 2;
  private long shared = 1_000;
  private long millis = 90_000;

  @Test
  void aTrueRunIsWithoutViolations() {
    assertEquals(List.of(), check());
  }

  @Test
  void aJobThatRanTwiceIsFound() {
    ledger.add(1, "begin a 1");
    assertFound("I1: job a ran 2 times");
  }

  @Test
  void aJobThatNobodyAskedForIsFound() {
    ledger.addAll(List.of("begin c 3", "end c 0"));
    assertFound("I1: job c ran, and nobody asked for it");
  }

  @Test
  void anAcknowledgedJobThatNeverRanIsFound() {
    ledger.subList(2, 4).clear();
    assertFound("I2: job b was acknowledged as id.2, and never ran");
  }

  @Test
  void anAcknowledgedJobThatNobodyKnowsIsFound() {
    seen.remove(1);
    assertFound("I2: job b was acknowledged as id.2, and has no end");
  }

  @Test
  void anAcknowledgedJobThatIsGoneLaterIsFound() {
    seen.set(1, end("b", 2, JobState.JOB_STATE_UNSPECIFIED, 0, "not-found"));
    assertFound("I2: job b was acknowledged as id.2, and has no end");
  }

  @Test
  void oneKeyThatGaveTwoJobsIsFound() {
    calls.set(1, call("submit", "a", Outcome.OK, "id.7"));
    assertFound("I2: job a is id.1 and id.7");
  }

  @Test
  void anInventedExitCodeIsFound() {
    seen.set(1, end("b", 2, JobState.FAILED, 4, ""));
    assertFound("I3: b ended FAILED 4, in truth 3");
  }

  @Test
  void anInventedSuccessIsFound() {
    seen.set(1, end("b", 2, JobState.SUCCEEDED, 0, ""));
    assertFound("I3: b ended SUCCEEDED 0, in truth 3");
  }

  @Test
  void anEndThatChangesLaterIsFound() {
    jobs.set(0, new JobEnd("id.1", "a", JobState.UNKNOWN, 0));
    assertFound("I3: a ended SUCCEEDED 0, and later UNKNOWN 0");
  }

  @Test
  void aJobThatWasStoppedWithoutACancelIsFound() {
    endsInTheEnd(JobState.STOPPED);
    assertFound("I3: b was stopped, and nobody cancelled it");
    calls.add(call("cancel", "b", Outcome.UNKNOWN, "unavailable"));
    assertEquals(List.of(), check());
  }

  @Test
  void aJobThatRanThoughItNeverStartedIsFound() {
    endsInTheEnd(JobState.NEVER_STARTED);
    assertFound("I4: b never started, it was said, but ran");
  }

  @Test
  void aNeverStartedJobWithATicketIsFound() {
    endsInTheEnd(JobState.NEVER_STARTED);
    ledger.subList(2, 4).clear();
    assertFound("I4: b never started, it was said, but its ticket says otherwise");
    tickets.put(2, new Ticket(true, 2));
    assertEquals(List.of(), check());
  }

  @Test
  void anUnknownOutcomeNeedsAFaultThatExcusesIt() {
    endsInTheEnd(JobState.UNKNOWN);
    assertFound("I5: b is UNKNOWN, without a fault that excuses it");
    faults.add(new Span("KILL", "", 0, 200, 300));
    faults.add(new Span("REBOOT", "", 500, 600, 700));
    assertFound("I5: b is UNKNOWN, without a fault that excuses it");
    faults.add(new Span("REBOOT", "", 0, 200, 300));
    assertEquals(List.of(), check());
  }

  @Test
  void jobsThatRanInAnotherOrderAreFound() {
    ledger.clear();
    ledger.addAll(List.of("begin b 1", "end b 3", "begin a 2", "end a 0"));
    assertFound("I6: a, number 1, ran after number 2");
  }

  @Test
  void jobsThatRanAtOnceAreFound() {
    ledger.clear();
    ledger.addAll(List.of("begin a 1", "begin b 2", "end a 0", "end b 3"));
    assertFound("I6: b began before a had ended");
  }

  @Test
  void aShellThatLostItsStateIsFound() {
    ledger.set(2, "begin b 1");
    assertFound("I6: b found a shell that counted 1 after 1");
    faults.add(new Span("REBOOT", "", 0, 200, 300));
    assertEquals(List.of(), check());
  }

  @Test
  void outputThatIsWrongIsFound() {
    seen.set(0, end("a", 1, JobState.SUCCEEDED, 0, "stdout: 7 bytes instead of 8"));
    assertFound("I7: a (SUCCEEDED): stdout: 7 bytes instead of 8");
    faults.add(new Span("REBOOT", "", 0, 200, 300));
    assertFound("I7: a (SUCCEEDED): stdout: 7 bytes instead of 8");
  }

  @Test
  void aJobMayFailToPrintOnAFullDiskButItsStreamIsAsWholeAsEver() {
    faults.add(new Span("TARGET_DISK_FULL", "", 0, 200, 300));
    seen.set(0, end("a", 1, JobState.SUCCEEDED, 0, "stdout: 7 bytes instead of 8"));
    assertEquals(List.of(), check());
    seen.set(0, end("a", 1, JobState.SUCCEEDED, 0, "a piece at 5 where 4 was due; "));
    assertFound("I7: a (SUCCEEDED): a piece at 5 where 4 was due; ");
  }

  @Test
  void aReplacedOwnerThatStartsAJobIsFound() {
    tickets.put(1, new Ticket(false, 2));
    tickets.put(2, new Ticket(false, 1));
    assertFound("I8: b was started by epoch 1 after 2");
  }

  @Test
  void anEpochFromNowhereIsFound() {
    epoch = 1;
    assertFound("I8: epoch 2 started b, of 1");
  }

  @Test
  void aSecondOwnerIsFound() {
    shared = 12_000;
    assertFound("I9: session 0 had two owners for 12000 ms");
  }

  @Test
  void aReadThatGoesBackIsFound() {
    calls.add(read(10, 20, "RUNNING"));
    calls.add(read(15, 40, "QUEUED"));
    assertEquals(List.of(), check());
    calls.add(read(30, 50, "QUEUED"));
    assertFound("I11: a was RUNNING at 20, and QUEUED at 30");
  }

  @Test
  void anEndThatIsReadInTwoWaysIsFound() {
    calls.add(read(10, 20, "SUCCEEDED"));
    calls.add(read(30, 50, "FAILED"));
    assertFound("I11: a was SUCCEEDED at 20, and FAILED at 30");
  }

  @Test
  void twoOwnersAreSeenForAsLongAsBothAreThere() {
    var watch = new OwnerWatch();
    watch.see(1_000, Map.of("s", Set.of("1")));
    watch.see(2_000, Map.of("s", Set.of("1", "2")));
    watch.see(5_000, Map.of("s", Set.of("1", "2")));
    watch.see(6_000, Map.of("s", Set.of("2")));
    watch.see(9_000, Map.of("s", Set.of("2", "3")));
    assertEquals(3_000, watch.longest("s"));
  }

  @Test
  void aSessionThatIsNotUsableInTheEndIsFound() {
    state = "DISCONNECTED";
    assertFound("I14: session 0 (id) is DISCONNECTED in the end");
  }

  @Test
  void anActThatIsNotInTheHistoryIsFound() {
    history.set(4, "link-lost ");
    assertFound("I15: no job-started in the history for b (id.2)");
  }

  @Test
  void aHistoryWithAGapOrARepetitionIsFound() {
    numbers.set(5, 7L);
    assertFound("I15: session 0's history has 7 after 5");
    numbers.set(5, 5L);
    assertFound("I15: session 0's history has 5 after 5");
    history.set(2, "job-started id.1");
    assertFound("I15: job-started twice for job id.1");
  }

  @Test
  void whatIsLeftBehindIsFound() {
    left.add("a process");
    assertFound("I10/I12/I16: a process");
  }

  @Test
  void aBugThatANodeAdmitsIsFound() {
    calls.add(call("follow", "a", Outcome.UNKNOWN, "internal"));
    assertFound("a bug, said node 0: follow of session 0");
  }

  @Test
  void aRunInWhichTooLittleWasDoneIsFound() {
    millis = 300_000;
    assertFound("only 2 jobs were done, not 5: the run proves nothing");
  }

  @Test
  void outputIsHeldAgainstWhatTheJobPrints() {
    var work = new Work("w", 20, 0, 0);
    var out = work.out(3);
    var err = work.err();
    assertEquals("", work.examine(out, err, true));
    assertEquals("", work.examine(out.substring(0, 50), err.substring(0, 1), false));
    for (var wrong :
        List.of(out.substring(1), out.substring(0, 50), out.concat(out.substring(0, 1)))) {
      assertTrue(work.examine(wrong, err, true).startsWith("stdout: "), wrong.toStringUtf8());
    }
    assertTrue(work.examine(out, err.concat(err), true).startsWith("stderr: "));
    assertTrue(work.examine(out.substring(1), err, false).startsWith("stdout: "));
  }

  private void endsInTheEnd(JobState other) {
    seen.set(1, end("b", 2, other, 0, ""));
    jobs.set(1, new JobEnd("id.2", "b", other, 0));
  }

  private List<String> check() {
    var entries = new ArrayList<Entry>();
    for (int i = 0; i < history.size(); i++) {
      String[] words = history.get(i).split(" ", -1);
      entries.add(new Entry(numbers.get(i), words[0], words[1]));
    }
    var works = Map.of("a", new Work("a", 20, 0, 0), "b", new Work("b", 5, 0, 3));
    List<Ledger> lines = ledger.stream().map(Ledger::parse).toList();
    var kept = new Kept(0, "id", state, works, seen, jobs, entries, lines, tickets, epoch, shared);
    return Checker.check(new Evidence(calls, List.of(kept), faults, left, millis));
  }

  private void assertFound(String violation) {
    assertTrue(check().contains(violation), violation + " in " + check());
  }

  private static Call call(String what, String job, Outcome outcome, String said) {
    return new Call(1, 2, 0, what, job, 0, outcome, said);
  }

  private static Call read(long from, long to, String said) {
    return new Call(from, to, 0, "job", "a", 1, Outcome.OK, said);
  }

  private static Seen end(String name, int number, JobState state, int code, String trouble) {
    return new Seen(name, "id." + number, state, code, trouble, 100, 400);
  }
}
