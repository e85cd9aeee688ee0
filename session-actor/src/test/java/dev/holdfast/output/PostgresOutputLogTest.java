package dev.holdfast.output;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.actor.store.postgresql.Postgres;
import dev.holdfast.actor.store.postgresql.PostgresClient;
import dev.holdfast.fixture.OnePostgres;
import dev.holdfast.fixture.PostgresServer;
import dev.holdfast.sql.Database;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The log of a cluster, on a real PostgreSQL. */
@ExtendWith(OnePostgres.class)
class PostgresOutputLogTest extends TableOutputLogContract {
  private static final String SCHEMA = "output_log_test";
  private static final String CHUNK =
      " WHERE session = ? AND job = 'job-1' AND stream = 1 AND upto = 2000";

  private static PostgresServer server;
  private static Database database;
  private static Database hasty;

  @BeforeAll
  static void connect(PostgresServer given) throws IOException {
    server = given;
    database = Postgres.made(server, SCHEMA);
    hasty =
        PostgresClient.connect(
            Postgres.settings(
                Map.of(
                    "url",
                    // The driver counts in seconds.
                    server.url() + "?socketTimeout=1",
                    "user",
                    PostgresServer.USER,
                    "password-file",
                    server.passwordFile().toString(),
                    "schema",
                    SCHEMA,
                    "request-timeout",
                    "1s")));
  }

  @AfterAll
  static void disconnect() {
    hasty.close();
    database.close();
  }

  @Test
  void outputThatHasExpiredIsDeletedAndNothingElse() throws Exception {
    try (PostgresChunks brief = new PostgresChunks(database, Duration.ofMillis(1));
        OutputLog old = new TableOutputLog(brief, NEVER, SMALL)) {
      old.append(OUT, 0, ByteBuffer.wrap(random(5 * UNIT, 15)));
      log.append(ERR, 0, bytes("kept"));
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (rows() > 1) {
        assertTrue(System.nanoTime() < deadline, "it stays");
        brief.sweep();
      }
    }
    assertEquals("kept", text(ERR));
    assertEquals(0, log.end(OUT));
    log.append(OUT, 0, bytes("anew"));
    assertEquals("anew", text(OUT));
  }

  private long rows() throws SQLException {
    return database
        .query("SELECT count(*) FROM output_chunks WHERE session = ?", it -> it.getLong(1), session)
        .get(0);
  }

  @Override
  ChunkTable table(Duration ttl) {
    return new PostgresChunks(database, ttl);
  }

  @Override
  void damage() throws SQLException {
    database.update("UPDATE output_chunks SET bytes = '\\x00'" + CHUNK, session);
  }

  @Override
  void lose() throws SQLException {
    database.update("DELETE FROM output_chunks" + CHUNK, session);
  }

  @Override
  void pause() throws IOException {
    server.pause();
  }

  @Override
  void resume() throws IOException {
    server.resume();
  }

  @Override
  OutputLog hasty() {
    return new TableOutputLog(new PostgresChunks(hasty, NEVER), NEVER, SMALL);
  }
}
