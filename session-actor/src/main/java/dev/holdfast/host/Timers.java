package dev.holdfast.host;

import java.time.Duration;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/** Where time comes from; tests bring their own. */
interface Timers {

  /** A time that only grows, in nanoseconds from some moment. */
  long nanoTime();

  /** Runs the task once, after the delay, unless it is cancelled before. The task must be short. */
  Timer after(Duration delay, Runnable task);

  /** A task that has not run yet. */
  @FunctionalInterface
  interface Timer {
    Timer NONE = () -> {};

    void cancel();
  }

  /** Real time. The scheduler should remove cancelled tasks at once. */
  static Timers of(ScheduledExecutorService scheduler) {
    return new Timers() {
      @Override
      public long nanoTime() {
        return System.nanoTime();
      }

      @Override
      public Timer after(Duration delay, Runnable task) {
        var future = scheduler.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
        return () -> future.cancel(false);
      }
    };
  }
}
