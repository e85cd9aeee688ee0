package dev.holdfast.host;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs tasks one after another, in the order given, on threads borrowed from a shared pool: what an
 * actor's mailbox is to an actor. Each task sees what the ones before it wrote. It holds no thread
 * while it has nothing to do, and gives its thread back after {@value #TURN} tasks so that a busy
 * link does not starve the others.
 */
final class Serial implements Executor {

  private static final Logger LOG = LoggerFactory.getLogger(Serial.class);
  private static final int TURN = 64;

  private final Executor pool;
  private final Consumer<RuntimeException> onBug;
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>(4);
  private boolean scheduled;

  /**
   * @param onBug told, on the serial, of a task that threw; the tasks after it run all the same
   */
  Serial(Executor pool, Consumer<RuntimeException> onBug) {
    this.pool = pool;
    this.onBug = onBug;
  }

  @Override
  public void execute(Runnable task) {
    synchronized (tasks) {
      tasks.add(task);
      if (scheduled) {
        return;
      }
      scheduled = true;
    }
    pool.execute(this::turn);
  }

  private void turn() {
    for (int i = 0; i < TURN; i++) {
      Runnable task;
      synchronized (tasks) {
        task = tasks.poll();
        if (task == null) {
          scheduled = false;
          return;
        }
      }
      try {
        task.run();
      } catch (RuntimeException bug) {
        LOG.error("a task of a link failed", bug);
        onBug.accept(bug);
      }
    }
    pool.execute(this::turn);
  }
}
