package dev.holdfast.actor.store;

import java.io.Closeable;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Set;

/**
 * The statements of {@link GroupCommitJournal} and {@link EmbeddedSnapshots}, prepared on one
 * connection. The tables are those of pekko-persistence-jdbc, so that plugin reads what is written
 * here, and the other way round. Not thread-safe.
 */
final class JournalTables implements Closeable {

  /** An event as it is stored. */
  record Event(
      String persistenceId,
      long sequenceNumber,
      String writer,
      long timestamp,
      String adapterManifest,
      Packed event,
      Packed metadata,
      Set<String> tags) {}

  /** An object as its serializer wrote it. */
  static final class Packed {
    private final byte[] bytes;
    private final int serializer;
    private final String manifest;

    Packed(byte[] bytes, int serializer, String manifest) {
      this.bytes = bytes;
      this.serializer = serializer;
      this.manifest = manifest;
    }
  }

  /** A snapshot as it is stored; created is in milliseconds. */
  record Snapshot(
      String persistenceId, long sequenceNumber, long created, Packed state, Packed metadata) {}

  /** Which snapshots of an entity; bounds are inclusive. */
  record Snapshots(
      String persistenceId, long minNumber, long maxNumber, long minCreated, long maxCreated) {}

  /** Takes rows as they are read. */
  interface Reader {
    void row(ResultSet row) throws SQLException;
  }

  private final Connection connection;
  private final PreparedStatement begin;
  private final PreparedStatement commit;
  private final PreparedStatement rollback;
  private final PreparedStatement insert;
  private final PreparedStatement tag;
  private final PreparedStatement delete;
  private final PreparedStatement markDeleted;
  private final PreparedStatement highest;
  private final PreparedStatement replay;
  private final PreparedStatement save;
  private final PreparedStatement newest;
  private final PreparedStatement discard;

  JournalTables(Connection connection) throws SQLException {
    this.connection = connection;
    begin = connection.prepareStatement("BEGIN IMMEDIATE");
    commit = connection.prepareStatement("COMMIT");
    rollback = connection.prepareStatement("ROLLBACK");
    insert =
        connection.prepareStatement(
            """
            INSERT INTO event_journal (persistence_id, sequence_number, writer, write_timestamp,
              adapter_manifest, event_payload, event_ser_id, event_ser_manifest,
              meta_payload, meta_ser_id, meta_ser_manifest)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""");
    tag = connection.prepareStatement("INSERT INTO event_tag VALUES (last_insert_rowid(), ?)");
    delete =
        connection.prepareStatement(
            """
            DELETE FROM event_journal WHERE persistence_id = ?1 AND sequence_number <= ?2
              AND sequence_number < (
                SELECT max(sequence_number) FROM event_journal WHERE persistence_id = ?1)""");
    markDeleted =
        connection.prepareStatement(
            "UPDATE event_journal SET deleted = 1 WHERE persistence_id = ? AND sequence_number <="
                + " ?");
    highest =
        connection.prepareStatement(
            "SELECT max(sequence_number) FROM event_journal WHERE persistence_id = ?");
    replay =
        connection.prepareStatement(
            """
            SELECT sequence_number, writer, write_timestamp, adapter_manifest,
              event_payload, event_ser_id, event_ser_manifest,
              meta_payload, meta_ser_id, meta_ser_manifest
            FROM event_journal
            WHERE persistence_id = ? AND sequence_number BETWEEN ? AND ? AND deleted = 0
            ORDER BY sequence_number LIMIT ?""");
    save =
        connection.prepareStatement(
            """
            INSERT OR REPLACE INTO snapshot (persistence_id, sequence_number, created,
              snapshot_payload, snapshot_ser_id, snapshot_ser_manifest,
              meta_payload, meta_ser_id, meta_ser_manifest)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)""");
    newest =
        connection.prepareStatement(
            """
            SELECT sequence_number, created,
              snapshot_payload, snapshot_ser_id, snapshot_ser_manifest,
              meta_payload, meta_ser_id, meta_ser_manifest
            FROM snapshot
            WHERE persistence_id = ? AND sequence_number BETWEEN ? AND ?
              AND created BETWEEN ? AND ?
            ORDER BY sequence_number DESC LIMIT 1""");
    discard =
        connection.prepareStatement(
            """
            DELETE FROM snapshot
            WHERE persistence_id = ? AND sequence_number BETWEEN ? AND ?
              AND created BETWEEN ? AND ?""");
  }

