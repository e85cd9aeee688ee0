package dev.holdfast.actor.store;

import java.io.Closeable;
import java.io.IOException;
import java.sql.SQLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * The tables through a connection that is opened anew after it has failed: the driver closes a
 * statement that the disk refused, for good, and a disk that was full is not so for ever. Not
 * thread-safe.
 */
final class Reopening implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(Reopening.class);

  interface Opener {
    JournalTables open() throws SQLException;
  }

  private final Opener opener;
  private JournalTables tables;

  /** Opens the first connection. */
  Reopening(Opener opener) throws SQLException {
    this.opener = opener;
    this.tables = opener.open();
  }

  /** The tables, through the same connection as before unless that has failed. */
  JournalTables get() throws SQLException {
    if (tables == null) {
      tables = opener.open();
    }
    return tables;
  }

  /** To be told of each failure; a rule of the tables that was broken is none of the connection. */
  void failed(Exception why) {
    if (breaksRule(why)) {
      return;
    }
    try {
      close();
    } catch (IOException e) {
      LOG.warn("A connection to the journal that had failed could not be closed", e);
    }
    tables = null;
  }

  /** Whether the tables refused it, and not the disk. */
  static boolean breaksRule(Exception e) {
    return e instanceof SQLiteException sqlite
        && (sqlite.getResultCode().code & 0xff) == SQLiteErrorCode.SQLITE_CONSTRAINT.code;
  }

  @Override
  public void close() throws IOException {
    if (tables != null) {
      tables.close();
    }
  }
}
