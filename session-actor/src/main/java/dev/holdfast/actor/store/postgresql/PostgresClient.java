package dev.holdfast.actor.store.postgresql;

import com.zaxxer.hikari.HikariConfig;
import dev.holdfast.actor.store.StoreException;
import dev.holdfast.actor.store.StoreException.Kind;
import dev.holdfast.sql.Database;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Properties;

/**
 * The driver, as Holdfast sets it up; the same for the journal and for all else.
 *
 * <p>Every connection is one to a server that may be written to: the driver asks when it connects,
 * and of several servers in the URL it finds the right one. A standby would answer questions about
 * owners with what was so a while ago.
 *
 * <p>A commit that is acknowledged is on the server's disk: where the server, or a role, is set to
 * {@code synchronous_commit = off}, each connection sets it to {@code on} for itself; what is
 * stronger than that stays.
 */
public final class PostgresClient {

  /** After the server's own deadline, until a connection that says nothing is given up. */
  private static final Duration GRACE = Duration.ofSeconds(5);

  private static final Duration CONNECT = Duration.ofSeconds(5);

  /** Of the servers in the URL, as the driver calls it: the one that may be written to. */
  static final String PRIMARY = "primary";

  private PostgresClient() {}

  /**
   * Connects, and looks whether the server can be used.
   *
   * @throws StoreException of kind {@code UNREACHABLE}, saying what was tried and what came of it
   */
  public static Database connect(PostgresSettings settings) throws IOException {
    look(settings);
    return new Database(pool(settings));
  }

  /** A first connection that fails is said at once, and not tried again. */
  private static void look(PostgresSettings settings) throws StoreException {
    try (Connection connection =
        DriverManager.getConnection(settings.url(), driver(settings, "preferPrimary"))) {
      boolean standby =
          Database.query(connection, "SELECT pg_is_in_recovery()", row -> row.getBoolean(1)).get(0);
      if (standby) {
        throw new StoreException(
            Kind.UNREACHABLE,
            "PostgreSQL at " + settings.place() + " is a standby, which cannot be written to",
            "name the primary, or both: jdbc:postgresql://HOST1,HOST2/DATABASE");
      }
    } catch (SQLException e) {
      throw unreachable(settings, e);
    }
  }

  private static HikariConfig pool(PostgresSettings settings) {
    HikariConfig pool = new HikariConfig();
    pool.setPoolName("holdfast-store");
    pool.setJdbcUrl(settings.url());
    pool.setMaximumPoolSize(settings.connections());
    pool.setMinimumIdle(1);
    pool.setConnectionTimeout(settings.requestTimeout().toMillis());
    pool.setValidationTimeout(validation(settings).toMillis());
    pool.setConnectionInitSql(begin(settings));
    pool.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    // A server that is not there at the moment is waited for.
    pool.setInitializationFailTimeout(-1);
    pool.setDataSourceProperties(driver(settings, PRIMARY));
    return pool;
  }

  /**
   * How long a connection may take to show that it is alive; the pool wants less than a request.
   */
  static Duration validation(PostgresSettings settings) {
    return Duration.ofMillis(
        Math.max(250, Math.min(5_000, settings.requestTimeout().toMillis() / 2)));
  }

  /** What every connection begins with. */
  static String begin(PostgresSettings settings) {
    return """
        SELECT set_config('search_path', '%s', false),
          set_config('statement_timeout', '%d', false),
          set_config('idle_in_transaction_session_timeout', '%d', false),
          set_config('default_transaction_read_only', 'off', false),
          set_config('synchronous_commit', CASE current_setting('synchronous_commit')
            WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false)"""
        .formatted(
            settings.schema(),
            settings.requestTimeout().toMillis(),
            settings.requestTimeout().plus(GRACE).toMillis());
  }

  /**
   * The driver's own settings; what the URL says goes before them.
   *
   * @param servers which of those in the URL will do, as the driver calls it
   */
  static Properties driver(PostgresSettings settings, String servers) {
    Properties driver = new Properties();
    driver.setProperty("ApplicationName", "holdfast");
    driver.setProperty("targetServerType", servers);
    driver.setProperty("tcpKeepAlive", "true");
    driver.setProperty("connectTimeout", seconds(CONNECT));
    driver.setProperty("loginTimeout", seconds(CONNECT));
    driver.setProperty("socketTimeout", seconds(settings.requestTimeout().plus(GRACE)));
    // A host that is back is found at the next connection.
    driver.setProperty("hostRecheckSeconds", "1");
    if (!settings.user().isEmpty()) {
      driver.setProperty("user", settings.user());
    }
    settings
        .passwordFile()
        .ifPresent(
            file -> {
              driver.setProperty("authenticationPluginClassName", PasswordFile.class.getName());
              driver.setProperty(PasswordFile.FILE, file.toString());
            });
    return driver;
  }

  private static String seconds(Duration time) {
    return Long.toString(time.plusMillis(999).toSeconds());
  }

  private static StoreException unreachable(PostgresSettings settings, SQLException e) {
    return new StoreException(
        Kind.UNREACHABLE,
        "PostgreSQL cannot be used at " + settings.place() + ": " + deepest(e),
        "name a server that runs, a database and a user (holdfast.postgresql)");
  }

  /** What the innermost cause that says something says. */
  private static String deepest(Throwable failure) {
    String said = failure.toString();
    for (Throwable each = failure; each != null; each = each.getCause()) {
      if (each.getMessage() != null) {
        said = each.getMessage();
      }
    }
    return said.strip();
  }
}
