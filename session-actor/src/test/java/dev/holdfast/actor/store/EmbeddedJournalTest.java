package dev.holdfast.actor.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.holdfast.actor.store.StoreException.Kind;
import dev.holdfast.output.SmallDisk;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.persistence.jdbc.db.SlickExtension;
import org.apache.pekko.persistence.jdbc.db.SlickExtensionImpl;
import org.apache.pekko.persistence.jdbc.query.javadsl.JdbcReadJournal;
import org.apache.pekko.persistence.query.PersistenceQuery;
import org.apache.pekko.stream.javadsl.Sink;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(300)
class EmbeddedJournalTest {
  @TempDir Path temporary;

  @Test
  void eventsAndSnapshotsSurviveARestart() throws Exception {
    Path data = temporary.resolve("data with spaces? and #% signs");
    List<byte[]> entries = entries(37);
    try (Node node = Node.start(data)) {
      ActorRef<Ledger.Command> ledger = node.ledger("one");
      for (byte[] entry : entries) {
        Node.await(node.enter(ledger, entry));
      }
      assertEquals(Ledger.expected(entries), node.tell(ledger));
    }
    assertEquals(List.of("37", "2"), counted(data), "events, snapshots");
    try (Node node = Node.start(data)) {
      ActorRef<Ledger.Command> ledger = node.ledger("one");
      assertEquals(Ledger.expected(entries), node.tell(ledger));
      byte[] last = WriterMain.entry(37);
      Node.await(node.enter(ledger, last));
      entries.add(last);
      assertEquals(Ledger.expected(entries), node.tell(ledger));
      assertEquals("0:0", node.tell(node.ledger("another")));
    }
  }

  @Test
  void theHistoryOfAnEntityCanBeQueried() throws Exception {
    try (Node node = Node.start(temporary.resolve("data"))) {
      ActorRef<Ledger.Command> ledger = node.ledger("one");
      for (byte[] entry : entries(25)) {
        Node.await(node.enter(ledger, entry));
      }
      JdbcReadJournal queries =
          PersistenceQuery.get(node.system())
              .getReadJournalFor(JdbcReadJournal.class, JdbcReadJournal.Identifier());
      List<byte[]> read =
          Node.await(
              queries
                  .currentEventsByPersistenceId("one", 3, Long.MAX_VALUE)
                  .map(envelope -> (byte[]) envelope.event())
                  .runWith(Sink.seq(), node.system()));
      assertEquals(23, read.size());
      assertArrayEquals(WriterMain.entry(2), read.get(0));
      assertArrayEquals(WriterMain.entry(24), read.get(22));
    }
  }

  @Test
  @DisplayName("behaviour 33: killed with -9, a node loses no event that it acknowledged")
  void aKilledProcessLosesNothingThatItAcknowledged() throws Exception {
    Path data = temporary.resolve("data");
    Map<Integer, Integer> acknowledged = new TreeMap<>();
    for (int round = 1; round <= 2; round++) {
      List<String> lines = new ArrayList<>();
      try (ChildJvm writer = new ChildJvm(WriterMain.class, data.toString())) {
        while (lines.size() < 400 * round) {
          lines.add(writer.line());
        }
        lines.addAll(writer.kill());
      }
      Map<Integer, Integer> before = new TreeMap<>(acknowledged);
      for (String line : lines) {
        if (line.matches("\\d \\d+")) {
          acknowledged.merge(line.charAt(0) - '0', 1, Integer::sum);
        }
      }
      assertTrue(Files.size(data.resolve("journal.db-wal")) > 0);
      if (round == 2) {
        Files.delete(data.resolve("journal.db-shm"));
      }
      try (Node node = Node.start(data)) {
        for (int id = 0; id < WriterMain.LEDGERS; id++) {
          String told = node.tell(node.ledger("ledger-" + id));
          long found = Ledger.entries(told);
          assertTrue(
              found >= acknowledged.getOrDefault(id, 0), id + ": " + told + " " + acknowledged);
          assertEquals(found, entriesInJournal(data, "ledger-" + id));
          acknowledged.put(id, (int) found);
        }
      }
      assertFalse(before.equals(acknowledged));
    }
  }

  @Test
  void theConnectionInUseWritesAheadAndSyncsEachCommit() throws Exception {
    try (Node node = Node.start(temporary.resolve("data"))) {
      Node.await(node.enter(node.ledger("one"), WriterMain.entry(0)));
      for (String user : List.of("jdbc-journal", "jdbc-snapshot-store", "jdbc-read-journal")) {
        var database =
            ((SlickExtensionImpl) SlickExtension.get(node.system()))
                .database(node.system().settings().config().getConfig(user))
                .database();
        try (Connection used = database.source().createConnection()) {
          assertEquals("wal", asked(used, "PRAGMA journal_mode"));
          assertEquals("2", asked(used, "PRAGMA synchronous"), "2 is FULL");
        }
      }
    }
  }

