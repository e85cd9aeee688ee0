package dev.holdfast.client;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Holds everything that shares it to so many bytes a second together: whoever wants to send waits
 * until what was sent before has had its time.
 */
public final class Pace {

  /** So many pieces are sent in a second at least, or a slow line would look dead. */
  private static final int PIECES = 4;

  private static final int SMALLEST_PIECE = 1024;

  private final long bytesPerSecond;
  private final CountDownLatch never = new CountDownLatch(1);
  private long free = System.nanoTime();

  /**
   * A pace.
   *
   * @param bytesPerSecond 0 for none
   */
  public Pace(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** How large a piece may be. */
  int piece() {
    if (bytesPerSecond == 0) {
      return Trees.LARGEST_PIECE;
    }
    long fitting = Math.max(SMALLEST_PIECE, bytesPerSecond / PIECES);
    return (int) Math.min(Trees.LARGEST_PIECE, fitting);
  }

  /** Waits until so many bytes more may be sent. */
  void take(int bytes) {
    if (bytesPerSecond == 0) {
      return;
    }
    long until;
    synchronized (this) {
      long now = System.nanoTime();
      until = Math.max(now, free);
      free = until + (long) (bytes * 1e9 / bytesPerSecond);
    }
    try {
      var unused = never.await(until - System.nanoTime(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Trees.failed("interrupted", "interrupted while copying", "copy again; it goes on");
    }
  }
}
