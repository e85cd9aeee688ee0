package dev.holdfast.actor.store;

import com.typesafe.config.Config;
import dev.holdfast.actor.store.postgresql.Postgres;
import dev.holdfast.actor.store.postgresql.PostgresJournal;
import dev.holdfast.actor.store.postgresql.PostgresSettings;
import dev.holdfast.fixture.OnePostgres;
import dev.holdfast.fixture.PostgresServer;
import dev.holdfast.sql.Database;
import java.io.IOException;
import org.apache.pekko.persistence.jdbc.query.javadsl.JdbcReadJournal;
import org.apache.pekko.persistence.query.PersistenceQuery;
import org.apache.pekko.persistence.query.javadsl.CurrentEventsByPersistenceIdQuery;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OnePostgres.class)
final class PostgresJournalTest extends SharedJournalContract {
  private static final String SCHEMA = "journal_test";

  private static PostgresServer server;
  private static PostgresSettings settings;

  @BeforeAll
  static void applySchema(PostgresServer given) throws IOException {
    server = given;
    settings = Postgres.settings(server, SCHEMA);
  }

  @Override
  Config journal() throws IOException {
    try (Database database = Postgres.made(server, SCHEMA)) {
      return PostgresJournal.prepare(settings, database);
    }
  }

  @Override
  CurrentEventsByPersistenceIdQuery events(Node node) {
    return PersistenceQuery.get(node.system())
        .getReadJournalFor(JdbcReadJournal.class, JdbcReadJournal.Identifier());
  }

  @Override
  void kill() throws IOException {
    server.kill();
  }

  @Override
  void restart() throws IOException {
    server.restart();
  }
}
