package dev.holdfast.cli;

import java.util.function.Supplier;

/**
 * What is done last when the user ends us in the middle of something with Ctrl-C (or TERM, or by
 * closing the terminal). The JVM then exits with 128 and the signal's number: 130 for Ctrl-C.
 */
final class Interrupt {

  private Interrupt() {}

  /** Does {@code act}; when that is interrupted, {@code farewell} runs before we end. */
  static <T> T during(Supplier<T> act, Runnable farewell) {
    var hook = new Thread(farewell, "farewell");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      return act.get();
    } finally {
      remove(hook);
    }
  }

  private static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException leaving) {
      // The farewell is being said.
    }
  }
}
