package dev.holdfast.actor.store.postgresql;

import com.typesafe.config.ConfigFactory;
import dev.holdfast.fixture.PostgresServer;
import dev.holdfast.sql.Database;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** A schema of a test's own on a server of the tests. */
public final class Postgres {

  private Postgres() {}

  /** Its settings. */
  public static PostgresSettings settings(PostgresServer server, String schema) {
    return settings(
        Map.of(
            "url",
            server.url(),
            "user",
            PostgresServer.USER,
            "password-file",
            server.passwordFile().toString(),
            "schema",
            schema,
            // A busy machine is no reason to fail.
            "request-timeout",
            "20s"));
  }

  /** Over the defaults. */
  public static PostgresSettings settings(Map<String, Object> values) {
    Map<String, Object> keys = new HashMap<>();
    values.forEach((key, value) -> keys.put("holdfast.postgresql." + key, value));
    return PostgresSettings.from(
        ConfigFactory.parseMap(keys).withFallback(ConfigFactory.defaultReference()));
  }

  /** A connection to it, with the tables made. */
  public static Database made(PostgresServer server, String schema) throws IOException {
    Database database = PostgresClient.connect(settings(server, schema));
    new PostgresSchema(database, schema).apply(line -> {});
    return database;
  }
}
