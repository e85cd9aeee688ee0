package dev.holdfast.actor.store;

import java.io.IOException;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteException;

/**
 * The one writer of the journal file: changes wait in a queue, and all that wait are committed
 * together, so that many entities share one sync of the disk. Order is kept.
 *
 * <p>If one of them breaks a rule of the table, the others are done without it. If the disk
 * refuses, all of the group fail, and the next one is tried on a new connection. The queue is
 * bounded; a change beyond the bound fails at once.
 */
final class CommitQueue implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CommitQueue.class);
  private static final int GROUP = 500;

  /** A change of the tables; it may be tried twice. */
  interface Change {
    void on(JournalTables table) throws SQLException;
  }

  /** Without a change, only its turn is waited for. */
  private record Waiting(Change change, CompletableFuture<Void> done) {}

  /** The end of the queue. */
  private static final Waiting END = new Waiting(null, new CompletableFuture<>());

  private final Reopening tables;
  private final BlockingQueue<Waiting> queue;
  private final Thread writer;
  private volatile boolean closed;

  CommitQueue(Reopening tables, int bound) {
    this.tables = tables;
    this.queue = new ArrayBlockingQueue<>(bound);
    this.writer = new Thread(this::write, "journal-writer");
    writer.setDaemon(true);
    writer.start();
  }

  /** Completes when the change is on the disk. */
  CompletableFuture<Void> commit(Change change) {
    return enqueue(new Waiting(change, new CompletableFuture<>()));
  }

  /** Completes when every change that was queued before is done or has failed. */
  CompletableFuture<Void> settled() {
    return enqueue(new Waiting(null, new CompletableFuture<>()));
  }

  private CompletableFuture<Void> enqueue(Waiting waiting) {
    if (closed) {
      waiting.done.completeExceptionally(new IOException("the journal is closed"));
    } else if (!queue.offer(waiting)) {
      waiting.done.completeExceptionally(
          new IOException("the journal has " + queue.size() + " changes waiting, its limit"));
    } else if (!writer.isAlive()) {
      abandon();
    }
    return waiting.done;
  }

  private void write() {
    List<Waiting> group = new ArrayList<>();
    try {
      while (!group.contains(END)) {
        group.clear();
        group.add(queue.take());
        queue.drainTo(group, GROUP - 1);
        write(group);
      }
    } catch (InterruptedException e) {
      LOG.error("The journal's writer was interrupted and ends", e);
    } finally {
      closed = true;
      abandon();
      closeTables();
    }
  }

  private void write(List<Waiting> group) {
    try {
      commitTogether(group);
      group.forEach(each -> each.done.complete(null));
    } catch (SQLException | RuntimeException e) {
      if (group.size() > 1 && !isOfTheDisk(e)) {
        group.forEach(each -> write(List.of(each)));
      } else {
        group.forEach(each -> each.done.completeExceptionally(e));
      }
    }
  }

  private void commitTogether(List<Waiting> group) throws SQLException {
    if (group.stream().allMatch(each -> each.change == null)) {
      return;
    }
    JournalTables table = tables.get();
    try {
      table.begin();
      for (Waiting each : group) {
        if (each.change != null) {
          each.change.on(table);
        }
      }
      table.commit();
    } catch (SQLException e) {
      table.rollback(e);
      tables.failed(e);
      throw e;
    } catch (RuntimeException e) {
      table.rollback(new SQLException(e));
      throw e;
    }
  }

  private static boolean isOfTheDisk(Exception e) {
    return e instanceof SQLiteException && !Reopening.breaksRule(e);
  }

  private void abandon() {
    List<Waiting> rest = new ArrayList<>();
    queue.drainTo(rest);
    IOException reason = new IOException("the journal was closed before this was written");
    rest.forEach(each -> each.done.completeExceptionally(reason));
  }

  /** Lets what is queued be written, then gives the connection back. Waits 30 s at most. */
  @Override
  public void close() {
    closed = true;
    try {
      if (queue.offer(END, 20, TimeUnit.SECONDS)) {
        writer.join(10_000);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void closeTables() {
    try {
      tables.close();
    } catch (IOException e) {
      LOG.warn("The journal's connection could not be closed", e);
    }
  }
}
