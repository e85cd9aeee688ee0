package dev.holdfast.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.holdfast.protocol.v1.Job;
import dev.holdfast.protocol.v1.JobState;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A checker that cannot fail proves nothing: each broken promise must be found. */
class CheckerTest {

  private static final Work FIRST = new Work("first", 20, 0, 0);
  private static final Work SECOND = new Work("second", 5, 0, 3);

  private final History.Seen first = seen(FIRST, 1);
  private final History.Seen second = seen(SECOND, 2);

  @Test
  void aTrueHistoryIsWithoutViolations() {
    assertEquals(List.of(), check(List.of(first, second), "first", "second"));
  }

  @Test
  void aJobThatRanTwiceIsFound() {
    assertFound("I1", check(List.of(first, second), "first", "first", "second"));
  }

  @Test
  void anAcknowledgedJobThatNeverRanIsFound() {
    assertFound("I2", check(List.of(first, second), "first"));
  }

  @Test
  void jobsThatRanInAnotherOrderAreFound() {
    assertFound("I6", check(List.of(first, second), "second", "first"));
  }

  @Test
  void anInventedExitCodeIsFound() {
    var invented = new History.Seen(SECOND, job(JobState.FAILED, 4), second.out(), second.err());
    assertFound("I3", check(List.of(first, invented), "first", "second"));
  }

  @Test
  void anInventedSuccessIsFound() {
    var invented = new History.Seen(SECOND, job(JobState.SUCCEEDED, 0), second.out(), second.err());
    assertFound("I3", check(List.of(first, invented), "first", "second"));
  }

  @Test
  void aLostByteIsFound() {
    var cut = new History.Seen(FIRST, first.job(), first.out().substring(1), first.err());
    assertFound("I7", check(List.of(cut, second), "first", "second"));
  }

  @Test
  void aRepeatedByteIsFound() {
    ByteString twice = first.err().substring(0, 1).concat(first.err());
    var repeated = new History.Seen(FIRST, first.job(), first.out(), twice);
    assertFound("I7", check(List.of(repeated, second), "first", "second"));
  }

  @Test
  void aShellThatLostItsStateIsFound() {
    assertFound("I7", check(List.of(seen(FIRST, 2), second), "first", "second"));
  }

  @Test
  void anIdleRunIsFound() {
    assertFound("proves nothing", check(List.of()));
  }

  private static List<String> check(List<History.Seen> jobs, String... ran) {
    return Checker.check(List.of(new History(0, jobs)), Map.of(0, List.of(ran)));
  }

  private static void assertFound(String what, List<String> violations) {
    assertTrue(violations.stream().anyMatch(v -> v.contains(what)), what + " in " + violations);
  }

  private static History.Seen seen(Work work, int nth) {
    JobState state = work.exitCode() == 0 ? JobState.SUCCEEDED : JobState.FAILED;
    return new History.Seen(work, job(state, work.exitCode()), work.out(nth), work.err());
  }

  private static Job job(JobState state, int exitCode) {
    return Job.newBuilder().setState(state).setExitCode(exitCode).build();
  }
}
