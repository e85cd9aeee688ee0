package dev.holdfast.chaos;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The short form; the long one is {@code load-tests/chaos/kill-nine}. */
class KillNineTest {

  @Test
  @DisplayName(
      "behaviour 33: a node that is killed with -9 loses no job, runs none twice, and tells every end truly")
  void killedAgainAndAgainItKeepsItsPromise(@TempDir Path scratch)
      throws IOException, InterruptedException, ExecutionException {
    KillNineRun.Result result = KillNine.run(7, 5, 6, scratch);
    assertEquals(List.of(), result.violations());
  }
}
