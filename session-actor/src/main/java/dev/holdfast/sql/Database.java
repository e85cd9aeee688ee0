package dev.holdfast.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * A database as it is asked by SQL, over a bounded number of connections. Every statement is a
 * transaction of its own, unless it is part of one ({@link #together}).
 *
 * <p>Who may block, blocks until there is a connection and an answer, or fails when the pool's or
 * the driver's time is over. For those who must not ({@link #later}) there are as many threads as
 * connections; so much may wait for them, and what comes beyond that fails at once.
 */
public final class Database implements AutoCloseable {
  private static final int WAITING_MOST = 20_000;

  private final HikariDataSource connections;
  private final ThreadPoolExecutor hands;

  /** Connects when it is asked for the first time. */
  public Database(HikariConfig pool) {
    connections = new HikariDataSource(pool);
    int size = pool.getMaximumPoolSize();
    hands =
        new ThreadPoolExecutor(
            size,
            size,
            1,
            TimeUnit.MINUTES,
            new ArrayBlockingQueue<>(WAITING_MOST),
            work -> {
              Thread thread = new Thread(work, pool.getPoolName() + "-asks");
              thread.setDaemon(true);
              return thread;
            });
    hands.allowCoreThreadTimeOut(true);
  }

  /** What is made of a row. */
  public interface Row<T> {
    T of(ResultSet row) throws SQLException;
  }

  /** Something that is asked of a database. */
  public interface Ask<T> {
    T of(Database database) throws SQLException;
  }

  /** Statements that belong together. */
  public interface Work<T> {
    T on(Connection connection) throws SQLException;
  }

  /** All rows of a statement that has no side effects, or says what it did ({@code RETURNING}). */
  public <T> List<T> query(String sql, Row<T> row, Object... values) throws SQLException {
    try (Connection connection = connections.getConnection()) {
      return query(connection, sql, row, values);
    }
  }

  /** The same, as part of a transaction. */
  public static <T> List<T> query(Connection connection, String sql, Row<T> row, Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, values);
      try (ResultSet rows = statement.executeQuery()) {
        List<T> all = new ArrayList<>();
        while (rows.next()) {
          all.add(row.of(rows));
        }
        return all;
      }
    }
  }

  /** Returns how many rows were changed. */
  public int update(String sql, Object... values) throws SQLException {
    try (Connection connection = connections.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      bind(statement, values);
      return statement.executeUpdate();
    }
  }

  /** One transaction: all of it is done, or nothing. */
  public <T> T together(Work<T> work) throws SQLException {
    try (Connection connection = connections.getConnection()) {
      connection.setAutoCommit(false);
      try {
        T done = work.on(connection);
        connection.commit();
        return done;
      } catch (SQLException | RuntimeException e) {
        rollBack(connection, e);
        throw e;
      }
    }
  }

  /** Runs a statement that takes no values. */
  public static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  /** Asks on a thread of the database's own. */
  public <T> CompletionStage<T> later(Ask<T> ask) {
    try {
      return CompletableFuture.supplyAsync(() -> answer(ask), hands);
    } catch (RejectedExecutionException full) {
      return CompletableFuture.failedFuture(
          new SQLTransientException("more is asked of the database than it answers", full));
    }
  }

  private <T> T answer(Ask<T> ask) {
    try {
      return ask.of(this);
    } catch (SQLException e) {
      throw new CompletionException(e);
    }
  }

  private static void rollBack(Connection connection, Exception cause) {
    try {
      connection.rollback();
    } catch (SQLException gone) {
      cause.addSuppressed(gone);
    }
  }

  private static void bind(PreparedStatement statement, Object... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setObject(i + 1, values[i]);
    }
  }

  /** Ends what is asked at the moment. */
  @Override
  public void close() {
    hands.shutdownNow();
    connections.close();
  }
}
