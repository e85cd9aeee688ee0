package dev.holdfast.actor.store.postgresql;

import com.typesafe.config.Config;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The settings below {@code holdfast.postgresql}, typed; the meaning and the unit of each are in
 * {@code reference.conf}.
 */
public record PostgresSettings(
    String url,
    String schema,
    String user,
    Optional<Path> passwordFile,
    Duration requestTimeout,
    int journalConnections,
    int connections,
    Duration outputTtl,
    Duration outputPoll) {

  private static final Pattern SCHEMA = Pattern.compile("[a-z][a-z0-9_]{0,47}");
  private static final Pattern URL = Pattern.compile("jdbc:postgresql:.+");
  private static final Pattern SIGN_IN = Pattern.compile("[?&](user|password)=|//[^/?]*@");

  /** Below it the pool's own checks would not fit in. */
  private static final Duration SHORTEST = Duration.ofMillis(500);

  private static final Duration LONGEST_TTL = Duration.ofDays(3650);
  private static final int MOST_CONNECTIONS = 500;

  /** Checks the values that are part of statements, and that no secret is where logs show it. */
  public PostgresSettings {
    if (!URL.matcher(url).matches()) {
      throw new IllegalArgumentException(
          "holdfast.postgresql.url must be jdbc:postgresql://HOST:PORT/DATABASE");
    }
    if (SIGN_IN.matcher(url).find()) {
      throw new IllegalArgumentException(
          "holdfast.postgresql.url must not hold user or password: they have keys of their own");
    }
    if (!SCHEMA.matcher(schema).matches()) {
      throw new IllegalArgumentException(
          "holdfast.postgresql.schema must be small letters, digits and _, not '" + schema + "'");
    }
    if (passwordFile.isPresent() && user.isEmpty()) {
      throw new IllegalArgumentException(
          "holdfast.postgresql.password-file needs holdfast.postgresql.user beside it");
    }
    if (requestTimeout.compareTo(SHORTEST) < 0) {
      throw new IllegalArgumentException(
          "holdfast.postgresql.request-timeout must be 500 ms or more");
    }
    checkConnections("journal-connections", journalConnections);
    checkConnections("connections", connections);
    if (outputTtl.compareTo(LONGEST_TTL) > 0 || outputTtl.isNegative()) {
      throw new IllegalArgumentException("holdfast.postgresql.output-ttl is at most 3650 days");
    }
  }

  /**
   * Reads the settings from a whole configuration.
   *
   * @throws IllegalArgumentException with a line for people when a value is out of its range
   */
  public static PostgresSettings from(Config config) {
    Config c = config.getConfig("holdfast.postgresql");
    String passwordFile = c.getString("password-file");
    return new PostgresSettings(
        c.getString("url"),
        c.getString("schema"),
        c.getString("user"),
        passwordFile.isEmpty() ? Optional.empty() : Optional.of(Path.of(passwordFile)),
        c.getDuration("request-timeout"),
        c.getInt("journal-connections"),
        c.getInt("connections"),
        c.getDuration("output-ttl"),
        c.getDuration("output-poll"));
  }

  /** Where the database is, without the driver's settings. */
  public String place() {
    return url.replaceFirst("\\?.*", "");
  }

  private static void checkConnections(String key, int value) {
    if (value < 1 || value > MOST_CONNECTIONS) {
      throw new IllegalArgumentException(
          "holdfast.postgresql." + key + " must be from 1 to " + MOST_CONNECTIONS);
    }
  }
}
