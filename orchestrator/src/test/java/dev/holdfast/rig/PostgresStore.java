package dev.holdfast.rig;

import com.typesafe.config.ConfigFactory;
import dev.holdfast.actor.store.postgresql.PostgresClient;
import dev.holdfast.actor.store.postgresql.PostgresSchema;
import dev.holdfast.actor.store.postgresql.PostgresSettings;
import dev.holdfast.fixture.PostgresServer;
import dev.holdfast.sql.Database;
import java.io.IOException;
import java.nio.file.Path;

/** A server of PostgreSQL. */
public final class PostgresStore implements SharedStore {

  private final PostgresServer server;

  private PostgresStore(PostgresServer server) {
    this.server = server;
  }

  /** Starts it, and makes the tables. */
  public static PostgresStore start() throws IOException {
    var store = new PostgresStore(PostgresServer.start());
    try {
      store.makeTables();
      return store;
    } catch (IOException | RuntimeException e) {
      store.close();
      throw e;
    }
  }

  private void makeTables() throws IOException {
    var settings =
        PostgresSettings.from(
            ConfigFactory.parseString("holdfast { " + settings() + " }")
                .withFallback(ConfigFactory.defaultReference()));
    try (Database database = PostgresClient.connect(settings)) {
      new PostgresSchema(database, settings.schema()).apply(said -> {});
    }
  }

  /** The server itself, which may be killed and started again. */
  public PostgresServer server() {
    return server;
  }

  @Override
  public String settings() {
    return """
        store = postgresql
        postgresql { url = "%s", user = %s, password-file = "%s", request-timeout = 20s }"""
        .formatted(server.url(), PostgresServer.USER, server.passwordFile());
  }

  @Override
  public void migrate(Path data) {
    throw new UnsupportedOperationException("holdfast migrate knows the way to Cassandra only");
  }

  @Override
  public void close() {
    server.close();
  }
}
