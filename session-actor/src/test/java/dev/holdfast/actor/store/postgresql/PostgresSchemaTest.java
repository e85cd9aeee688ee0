package dev.holdfast.actor.store.postgresql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.actor.store.StoreException;
import dev.holdfast.actor.store.StoreException.Kind;
import dev.holdfast.fixture.OnePostgres;
import dev.holdfast.fixture.PostgresServer;
import dev.holdfast.sql.Database;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tables in a real PostgreSQL: made once, made again, of another version, not there. */
@Timeout(300)
@ExtendWith(OnePostgres.class)
final class PostgresSchemaTest {
  private static final String SCHEMA = "schema_test";

  @Test
  void itIsMadeOnceAndFromThereOnLeftAsItIs(PostgresServer server) throws Exception {
    PostgresSettings settings = Postgres.settings(server, SCHEMA);
    try (Database database = PostgresClient.connect(settings)) {
      PostgresSchema schema = new PostgresSchema(database, SCHEMA);
      assertRefused(Kind.NO_SCHEMA, "holdfast schema apply", settings, database);
      assertEquals(0, schema.version());
      List<String> first = apply(schema);
      assertTrue(
          first.contains("the tables are of version " + PostgresSchema.VERSION), first::toString);
      assertEquals(PostgresSchema.VERSION, schema.version());
      assertTrue(
          schema
              .tables()
              .containsAll(
                  List.of("event_journal", "snapshot", "output_chunks", "session_owners")));
      List<String> second = apply(schema);
      assertEquals(1, second.size(), second::toString);
      assertTrue(second.get(0).contains("nothing was to be done"), second::toString);
      assertFalse(PostgresJournal.prepare(settings, database).isEmpty());

      database.update("INSERT INTO schema_version (version) VALUES (99)");
      assertRefused(Kind.NEWER, "use the Holdfast", settings, database);
      StoreException refused = assertThrows(StoreException.class, () -> apply(schema));
      assertEquals(Kind.NEWER, refused.kind());
      database.update("DROP SCHEMA " + SCHEMA + " CASCADE");
    }
  }

  @Test
  void severalWhoApplyItAtOnceMakeItOnce(PostgresServer server) throws Exception {
    try (Database database = PostgresClient.connect(Postgres.settings(server, "at_once"))) {
      var threads = Executors.newFixedThreadPool(4);
      Callable<List<String>> apply = () -> apply(new PostgresSchema(database, "at_once"));
      int made = 0;
      for (Future<List<String>> said : threads.invokeAll(List.of(apply, apply, apply, apply))) {
        made += said.get().size() > 1 ? 1 : 0;
      }
      threads.shutdown();
      assertEquals(1, made);
    }
  }

  @Test
  void aServerThatCannotBeUsedIsRefusedWithTheReason(PostgresServer server, @TempDir Path directory)
      throws IOException {
    assertUnreachable("127.0.0.1:1", Map.of("url", "jdbc:postgresql://127.0.0.1:1/none"));
    Path wrong = Files.writeString(directory.resolve("wrong"), "not the password\n");
    assertUnreachable(
        "password authentication failed",
        Map.of(
            "url", server.url(), "user", PostgresServer.USER, "password-file", wrong.toString()));
    assertUnreachable(
        directory.resolve("none").toString(),
        Map.of(
            "url",
            server.url(),
            "user",
            PostgresServer.USER,
            "password-file",
            directory.resolve("none").toString()));
  }

  /** It would answer with owners of a moment ago. */
  @Test
  void aStandbyIsRefusedAlsoByThoseWhoWereThereBefore(PostgresServer server) throws Exception {
    PostgresSettings settings =
        Postgres.settings(
            Map.of(
                "url",
                server.url(),
                "user",
                PostgresServer.USER,
                "password-file",
                server.passwordFile().toString(),
                "request-timeout",
                "2s"));
    try (Database before = PostgresClient.connect(settings)) {
      assertEquals(List.of(1), one(before));
      server.restartAs(true);
      try {
        StoreException refused =
            assertThrows(StoreException.class, () -> PostgresClient.connect(settings));
        assertTrue(refused.getMessage().contains("is a standby"), refused.getMessage());
        for (int i = 0; i < 3; i++) {
          assertThrows(SQLException.class, () -> one(before));
        }
      } finally {
        server.restartAs(false);
      }
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!answers(before)) {
        assertTrue(System.nanoTime() < deadline, "it does not find the primary again");
      }
    }
  }

  private static List<Integer> one(Database database) throws SQLException {
    return database.query("SELECT 1", row -> row.getInt(1));
  }

  private static boolean answers(Database database) {
    try {
      return !one(database).isEmpty();
    } catch (SQLException notYet) {
      return false;
    }
  }

  @ParameterizedTest
  @CsvSource({"off, on", "on, on", "remote_apply, remote_apply"})
  void whatIsAcknowledgedIsOnTheDiskWhateverTheServerIsSetTo(
      String ofUser, String inUse, PostgresServer server) throws Exception {
    PostgresSettings settings = Postgres.settings(server, SCHEMA);
    try (Database setting = PostgresClient.connect(settings)) {
      String alter = "ALTER USER " + PostgresServer.USER + " ";
      setting.update(alter + "SET synchronous_commit = " + ofUser);
      try (Database database = PostgresClient.connect(settings)) {
        String used = database.query("SHOW synchronous_commit", row -> row.getString(1)).get(0);
        assertEquals(inUse, used);
      } finally {
        setting.update(alter + "RESET synchronous_commit");
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "url | jdbc:mysql://127.0.0.1/holdfast",
        "url | jdbc:postgresql://127.0.0.1/holdfast?password=secret",
        "url | jdbc:postgresql://127.0.0.1/holdfast?ssl=true&user=somebody",
        "schema | Upper",
        "schema | a;b",
        "request-timeout | 1ms",
        "connections | 0",
        "output-ttl | 9999d",
        "password-file | /etc/password"
      })
  void whatCannotBeMeantIsRefused(String key, String value) {
    var refused =
        assertThrows(IllegalArgumentException.class, () -> Postgres.settings(Map.of(key, value)));
    assertTrue(refused.getMessage().contains("holdfast.postgresql." + key), refused.getMessage());
    assertFalse(refused.getMessage().contains("secret"), refused.getMessage());
  }

  private static List<String> apply(PostgresSchema schema) throws IOException {
    List<String> said = new ArrayList<>();
    schema.apply(said::add);
    return said;
  }

  private static void assertUnreachable(String why, Map<String, Object> values) {
    PostgresSettings settings = Postgres.settings(values);
    StoreException refused =
        assertThrows(StoreException.class, () -> PostgresClient.connect(settings));
    assertEquals(Kind.UNREACHABLE, refused.kind());
    assertTrue(refused.getMessage().contains(why), refused.getMessage());
  }

  private static void assertRefused(
      Kind kind, String advice, PostgresSettings settings, Database database) {
    StoreException refused =
        assertThrows(StoreException.class, () -> PostgresJournal.prepare(settings, database));
    assertEquals(kind, refused.kind(), refused.getMessage());
    assertTrue(refused.advice().contains(advice), refused.advice());
  }
}
