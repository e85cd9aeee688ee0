package dev.holdfast.cassandra;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A real server, from its start to its end. */
@Timeout(300)
final class CassandraRingTest {

  @BeforeAll
  static void canBeStarted() throws IOException {
    Optional<String> missing = CassandraRing.missing();
    assumeTrue(missing.isEmpty(), () -> "skipped: " + missing.orElseThrow());
  }

  @Test
  void threeNodesMakeOneRingAgainAfterOneWasKilledAndLeaveNothing() throws IOException {
    List<CassandraNode> nodes;
    Path directory;
    try (CassandraRing ring = CassandraRing.start(3)) {
      nodes = ring.nodes();
      CassandraNode second = nodes.get(1);
      directory = second.log().getParent().getParent();
      long before = second.pid();
      assertThrows(IllegalStateException.class, second::restart);
      second.kill();
      assertFalse(second.answers());
      second.restart();
      assertTrue(second.pid() != before);
      ring.awaitWhole();
    }
    assertFalse(Files.exists(directory));
    assertTrue(nodes.stream().noneMatch(node -> isAlive(node.pid())));
  }

  private static boolean isAlive(long pid) {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
  }
}
