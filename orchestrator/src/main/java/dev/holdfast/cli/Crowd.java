package dev.holdfast.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The same done for many, some at a time: each has its own outcome, and a failure of one spoils
 * nothing for the others. Outcomes come in the order of the items, each as soon as it and all
 * before it are known.
 *
 * @param throttle how many at a time, from 1
 */
record Crowd(int throttle) {

  static final int USUAL = 32;

  Crowd {
    if (throttle < 1) {
      throw Failed.usage("nothing can be done " + throttle + " at a time", "--throttle is from 1");
    }
  }

  /** What came of one item: a value, or the failure. */
  record Outcome<I, T>(I item, T value, Failed failed) {

    /** The code the verb ends with if this is the worst outcome. */
    int exitCode() {
      return failed == null ? ExitCode.OK : failed.exitCode();
    }
  }

  /** Does {@code act} for each item and gives the outcomes to {@code each}, on this thread. */
  <I, T> void run(List<I> items, Function<I, T> act, Consumer<Outcome<I, T>> each) {
    if (items.size() == 1) {
      each.accept(outcome(items.get(0), act));
      return;
    }
    var threads =
        Executors.newFixedThreadPool(
            Math.min(throttle, items.size()),
            task -> {
              var thread = new Thread(task, "crowd");
              thread.setDaemon(true);
              return thread;
            });
    try {
      var outcomes = new ArrayList<Future<Outcome<I, T>>>();
      for (I item : items) {
        Callable<Outcome<I, T>> task = () -> outcome(item, act);
        outcomes.add(threads.submit(task));
      }
      for (var outcome : outcomes) {
        each.accept(result(outcome));
      }
    } finally {
      threads.shutdownNow();
    }
  }

  private static <I, T> Outcome<I, T> outcome(I item, Function<I, T> act) {
    try {
      return new Outcome<>(item, act.apply(item), null);
    } catch (Failed failed) {
      return new Outcome<>(item, null, failed);
    }
  }

  private static <T> T result(Future<T> future) {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException bug) {
        throw bug;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Failed.refused("interrupted", "interrupted", "");
    }
  }
}
