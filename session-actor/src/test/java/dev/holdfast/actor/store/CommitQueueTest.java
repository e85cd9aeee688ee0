package dev.holdfast.actor.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The one writer of the journal file, on a disk that is full for a while. */
class CommitQueueTest {

  private static final int LARGE = 1_000_000;

  @TempDir private Path directory;
  private final AtomicBoolean full = new AtomicBoolean();
  private int opened;

  /** Regression: the driver had closed the statement that failed, and nothing was written again. */
  @Test
  void aDiskThatWasFullIsWrittenToAgain() throws Exception {
    try (DataDirectory data = DataDirectory.open(directory)) {
      String url = EmbeddedJournal.prepare(data).getString("holdfast-journal.url");
      full.set(true);
      try (var queue = new CommitQueue(new Reopening(() -> open(url)), 10)) {
        write(queue, 1, 10);
        for (int i = 0; i < 3; i++) {
          var refused = assertThrows(ExecutionException.class, () -> write(queue, 2, LARGE));
          assertTrue(refused.getMessage().contains("SQLITE_FULL"), refused.getMessage());
        }
        write(queue, 2, 10);
        full.set(false);
        assertThrows(ExecutionException.class, () -> write(queue, 2, 10), "2 is there already");
        assertThrows(ExecutionException.class, () -> write(queue, 3, LARGE));
        write(queue, 3, LARGE);
        assertEquals(5, opened, "a rule that was broken is no reason for a new connection");
      }
    }
  }

  private static void write(CommitQueue queue, long number, int size) throws Exception {
    var event =
        new JournalTables.Event(
            "Session|s1",
            number,
            "writer",
            0,
            "",
            new JournalTables.Packed(new byte[size], 1, ""),
            null,
            Set.of());
    queue.commit(table -> table.insert(event)).get(30, TimeUnit.SECONDS);
  }

  @SuppressWarnings("MustBeClosedChecker") // The tables close the connection.
  private JournalTables open(String url) throws SQLException {
    opened++;
    Connection connection = EmbeddedJournal.connect(url);
    if (full.get()) {
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA max_page_count = 60");
      }
    }
    return new JournalTables(connection);
  }
}
