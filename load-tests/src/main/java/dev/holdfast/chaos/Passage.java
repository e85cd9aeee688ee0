package dev.holdfast.chaos;

import java.io.IOException;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The way of data from one party to another: open, shut, slow or lossy. Nobody is told of any of
 * this; data waits, as it does in a TCP connection over a bad network.
 */
final class Passage {

  /** About what a lost packet costs a TCP connection. */
  static final long RETRANSMISSION_MILLIS = 250;

  private final Lock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Random luck = new Random(1);
  private boolean shut;
  private boolean over;
  private long delayMillis;
  private double loss;

  void shut(boolean now) {
    change(() -> shut = now);
  }

  /** Holds every piece of data back for a time, and some as if they had to be sent again. */
  void slow(long millis, double lost) {
    change(
        () -> {
          delayMillis = millis;
          loss = lost;
        });
  }

  /** Lets nobody wait any more. */
  void end() {
    change(() -> over = true);
  }

  private void change(Runnable what) {
    lock.lock();
    try {
      what.run();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isShut() {
    lock.lock();
    try {
      return shut;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until data may pass, or none ever will. */
  void awaitOpen() {
    try {
      pass();
    } catch (IOException over) {
      return;
    }
  }

  /** Waits until data may pass. */
  void pass() throws IOException {
    lock.lock();
    try {
      long wait = delayMillis + (luck.nextDouble() < loss ? RETRANSMISSION_MILLIS : 0);
      long left = TimeUnit.MILLISECONDS.toNanos(wait);
      while (left > 0 && !over) {
        left = changed.awaitNanos(left);
      }
      while (shut && !over) {
        changed.await();
      }
      if (over) {
        throw new IOException("the run is over");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    } finally {
      lock.unlock();
    }
  }
}
