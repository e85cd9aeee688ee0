package dev.holdfast.host;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.Executor;

/**
 * Threads and time in the hands of a test: nothing runs until it is told to, and time passes only
 * by {@link #pass}. So every run is the same run.
 */
final class ManualWorld implements Executor, Timers {

  private record Due(long at, long number, Runnable task) {}

  private final ArrayDeque<Runnable> ready = new ArrayDeque<>();
  private final PriorityQueue<Due> due =
      new PriorityQueue<>(Comparator.comparingLong(Due::at).thenComparingLong(Due::number));
  private long now;
  private long number;

  @Override
  public void execute(Runnable task) {
    ready.add(task);
  }

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public Timer after(Duration delay, Runnable task) {
    var entry = new Due(now + delay.toNanos(), number++, task);
    due.add(entry);
    return () -> due.remove(entry);
  }

  /** How many timers have still to come. */
  int timersSet() {
    return due.size();
  }

  /** Runs one task; false if none is ready. */
  boolean step() {
    Runnable task = ready.poll();
    if (task == null) {
      return false;
    }
    task.run();
    return true;
  }

  /** Runs everything that is ready. */
  void settle() {
    for (int i = 0; step(); i++) {
      if (i > 2_000_000) {
        throw new AssertionError("it never comes to rest");
      }
    }
  }

  /** Lets time pass; timers run in their order, each at its time. */
  void pass(Duration time) {
    long until = now + time.toNanos();
    settle();
    while (!due.isEmpty() && due.peek().at() <= until) {
      Due next = due.poll();
      now = next.at();
      next.task().run();
      settle();
    }
    now = until;
  }
}
