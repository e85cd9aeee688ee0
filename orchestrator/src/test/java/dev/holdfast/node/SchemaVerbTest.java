package dev.holdfast.node;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.holdfast.cassandra.CassandraNode;
import dev.holdfast.fixture.OneCassandra;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code holdfast schema} on a real Cassandra. */
@Timeout(120)
@ExtendWith(OneCassandra.class)
final class SchemaVerbTest {

  @Test
  void theTablesAreShownWhenTheyHaveBeenApplied(CassandraNode node) {
    String at = "127.0.0.1:" + node.address().getPort();
    assertEquals(1, run("show", "--contact-point", at));
    assertEquals(0, run("apply", "--contact-point", at, "--replication-factor", "1"));
    assertEquals(0, run("apply", "--contact-point", at, "--replication-factor", "1"));
    assertEquals(0, run("show", "--contact-point", at));
    assertEquals(1, run("show", "--contact-point", at, "--local-datacenter", "elsewhere"));
  }

  @Test
  void whatIsWrongOnTheCommandLineIsToldBeforeAnythingIsAsked() {
    assertEquals(2, run());
    assertEquals(2, run("apply", "--replication-factor", "0"));
    assertEquals(2, run("apply", "--keyspace", "No such name"));
    assertEquals(2, run("show", "--config", "/nonexistent"));
    assertEquals(1, run("show", "--contact-point", "127.0.0.1:1"));
    assertEquals(1, run("show", "--url", "jdbc:postgresql://127.0.0.1:1/none"));
    assertEquals(2, run("show", "--url", "jdbc:postgresql://127.0.0.1/x", "--contact-point", "x"));
    assertEquals(2, run("apply", "--url", "postgres://127.0.0.1/x"));
    assertEquals(0, run("--help"));
    assertEquals(0, run("apply", "--help"));
  }

  private static int run(String... args) {
    return SchemaVerb.run(args);
  }
}
