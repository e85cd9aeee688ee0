package dev.holdfast.actor.store.cassandra;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.datastax.oss.driver.api.core.CqlSession;
import dev.holdfast.actor.store.StoreException;
import dev.holdfast.actor.store.StoreException.Kind;
import dev.holdfast.cassandra.CassandraNode;
import dev.holdfast.cassandra.CassandraRing;
import dev.holdfast.fixture.OneCassandra;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The tables in a real Cassandra: made once, made again, of another version, not there. */
@Timeout(300)
@ExtendWith(OneCassandra.class)
final class SchemaTest {

  @Test
  void itIsMadeOnceAndFromThereOnLeftAsItIs(CassandraNode node) throws IOException {
    CassandraSettings settings = Given.settings(node, "schema_test");
    assertRefused(Kind.NO_SCHEMA, "holdfast schema apply", settings);
    try (CqlSession session = CassandraClient.connect(settings)) {
      Schema schema = new Schema(session, "schema_test");
      assertEquals(0, schema.version());
      List<String> first = apply(schema);
      assertTrue(first.get(0).startsWith("made the keyspace schema_test"), first::toString);
      assertTrue(first.contains("the tables are of version " + Schema.VERSION), first::toString);
      assertEquals(Schema.VERSION, schema.version());
      assertTrue(
          schema
              .tables()
              .containsAll(
                  List.of(
                      "messages",
                      "snapshots",
                      "output_chunks",
                      "session_owners",
                      "schema_version")));
      List<String> second = apply(schema);
      assertEquals(2, second.size(), second::toString);
      assertTrue(second.get(1).contains("nothing was to be done"), second::toString);
      assertFalse(CassandraJournal.prepare(settings).isEmpty());

      // As it is when an application was interrupted: some tables are there, their version is not.
      session.execute("DROP TABLE schema_test.output_chunks");
      session.execute("TRUNCATE schema_test.schema_version");
      assertRefused(Kind.NO_SCHEMA, "holdfast schema apply", settings);
      apply(schema);
      assertTrue(schema.tables().contains("output_chunks"));

      session.execute(
          "INSERT INTO schema_test.schema_version (name, version) VALUES ('holdfast', 99)");
      assertRefused(Kind.NEWER, "use the Holdfast", settings);
      StoreException refused = assertThrows(StoreException.class, () -> apply(schema));
      assertEquals(Kind.NEWER, refused.kind());
      session.execute("DROP KEYSPACE schema_test");
    }
  }

  @Test
  void aServerThatIsNotThereAndADatacenterThatIsNotAreNamed(CassandraNode node) throws IOException {
    CassandraSettings nowhere = Given.settings(Map.of("contact-points", List.of("127.0.0.1:1")));
    assertRefused(Kind.UNREACHABLE, "name nodes", nowhere);
    CassandraSettings elsewhere =
        Given.settings(
            Map.of(
                "contact-points",
                List.of("127.0.0.1:" + node.address().getPort()),
                "local-datacenter",
                "dc9"));
    StoreException refused =
        assertThrows(StoreException.class, () -> CassandraJournal.prepare(elsewhere));
    assertTrue(refused.getMessage().contains("'dc9'"), refused.getMessage());
    assertTrue(refused.getMessage().contains(CassandraRing.DATACENTER), refused.getMessage());
  }

  @Test
  void aNameThatIsNoKeyspaceIsRefused() {
    for (String name : List.of("", "Upper", "a b", "a;b", "9a")) {
      assertThrows(
          IllegalArgumentException.class, () -> Given.settings(Map.of("keyspace", name)), name);
    }
  }

  private static List<String> apply(Schema schema) throws IOException {
    List<String> said = new ArrayList<>();
    schema.apply(CassandraRing.DATACENTER, 1, said::add);
    return said;
  }

  private static void assertRefused(Kind kind, String advice, CassandraSettings settings) {
    StoreException refused =
        assertThrows(StoreException.class, () -> CassandraJournal.prepare(settings));
    assertEquals(kind, refused.kind(), refused.getMessage());
    assertTrue(refused.advice().contains(advice), refused.advice());
  }
}
