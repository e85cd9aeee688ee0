package dev.holdfast.chaos;

import dev.holdfast.rig.NodeProcess;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * What runs a node and starts it again when it has ended, as whatever runs a service does. A fault
 * tells it when the node has to stay down.
 */
final class Keeper implements AutoCloseable {

  private static final long LOOK_MILLIS = 200;

  private final String name;
  private final NodeProcess process;
  private final Consumer<String> notes;
  private final Lock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread thread;
  private boolean wanted;
  private boolean over;

  Keeper(String name, NodeProcess process, Consumer<String> notes) {
    this.name = name;
    this.process = process;
    this.notes = notes;
    this.thread = new Thread(this::keep, "keeper of " + name);
    thread.setDaemon(true);
  }

  /** The node has been started for the first time: from now on it is kept. */
  void begin() {
    want(true);
    thread.start();
  }

  String name() {
    return name;
  }

  NodeProcess process() {
    return process;
  }

  /** SIGKILL; it stays down. */
  void kill() throws InterruptedException {
    want(false);
    process.kill();
  }

  /** SIGTERM, and the wait for its end; it stays down. */
  void stop() throws InterruptedException {
    want(false);
    process.stop();
  }

  /** It is to run again. */
  void up() {
    want(true);
  }

  private void want(boolean now) {
    lock.lock();
    try {
      wanted = now;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void keep() {
    lock.lock();
    try {
      while (!over) {
        if (wanted && !process.isAlive()) {
          startUnlocked();
        }
        var unused = changed.await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** A start takes long, and may be broken off by a kill meanwhile. */
  private void startUnlocked() throws InterruptedException {
    lock.unlock();
    try {
      notes.accept(name + " is started, after it " + process.lastEnd());
      process.start();
      notes.accept(name + " is ready");
    } catch (IOException e) {
      notes.accept(name + ": " + e.getMessage());
    } finally {
      lock.lock();
    }
    if (!wanted) {
      process.kill();
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      over = true;
      wanted = false;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    thread.interrupt();
    process.close();
  }
}
