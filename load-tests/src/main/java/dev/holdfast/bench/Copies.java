package dev.holdfast.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.holdfast.protocol.v1.SessionActRequest;
import dev.holdfast.rig.NodeClient;
import dev.holdfast.rig.NodeProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;

/**
 * Many sessions from one, in the journal of a node that does not run: its events again under other
 * ids. One machine cannot have the shells of tens of thousands; sessions that are Disconnected do
 * not ask for theirs.
 */
final class Copies {

  private static final String PREFIX = "Session|";

  /** Letters of ids. */
  private static final int RADIX = 26;

  private final Connection journal;
  private final String template;

  private Copies(Connection journal, String template) {
    this.journal = journal;
    this.template = template;
  }

  /**
   * Gives a node that does not run so many sessions, of which only some have shells, and leaves it
   * killed.
   *
   * @param mostOpened so many are Opened at most; the others are copies of one that is Disconnected
   */
  static void fill(NodeProcess node, int count, int mostOpened)
      throws IOException, InterruptedException {
    int opened = Math.min(count, mostOpened);
    node.start();
    try (var client = new NodeClient(node)) {
      String template = LocalSessions.open(List.of(client), 0, Math.min(count, opened + 1)).get(0);
      if (count > opened) {
        var request = SessionActRequest.newBuilder().setId(template).build();
        client.ask(it -> it.sessions().disconnectSession(request));
        node.kill();
        add(node.data(), template, count - opened - 1);
      }
    }
    node.kill();
  }

  /** Adds so many copies of a session to a data directory's journal. */
  private static void add(Path data, String template, int count) throws IOException {
    try (Connection journal =
        DriverManager.getConnection("jdbc:sqlite:" + data.resolve("journal.db"))) {
      journal.setAutoCommit(false);
      var copies = new Copies(journal, template);
      for (int i = 0; i < count; i++) {
        copies.add(id(i, template.length()));
      }
      journal.commit();
    } catch (SQLException e) {
      throw new IOException("the journal was not added to: " + e.getMessage(), e);
    }
  }

  private void add(String id) throws SQLException {
    try (PreparedStatement events =
            journal.prepareStatement(
                """
                INSERT INTO event_journal (deleted, persistence_id, sequence_number, writer, write_timestamp,
                  adapter_manifest, event_payload, event_ser_id, event_ser_manifest)
                SELECT deleted, ?, sequence_number, writer, write_timestamp, adapter_manifest,
                  CAST(replace(CAST(hex(event_payload) AS TEXT), ?, ?) AS TEXT), event_ser_id, event_ser_manifest
                FROM event_journal WHERE persistence_id = ? ORDER BY sequence_number""");
        PreparedStatement bytes =
            journal.prepareStatement(
                "UPDATE event_journal SET event_payload = unhex(event_payload) WHERE persistence_id = ?");
        PreparedStatement tags =
            journal.prepareStatement(
                """
                INSERT INTO event_tag (event_id, tag)
                SELECT copy.ordering, event_tag.tag FROM event_journal AS one
                JOIN event_tag ON event_tag.event_id = one.ordering
                JOIN event_journal AS copy ON copy.sequence_number = one.sequence_number
                WHERE one.persistence_id = ? AND copy.persistence_id = ?""")) {
      events.setString(1, PREFIX + id);
      events.setString(2, hex(template));
      events.setString(3, hex(id));
      events.setString(4, PREFIX + template);
      events.executeUpdate();
      bytes.setString(1, PREFIX + id);
      bytes.executeUpdate();
      tags.setString(1, PREFIX + template);
      tags.setString(2, PREFIX + id);
      tags.executeUpdate();
    }
  }

  /** Of the same length, so that every length in an event stays right. */
  private static String id(int number, int length) {
    var id = new StringBuilder();
    for (int left = number; id.length() < length; left /= RADIX) {
      id.insert(0, (char) ('a' + left % RADIX));
    }
    return id.toString();
  }

  private static String hex(String text) {
    var hex = new StringBuilder();
    for (byte each : text.getBytes(US_ASCII)) {
      hex.append(String.format("%02X", each));
    }
    return hex.toString();
  }
}
