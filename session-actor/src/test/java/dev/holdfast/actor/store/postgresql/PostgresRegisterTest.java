package dev.holdfast.actor.store.postgresql;

import dev.holdfast.actor.store.ClusterRegister;
import dev.holdfast.actor.store.ClusterRegisterContract;
import dev.holdfast.fixture.OnePostgres;
import dev.holdfast.fixture.PostgresServer;
import dev.holdfast.sql.Database;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(OnePostgres.class)
final class PostgresRegisterTest extends ClusterRegisterContract {

  private static Database database;

  @BeforeAll
  static void makeTables(PostgresServer server) throws IOException {
    database = Postgres.made(server, "register_test");
  }

  @AfterAll
  static void close() {
    database.close();
  }

  @Override
  protected ClusterRegister open() {
    return new PostgresRegister(database);
  }
}
