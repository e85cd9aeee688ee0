package dev.holdfast.node;

import com.datastax.oss.driver.api.core.CqlSession;
import dev.holdfast.actor.store.cassandra.CassandraClient;
import dev.holdfast.actor.store.cassandra.CassandraSettings;
import dev.holdfast.actor.store.cassandra.Schema;
import dev.holdfast.actor.store.postgresql.PostgresClient;
import dev.holdfast.actor.store.postgresql.PostgresSchema;
import dev.holdfast.actor.store.postgresql.PostgresSettings;
import dev.holdfast.sql.Database;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** The tables of a store that nodes share, as an operator makes and sees them. */
interface SharedTables extends Closeable {

  /**
   * Makes what is missing.
   *
   * @param said hears a line for each thing that was done
   */
  void apply(Consumer<String> said) throws IOException;

  /** What is there, in lines for people. */
  List<String> show() throws IOException;

  /**
   * Does nothing when the tables are those that this program works with.
   *
   * @throws dev.holdfast.actor.store.StoreException with what to do
   */
  void check() throws IOException;

  /**
   * Connects to Cassandra.
   *
   * @param copies how many nodes keep each row, when the keyspace is made
   */
  static SharedTables in(CassandraSettings settings, int copies) throws IOException {
    CqlSession session = CassandraClient.connect(settings);
    Schema schema = new Schema(session, settings.keyspace());
    return new SharedTables() {
      @Override
      public void apply(Consumer<String> said) throws IOException {
        schema.apply(settings.localDatacenter(), copies, said);
      }

      @Override
      public List<String> show() throws IOException {
        return List.of(
            "keyspace     " + settings.keyspace(),
            "replication  " + schema.replication().orElse("(no such keyspace)"),
            "tables       " + String.join(" ", schema.tables()),
            "version      " + schema.version() + ", this Holdfast needs " + Schema.VERSION);
      }

      @Override
      public void check() throws IOException {
        schema.check();
      }

      @Override
      public void close() {
        session.close();
      }
    };
  }

  /** Connects to PostgreSQL. */
  static SharedTables in(PostgresSettings settings) throws IOException {
    Database database = PostgresClient.connect(settings);
    PostgresSchema schema = new PostgresSchema(database, settings.schema());
    return new SharedTables() {
      @Override
      public void apply(Consumer<String> said) throws IOException {
        schema.apply(said);
      }

      @Override
      public List<String> show() throws IOException {
        return List.of(
            "database     " + settings.place(),
            "schema       " + settings.schema(),
            "tables       " + String.join(" ", schema.tables()),
            "version      " + schema.version() + ", this Holdfast needs " + PostgresSchema.VERSION);
      }

      @Override
      public void check() throws IOException {
        schema.check();
      }

      @Override
      public void close() {
        database.close();
      }
    };
  }
}
