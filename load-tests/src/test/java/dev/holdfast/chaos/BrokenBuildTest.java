package dev.holdfast.chaos;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.chaos.Fault.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real runs of builds that are broken on purpose: the harness must find out. */
@Tag("long")
class BrokenBuildTest {

  private static final String HOST =
      "session-actor/src/main/resources/dev/holdfast/host/holdfast-host.sh";
  private static final String HOST_RESOURCE = "dev/holdfast/host/holdfast-host.sh";

  @TempDir private Path scratch;

  @Test
  void aTargetWithoutTicketsRunsJobsTwice() throws Exception {
    Path broken =
        new Broken(HOST)
            .with("take_ticket() {\n", "take_ticket() {\n  return 0\n")
            .resource(scratch.resolve("broken"), HOST_RESOURCE);
    assertCaught("I1: ", broken, Kind.KILL, 2);
  }

  @Test
  void aTargetThatDoesNotMindEpochsHasTwoOwners() throws Exception {
    Path broken =
        new Broken(HOST)
            .with("  if [ \"$1\" -le \"$_epoch\" ]; then\n", "  if false; then\n")
            .with("  drop_link \"FENCED $1\"\n", "  forget_link\n")
            .resource(scratch.resolve("broken"), HOST_RESOURCE);
    assertCaught("I9: ", broken, Kind.POWER_LOST, 1);
  }

  @Test
  void outputThatIsReadAByteTooEarlyIsNotTrue() throws Exception {
    Path broken =
        new Broken("orchestrator/src/main/java/dev/holdfast/api/Follower.java")
            .with("long next = read.offset() + size;", "long next = read.offset() + size - 1;")
            .compiled(scratch.resolve("broken"));
    assertCaught("I7: ", broken, Kind.CUT_CLIENTS, 1);
  }

  @Test
  void anAcknowledgementThatComesBeforeTheWriteIsLost() throws Exception {
    Path broken =
        new Broken("session-actor/src/main/java/dev/holdfast/actor/store/CommitQueue.java")
            .with(
                "      commitTogether(group);\n",
                """
                      group.forEach(each -> each.done.complete(null));
                      java.util.concurrent.locks.LockSupport.parkNanos(700_000_000L);
                      commitTogether(group);
                """)
            .compiled(scratch.resolve("broken"));
    assertCaught("I2: ", broken, Kind.KILL, 2);
  }

  private void assertCaught(String invariant, Path broken, Kind kind, int faults)
      throws IOException, InterruptedException, ExecutionException {
    var plan =
        new Plan(
            5,
            faults,
            4,
            1,
            0,
            Network.Kind.PROXY,
            List.of(kind),
            scratch.resolve("run"),
            List.of(broken));
    Run.Result result = Run.of(plan, System.out::println);
    assertTrue(
        result.violations().stream().anyMatch(it -> it.startsWith(invariant)),
        invariant + " in " + result.violations());
  }
}