  @Test
  void theFileIsForItsOwnerOnly() throws Exception {
    Path data = temporary.resolve("data");
    try (Node node = Node.start(data)) {
      Node.await(node.enter(node.ledger("one"), WriterMain.entry(0)));
      for (String name : List.of("journal.db", "journal.db-wal", "journal.db-shm")) {
        assertEquals(
            "rw-------",
            PosixFilePermissions.toString(Files.getPosixFilePermissions(data.resolve(name))));
      }
    }
  }

  @Test
  void whatIsNoDatabaseIsRefusedAndNotTouched() throws Exception {
    assertRefused(Kind.CORRUPT, journal -> Files.write(journal, random(50_000)));
    assertRefused(Kind.CORRUPT, journal -> Files.writeString(journal, "hello"));
    assertRefused(Kind.CORRUPT, journal -> Files.write(journal, new byte[0]));
  }

  @Test
  void aTruncatedJournalIsRefusedAndNotTouched() throws Exception {
    for (int quarters = 1; quarters < 4; quarters++) {
      int part = quarters;
      assertRefused(Kind.CORRUPT, journal -> truncate(journal, Files.size(journal) * part / 4));
    }
    assertRefused(Kind.CORRUPT, journal -> truncate(journal, 100));
    assertRefused(Kind.CORRUPT, journal -> truncate(journal, 4096));
  }

  @Test
  void pagesOfRandomBytesAreRefusedAndNotTouched() throws Exception {
    for (int page : new int[] {1, 2, 3, 5, 9}) {
      assertRefused(
          Kind.CORRUPT,
          journal -> {
            try (RandomAccessFile file = new RandomAccessFile(journal.toFile(), "rw")) {
              file.seek(page * 4096L);
              file.write(random(4096));
            }
          });
    }
  }

  @Test
  void aDamagedJournalWithALogBesideItIsRefusedAndNotTouched() throws Exception {
    Path data = temporary.resolve("killed");
    try (ChildJvm writer = new ChildJvm(WriterMain.class, data.toString())) {
      for (int line = 0; line < 2000; line++) {
        writer.line();
      }
      writer.kill();
    }
    Path journal = data.resolve("journal.db");
    assertTrue(Files.size(journal) > 20 * 4096, "checkpointed at least once");
    byte[] bytes = Files.readAllBytes(journal);
    truncate(data.resolve("journal.db-wal"), 32);
    byte[] damage = random(4096 * 8);
    System.arraycopy(damage, 0, bytes, 4096, damage.length);
    Files.write(journal, bytes);
    assertRefusedAsItIs(data, Kind.CORRUPT);
  }

  @Test
  void aJournalThatIsMissingBesideItsLogIsNotReplacedByAnEmptyOne() throws Exception {
    Path data = filled();
    Files.move(data.resolve("journal.db"), data.resolve("journal.db-wal"));
    assertRefusedAsItIs(data, Kind.CORRUPT);
  }

  @Test
  void aNewerJournalIsRefusedAndNotTouched() throws Exception {
    StoreException refused =
        assertRefused(Kind.NEWER, journal -> execute(journal, "PRAGMA user_version = 2"));
    assertTrue(refused.getMessage().contains("format 2"), refused.getMessage());
  }

  @Test
  void theDatabaseOfAnotherProgramIsRefusedAndNotTouched() throws Exception {
    assertRefused(Kind.FOREIGN, journal -> execute(journal, "PRAGMA application_id = 77"));
    assertRefused(
        Kind.FOREIGN,
        journal -> {
          Files.delete(journal);
          execute(journal, "CREATE TABLE bookmarks (url TEXT)");
        });
  }

  @Test
  void whatACrashLeftOfMakingTheJournalIsMadeAnew() throws Exception {
    Path data = Files.createDirectory(temporary.resolve("data"));
    Files.write(data.resolve("journal.db.new"), random(100));
    Files.write(data.resolve("journal.db.new-journal"), random(100));
    try (Node node = Node.start(data)) {
      Node.await(node.enter(node.ledger("one"), WriterMain.entry(0)));
    }
    assertEquals(List.of("1", "0"), counted(data));
  }