  void begin() throws SQLException {
    begin.executeUpdate();
  }

  void commit() throws SQLException {
    commit.executeUpdate();
  }

  /** Ends a transaction that failed, if the database has not done so itself. */
  void rollback(SQLException cause) {
    try {
      rollback.executeUpdate();
    } catch (SQLException alreadyDone) {
      cause.addSuppressed(alreadyDone);
    }
  }

  void insert(Event row) throws SQLException {
    insert.setString(1, row.persistenceId());
    insert.setLong(2, row.sequenceNumber());
    insert.setString(3, row.writer());
    insert.setLong(4, row.timestamp());
    insert.setString(5, row.adapterManifest());
    bind(insert, 6, row.event());
    bind(insert, 9, row.metadata());
    insert.executeUpdate();
    for (String name : row.tags()) {
      tag.setString(1, name);
      tag.executeUpdate();
    }
  }

  private static void bind(PreparedStatement into, int from, Packed packed) throws SQLException {
    if (packed == null) {
      into.setObject(from, null);
      into.setObject(from + 1, null);
      into.setObject(from + 2, null);
    } else {
      into.setBytes(from, packed.bytes);
      into.setInt(from + 1, packed.serializer);
      into.setString(from + 2, packed.manifest);
    }
  }

  /** The newest event of an entity stays, marked, because it says where numbering goes on. */
  void delete(String persistenceId, long upTo) throws SQLException {
    for (PreparedStatement each : new PreparedStatement[] {delete, markDeleted}) {
      each.setString(1, persistenceId);
      each.setLong(2, upTo);
      each.executeUpdate();
    }
  }

  /** 0 when there is none. */
  long highest(String persistenceId) throws SQLException {
    highest.setString(1, persistenceId);
    try (ResultSet result = highest.executeQuery()) {
      return result.next() ? result.getLong(1) : 0;
    }
  }

  void replay(String persistenceId, long from, long to, long max, Reader reader)
      throws SQLException {
    replay.setString(1, persistenceId);
    replay.setLong(2, from);
    replay.setLong(3, to);
    replay.setLong(4, max);
    try (ResultSet rows = replay.executeQuery()) {
      while (rows.next()) {
        reader.row(rows);
      }
    }
  }

  /** Takes the place of a snapshot of the same number. */
  void save(Snapshot snapshot) throws SQLException {
    save.setString(1, snapshot.persistenceId());
    save.setLong(2, snapshot.sequenceNumber());
    save.setLong(3, snapshot.created());
    bind(save, 4, snapshot.state());
    bind(save, 7, snapshot.metadata());
    save.executeUpdate();
  }

  /** Reads the newest of the snapshots, if there is one. */
  void newest(Snapshots of, Reader reader) throws SQLException {
    bind(newest, of);
    try (ResultSet row = newest.executeQuery()) {
      if (row.next()) {
        reader.row(row);
      }
    }
  }

  void discard(Snapshots which) throws SQLException {
    bind(discard, which);
    discard.executeUpdate();
  }

  private static void bind(PreparedStatement into, Snapshots which) throws SQLException {
    into.setString(1, which.persistenceId());
    into.setLong(2, which.minNumber());
    into.setLong(3, which.maxNumber());
    into.setLong(4, which.minCreated());
    into.setLong(5, which.maxCreated());
  }

  @Override
  public void close() throws IOException {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }
}
