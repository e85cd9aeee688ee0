package dev.holdfast.actor.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import dev.holdfast.actor.store.StoreException.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.sqlite.SQLiteConfig;

/**
 * Events and snapshots in one SQLite file, {@code journal.db}, through Pekko's JDBC plugin.
 *
 * <p>What is acknowledged is on the disk: WAL with {@code synchronous=FULL}. A new file is made
 * beside its place and moved there when it is whole, so a {@code journal.db} is never half made. An
 * existing one is looked through before anything is opened for writing; if it is damaged, newer
 * than this program or not ours, it is refused and not one byte is changed.
 */
public final class EmbeddedJournal {
  /** Says in the file's header that it is ours: "Hold". */
  static final int APPLICATION_ID = 0x486f_6c64;

  /** The version of the tables; journal-N.sql makes them. */
  static final int VERSION = 1;

  private EmbeddedJournal() {}

  /**
   * Checks the journal of a directory, or makes it.
   *
   * @return the settings with which Pekko persists to it; meant to stand before the application's
   * @throws StoreException when there is a journal that cannot be used
   * @throws IOException when the disk refuses
   */
  public static Config prepare(DataDirectory directory) throws IOException {
    Path journal = directory.journal();
    if (Files.exists(journal)) {
      check(journal);
    } else if (Files.exists(wal(journal))) {
      throw new StoreException(
          Kind.CORRUPT,
          journal + " is missing, but " + wal(journal) + ", which belongs to it, is there",
          "put the missing file back from a backup, together with its -wal file");
    } else {
      create(journal);
    }
    ConfigValue url = ConfigValueFactory.fromAnyRef(url(journal, ""));
    return ConfigFactory.parseResources(EmbeddedJournal.class, "embedded-journal.conf")
        .withValue("holdfast-journal.url", url)
        .withValue("pekko-persistence-jdbc.shared-databases.embedded.db.url", url);
  }

  /** Opens a journal that was prepared, to write or to read. */
  static Connection connect(String url) throws SQLException {
    SQLiteConfig settings = new SQLiteConfig();
    settings.setJournalMode(SQLiteConfig.JournalMode.WAL);
    settings.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    settings.setBusyTimeout(20_000);
    settings.enforceForeignKeys(true);
    return DriverManager.getConnection(url, settings.toProperties());
  }

  private static void create(Path journal) throws IOException {
    Path unfinished = journal.resolveSibling("journal.db.new");
    for (String suffix : new String[] {"", "-journal", "-wal", "-shm"}) {
      Files.deleteIfExists(Path.of(unfinished + suffix));
    }
    Files.createFile(
        unfinished,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Properties settings = new Properties();
    settings.setProperty("synchronous", "FULL");
    try (Connection made = DriverManager.getConnection(url(unfinished, ""), settings);
        Statement statement = made.createStatement()) {
      statement.executeUpdate("PRAGMA application_id = " + APPLICATION_ID);
      statement.executeUpdate("PRAGMA user_version = " + VERSION);
      statement.executeUpdate(schema());
      statement.executeQuery("PRAGMA journal_mode = WAL").close();
    } catch (SQLException e) {
      throw new IOException("cannot make " + journal + ": " + e.getMessage(), e);
    }
    Files.move(unfinished, journal, StandardCopyOption.ATOMIC_MOVE);
    try (FileChannel names = FileChannel.open(journal.getParent(), StandardOpenOption.READ)) {
      names.force(true);
    }
  }

  private static String schema() throws IOException {
    try (InputStream sql =
        EmbeddedJournal.class.getResourceAsStream("journal-" + VERSION + ".sql")) {
      return new String(sql.readAllBytes(), UTF_8);
    }
  }

  private static void check(Path journal) throws IOException {
    if (Files.size(journal) == 0) {
      throw corrupt(journal, "it is empty", null);
    }
    try (Connection look = lookOnly(journal);
        Statement statement = look.createStatement()) {
      int application = number(statement, "PRAGMA application_id");
      if (application != APPLICATION_ID) {
        throw new StoreException(
            Kind.FOREIGN,
            "%s is not a journal of Holdfast (application id %08x)".formatted(journal, application),
            "choose another data directory, or move that file away");
      }
      int version = number(statement, "PRAGMA user_version");
      if (version > VERSION) {
        throw new StoreException(
            Kind.NEWER,
            "%s has format %d, and this program knows formats up to %d"
                .formatted(journal, version, VERSION),
            "start the version of Holdfast that wrote it, or a later one");
      }
      String says = text(statement, "PRAGMA quick_check(1)");
      if (!says.equals("ok")) {
        throw corrupt(journal, says, null);
      }
    } catch (SQLException e) {
      throw corrupt(journal, e.getMessage(), e);
    }
  }

  /**
   * Opens the journal for a look. Without a log beside it the file is complete, and is read as
   * something that cannot change, which makes no files. With one, left by a process that was
   * killed, the two are read together, and neither is changed; SQLite then needs its index of the
   * log, {@code journal.db-shm}, which holds nothing of its own.
   */
  private static Connection lookOnly(Path journal) throws IOException, SQLException {
    boolean complete = !Files.exists(wal(journal)) || Files.size(wal(journal)) == 0;
    return DriverManager.getConnection(url(journal, complete ? "?immutable=1" : "?mode=ro"));
  }

  private static StoreException corrupt(Path journal, String says, SQLException cause) {
    StoreException corrupt =
        new StoreException(
            Kind.CORRUPT,
            "%s is damaged: %s".formatted(journal, says.strip()),
            "put it back from a backup, or recover what can be read with: sqlite3 %s .recover"
                .formatted(journal));
    if (cause != null) {
      corrupt.initCause(cause);
    }
    return corrupt;
  }

  private static Path wal(Path journal) {
    return Path.of(journal + "-wal");
  }

  /** A URI, so that a directory's name may hold any character. */
  private static String url(Path file, String query) {
    return "jdbc:sqlite:" + file.toUri().toString().replace("?", "%3f") + query;
  }

  private static int number(Statement statement, String pragma) throws SQLException {
    try (ResultSet result = statement.executeQuery(pragma)) {
      return result.getInt(1);
    }
  }

  private static String text(Statement statement, String pragma) throws SQLException {
    try (ResultSet result = statement.executeQuery(pragma)) {
      return result.getString(1);
    }
  }
}
