package dev.holdfast.actor.store.postgresql;

import dev.holdfast.actor.store.SchemaFiles;
import dev.holdfast.actor.store.SchemaVersion;
import dev.holdfast.actor.store.StoreException;
import dev.holdfast.sql.Database;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * The schema of one Holdfast cluster, and the version of its tables. What an application does is
 * one transaction: all of it is there, or nothing. Of several at the same time one is made after
 * the other.
 */
public final class PostgresSchema {
  /** The version that this program works with; {@code version-N.sql} makes it. */
  public static final int VERSION = 1;

  /** Holds back other applications: "Holdfast". */
  private static final long LOCK = 0x486f6c6466617374L;

  private final Database database;
  private final String schema;

  /** The schema of this name, which need not be there yet. */
  public PostgresSchema(Database database, String schema) {
    this.database = database;
    this.schema = schema;
  }

  /**
   * Makes what is missing.
   *
   * @param said hears a line for each thing that was done, when all is done
   * @throws StoreException of kind {@code NEWER} when a later version has been applied
   */
  public void apply(Consumer<String> said) throws IOException {
    SchemaFiles files = new SchemaFiles(PostgresSchema.class, Map.of("schema", schema));
    List<String> first = files.statements("schema.sql");
    List<List<String>> versions = new ArrayList<>();
    for (int version = 1; version <= VERSION; version++) {
      versions.add(files.statements("version-" + version + ".sql"));
    }
    List<String> done = new ArrayList<>();
    int before;
    try {
      before =
          database.together(
              connection -> {
                Database.query(connection, "SELECT pg_advisory_xact_lock(?)", row -> "", LOCK);
                int version = version(connection);
                if (version == 0) {
                  runAll(connection, first);
                }
                for (int next = version + 1; next <= VERSION; next++) {
                  runAll(connection, versions.get(next - 1));
                  Database.run(
                      connection,
                      "INSERT INTO " + schema + ".schema_version (version) VALUES (" + next + ")");
                  done.add("made the tables of version " + next + " in the schema " + schema);
                }
                return version;
              });
    } catch (SQLException e) {
      throw refused(e);
    }
    known().refuseNewer(before);
    done.add(known().applied(before));
    done.forEach(said);
  }

  /** The version of the tables; 0 when there are none. */
  public int version() throws IOException {
    try {
      return database.together(this::version);
    } catch (SQLException e) {
      throw refused(e);
    }
  }

  /** The names of the tables. */
  public List<String> tables() throws IOException {
    try {
      return database.query(
          "SELECT tablename FROM pg_tables WHERE schemaname = ? ORDER BY tablename",
          row -> row.getString(1),
          schema);
    } catch (SQLException e) {
      throw refused(e);
    }
  }

  /**
   * Does nothing when the tables are those that this program works with.
   *
   * @throws StoreException of kind {@code NO_SCHEMA} or {@code NEWER}, with what to do
   */
  public void check() throws IOException {
    known().check(version());
  }

  private SchemaVersion known() {
    return new SchemaVersion("PostgreSQL", "the schema " + schema, VERSION);
  }

  private int version(Connection connection) throws SQLException {
    String table = schema + ".schema_version";
    boolean isThere =
        Database.query(
                connection, "SELECT to_regclass(?) IS NOT NULL", row -> row.getBoolean(1), table)
            .get(0);
    return isThere
        ? Database.query(
                connection, "SELECT coalesce(max(version), 0) FROM " + table, row -> row.getInt(1))
            .get(0)
        : 0;
  }

  private static void runAll(Connection connection, List<String> statements) throws SQLException {
    for (String statement : statements) {
      Database.run(connection, statement);
    }
  }

  private static IOException refused(SQLException e) {
    return new IOException("PostgreSQL refused: " + e.getMessage(), e);
  }
}
