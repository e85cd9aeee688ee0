package dev.holdfast.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.holdfast.cassandra.CassandraRing;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What {@code holdfast demo --cluster} claims is true, tried with few sessions. */
class ClusterDemoTest {

  @Test
  @DisplayName(
      "behaviours 30, 33: the demo of a cluster finds all it claims true, and leaves nothing")
  void allThatTheDemoClaimsIsTrue() throws Exception {
    var missing = CassandraRing.missing();
    assumeTrue(missing.isEmpty(), () -> "skipped: " + missing.orElseThrow());
    var screen = new ByteArrayOutputStream();
    var terminal = new Terminal(new PrintStream(screen, true, StandardCharsets.UTF_8), Map.of());
    var checks = new Checks(terminal);
    var place = new Place();
    try (place) {
      new ClusterDemo(place, terminal, checks, 6, 15).tell();
    }
    var said = screen.toString(StandardCharsets.UTF_8);
    assertEquals(List.of(), checks.untrue(), said);
    assertEquals(5, checks.count(), said);
    assertTrue(said.contains("IS KILLED WITH -9"), said);
    assertFalse(Files.exists(place.directory()));
  }
}