  @Test
  @DisplayName("behaviour 37: a full disk refuses the write; what was acknowledged stays")
  void aFullDiskFailsTheWriteAndCorruptsNothing() throws Exception {
    try (SmallDisk disk = SmallDisk.of(3000)) {
      Path data = disk.directory().resolve("data");
      List<byte[]> entries = new ArrayList<>();
      try (Node node = Node.start(data)) {
        CompletableFuture<Throwable> refused = new CompletableFuture<>();
        ActorRef<Ledger.Command> ledger = node.ledger("one", refused::complete);
        Random random = new Random(1);
        while (!refused.isDone()) {
          byte[] entry = new byte[20_000];
          random.nextBytes(entry);
          var entered = node.enter(ledger, entry).toCompletableFuture();
          CompletableFuture.anyOf(entered, refused).get(60, TimeUnit.SECONDS);
          if (!refused.isDone()) {
            entries.add(entry);
          }
          assertTrue(entries.size() < 1000, "the disk never became full");
        }
        assertTrue(refused.get().getMessage().contains("full"), refused.get().toString());
        assertTrue(entries.size() > 10, "entries: " + entries.size());
        assertEquals(Ledger.expected(entries), node.tell(node.ledger("one")));
      }
      disk.enlarge(20_000);
      try (Node node = Node.start(data)) {
        ActorRef<Ledger.Command> ledger = node.ledger("one");
        assertEquals(Ledger.expected(entries), node.tell(ledger));
        byte[] more = WriterMain.entry(1);
        Node.await(node.enter(ledger, more));
        entries.add(more);
        assertEquals(Ledger.expected(entries), node.tell(ledger));
      }
    }
  }

  private interface Harm {
    void to(Path journal) throws Exception;
  }

  private StoreException assertRefused(Kind kind, Harm harm) throws Exception {
    Path data = filled();
    harm.to(data.resolve("journal.db"));
    return assertRefusedAsItIs(data, kind);
  }

  private static StoreException assertRefusedAsItIs(Path data, Kind kind) throws Exception {
    try (DataDirectory directory = DataDirectory.open(data)) {
      Map<String, String> before = content(data);
      StoreException refused =
          assertThrows(StoreException.class, () -> EmbeddedJournal.prepare(directory));
      assertEquals(kind, refused.kind(), refused.getMessage());
      assertTrue(refused.getMessage().contains(directory.journal().toString()));
      assertFalse(refused.advice().isEmpty());
      assertEquals(before, content(data));
      return refused;
    }
  }

  /** A data directory with some events and snapshots in it, cleanly closed. */
  private Path filled() throws Exception {
    Path data = Files.createTempDirectory(temporary, "filled");
    try (Node node = Node.start(data)) {
      List<ActorRef<Ledger.Command>> ledgers =
          IntStream.range(0, 10).mapToObj(i -> node.ledger("ledger-" + i)).toList();
      CompletableFuture<?>[] entered =
          IntStream.range(0, 300)
              .mapToObj(
                  i -> node.enter(ledgers.get(i % 10), WriterMain.entry(i)).toCompletableFuture())
              .toArray(CompletableFuture<?>[]::new);
      CompletableFuture.allOf(entered).get(60, TimeUnit.SECONDS);
    }
    return data;
  }

  private static Map<String, String> content(Path directory) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      // SQLite's scratch index of a log says nothing that the log does not.
      for (Path file : files.filter(file -> !file.toString().endsWith("-shm")).toList()) {
        if (Files.isDirectory(file)) {
          continue;
        }
        byte[] bytes = Files.readAllBytes(file);
        content.put(
            file.getFileName().toString(), bytes.length + " bytes, " + Arrays.hashCode(bytes));
      }
    }
    return content;
  }

  private static void truncate(Path file, long size) throws IOException {
    try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
      opened.setLength(size);
    }
  }

  private static void execute(Path database, String sql) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  private static String asked(Connection connection, String sql) throws Exception {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      return result.getString(1);
    }
  }

  /** How many events and how many snapshots there are. */
  private static List<String> counted(Path data) throws Exception {
    try (Connection look = look(data)) {
      return List.of(
          asked(look, "SELECT count(*) FROM event_journal"),
          asked(look, "SELECT count(*) FROM snapshot"));
    }
  }

  private static long entriesInJournal(Path data, String id) throws Exception {
    try (Connection look = look(data)) {
      return Long.parseLong(
          asked(
              look,
              "SELECT max(sequence_number) FROM event_journal WHERE persistence_id = '%s'"
                  .formatted(id)));
    }
  }

  private static Connection look(Path data) throws Exception {
    String url = data.resolve("journal.db").toUri() + "?mode=ro";
    return DriverManager.getConnection("jdbc:sqlite:" + url);
  }

  private static List<byte[]> entries(int count) {
    return new ArrayList<>(IntStream.range(0, count).mapToObj(WriterMain::entry).toList());
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }
}
