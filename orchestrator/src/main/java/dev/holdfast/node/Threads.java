package dev.holdfast.node;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of a node, named, and none of them in the way of its end. */
final class Threads {

  private Threads() {}

  /** So many threads at most; each goes when it has had nothing to do for a minute. */
  static ExecutorService pool(String name, int count) {
    var pool =
        new ThreadPoolExecutor(
            count, count, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>(), factory(name));
    pool.allowCoreThreadTimeOut(true);
    return pool;
  }

  /** One thread that hands work over in time. */
  static ScheduledThreadPoolExecutor timers() {
    var timers = new ScheduledThreadPoolExecutor(1, factory("timer"));
    timers.setRemoveOnCancelPolicy(true);
    return timers;
  }

  private static ThreadFactory factory(String name) {
    var number = new AtomicInteger();
    return work -> {
      Thread thread = new Thread(work, "holdfast-" + name + "-" + number.incrementAndGet());
      thread.setDaemon(true);
      return thread;
    };
  }
}
