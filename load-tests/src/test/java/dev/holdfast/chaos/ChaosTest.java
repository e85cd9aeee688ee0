package dev.holdfast.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.chaos.Fault.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Short forms with fixed seeds; the long one is {@code load-tests/chaos/run}. */
class ChaosTest {

  @Test
  @DisplayName(
      "behaviour 33: a node that is killed with -9 loses no job, runs none twice, and tells every end truly")
  void aNodeAloneIsKilledAgainAndAgain(@TempDir Path scratch)
      throws IOException, InterruptedException, ExecutionException {
    var kinds = List.of(Kind.KILL, Kind.CUT_TARGETS, Kind.CUT_CLIENTS);
    assertHolds(new Plan(7, 3, 6, 1, 0, Network.Kind.PROXY, kinds, scratch, List.of()));
  }

  @Test
  @DisplayName(
      "behaviours 33, 35, 36, 40: of three nodes any may be killed, cut off or restarted, and nobody notices more than a pause")
  void anyOfThreeNodesMayDie(@TempDir Path scratch)
      throws IOException, InterruptedException, ExecutionException {
    var missing = CassandraRing.missing();
    assumeTrue(missing.isEmpty(), () -> "skipped: " + missing.orElseThrow());
    var kinds = List.of(Kind.KILL, Kind.CUT_NODE_OFF, Kind.ANSWERS_LOST, Kind.ROLL);
    assertHolds(new Plan(3, 4, 6, 3, 1, Network.Kind.PROXY, kinds, scratch, List.of()));
  }

  private static void assertHolds(Plan plan)
      throws IOException, InterruptedException, ExecutionException {
    Run.Result result = Run.of(plan, System.out::println);
    Figures.lines(result).forEach(System.out::println);
    assertEquals(List.of(), result.violations());
  }
}
