package dev.holdfast.transport.local;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The threads that wait on pipes, which cannot be read without blocking one. They are virtual where
 * the JDK has such (21 and later); before, they are daemons with a small stack, kept for ten
 * seconds for the next wait. A thread is taken only while somebody waits for bytes.
 */
final class Threads {

  private static final long STACK_BYTES = 64 * 1024;

  private Threads() {}

  static ExecutorService open() {
    try {
      return (ExecutorService)
          MethodHandles.publicLookup()
              .findStatic(
                  Executors.class,
                  "newVirtualThreadPerTaskExecutor",
                  MethodType.methodType(ExecutorService.class))
              .invoke();
    } catch (NoSuchMethodException older) {
      return small();
    } catch (Throwable impossible) {
      throw new LinkageError("virtual threads are there but cannot be used", impossible);
    }
  }

  static ExecutorService small() {
    var group = new ThreadGroup("holdfast-local");
    var number = new AtomicLong();
    return new ThreadPoolExecutor(
        0,
        Integer.MAX_VALUE,
        10,
        TimeUnit.SECONDS,
        new SynchronousQueue<>(),
        work -> {
          var thread =
              new Thread(
                  group, work, "holdfast-local-" + number.incrementAndGet(), STACK_BYTES, false);
          thread.setDaemon(true);
          return thread;
        });
  }
}
