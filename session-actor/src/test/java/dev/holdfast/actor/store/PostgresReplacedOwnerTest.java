package dev.holdfast.actor.store;

import com.typesafe.config.Config;
import dev.holdfast.actor.store.postgresql.Postgres;
import dev.holdfast.actor.store.postgresql.PostgresJournal;
import dev.holdfast.actor.store.postgresql.PostgresOwners;
import dev.holdfast.actor.store.postgresql.PostgresSettings;
import dev.holdfast.fixture.OnePostgres;
import dev.holdfast.fixture.PostgresServer;
import dev.holdfast.sql.Database;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OnePostgres.class)
final class PostgresReplacedOwnerTest extends ReplacedOwnerContract {
  private static PostgresSettings settings;
  private static Database database;

  @BeforeAll
  static void applySchema(PostgresServer server) throws IOException {
    settings = Postgres.settings(server, "replaced_test");
    database = Postgres.made(server, "replaced_test");
  }

  @AfterAll
  static void close() {
    database.close();
  }

  @Override
  Config journal() throws IOException {
    return PostgresJournal.prepare(settings, database);
  }

  @Override
  Owners owners() {
    return new PostgresOwners(database);
  }
}
