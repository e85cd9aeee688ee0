package dev.holdfast.actor.store;

import com.google.protobuf.ByteString;
import com.typesafe.config.Config;
import dev.holdfast.actor.SessionSerializer;
import dev.holdfast.actor.Sessions;
import java.io.Closeable;
import java.io.IOException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** The events of sessions in {@code journal.db}, read without a node. Thread-safe. */
public final class EmbeddedEvents implements Closeable {

  /** All persistence ids of sessions begin with it. */
  private static final String PREFIX = Sessions.persistenceId("").id();

  private final Connection connection;
  private final PreparedStatement sessions;
  private final PreparedStatement events;
  private final PreparedStatement tagged;

  /** A session and how many events it has, numbered from 1. */
  public record Kept(String session, long events) {}

  /** An event with its number and the tags by which it is found. */
  public record Numbered(long number, RawEvent event, Set<String> tags) {}

  @SuppressWarnings("MustBeClosedChecker") // Closed with this.
  private EmbeddedEvents(String url) throws SQLException {
    connection = EmbeddedJournal.connect(url);
    sessions =
        connection.prepareStatement(
            """
            SELECT persistence_id, count(*), max(sequence_number), max(deleted),
              min(event_ser_id), max(event_ser_id)
            FROM event_journal WHERE substr(persistence_id, 1, ?) = ?
            GROUP BY persistence_id ORDER BY persistence_id""");
    events =
        connection.prepareStatement(
            """
            SELECT sequence_number, event_ser_manifest, event_payload,
              (SELECT group_concat(tag, ' ') FROM event_tag WHERE event_id = ordering)
            FROM event_journal WHERE persistence_id = ? AND sequence_number > ?
            ORDER BY sequence_number LIMIT ?""");
    tagged =
        connection.prepareStatement(
            """
            SELECT persistence_id FROM event_journal JOIN event_tag ON event_id = ordering
            WHERE tag = ?""");
  }

  /**
   * Opens the journal of a directory.
   *
   * @throws StoreException when it cannot be used
   */
  public static EmbeddedEvents open(DataDirectory directory) throws IOException {
    Config journal = EmbeddedJournal.prepare(directory);
    try {
      return new EmbeddedEvents(journal.getString("holdfast-journal.url"));
    } catch (SQLException e) {
      throw new IOException("the journal cannot be opened: " + e.getMessage(), e);
    }
  }

  /**
   * Every session there ever was.
   *
   * @throws StoreException when the events of one are not whole
   */
  public synchronized List<Kept> sessions() throws IOException {
    List<Kept> all = new ArrayList<>();
    try {
      sessions.setInt(1, PREFIX.length());
      sessions.setString(2, PREFIX);
      try (ResultSet row = sessions.executeQuery()) {
        while (row.next()) {
          String session = row.getString(1).substring(PREFIX.length());
          boolean whole =
              row.getLong(2) == row.getLong(3)
                  && !row.getBoolean(4)
                  && row.getInt(5) == SessionSerializer.IDENTIFIER
                  && row.getInt(6) == SessionSerializer.IDENTIFIER;
          if (!whole) {
            throw new StoreException(
                StoreException.Kind.CORRUPT,
                "the events of session " + session + " are not whole, or not ours",
                "put journal.db back from a backup");
          }
          all.add(new Kept(session, row.getLong(2)));
        }
      }
    } catch (SQLException e) {
      throw unreadable(e);
    }
    return all;
  }

  /** Events of a session after a number, in their order. */
  public synchronized List<Numbered> read(String session, long after, int most) throws IOException {
    List<Numbered> found = new ArrayList<>();
    try {
      events.setString(1, PREFIX + session);
      events.setLong(2, after);
      events.setInt(3, most);
      try (ResultSet row = events.executeQuery()) {
        while (row.next()) {
          String tags = row.getString(4);
          found.add(
              new Numbered(
                  row.getLong(1),
                  new RawEvent(row.getString(2), ByteString.copyFrom(row.getBytes(3))),
                  tags == null ? Set.of() : Set.of(tags.split(" "))));
        }
      }
    } catch (SQLException e) {
      throw unreadable(e);
    }
    return found;
  }

  /** The sessions that have an event with this tag. */
  public synchronized Set<String> tagged(String tag) throws IOException {
    Set<String> found = new TreeSet<>();
    try {
      tagged.setString(1, tag);
      try (ResultSet row = tagged.executeQuery()) {
        while (row.next()) {
          found.add(row.getString(1).substring(PREFIX.length()));
        }
      }
    } catch (SQLException e) {
      throw unreadable(e);
    }
    return found;
  }

  @Override
  public synchronized void close() throws IOException {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }

  private static IOException unreadable(SQLException e) {
    return new IOException("the journal cannot be read: " + e.getMessage(), e);
  }
}
