package dev.holdfast.cli;

import dev.holdfast.client.Sink;
import dev.holdfast.protocol.v1.Session;

/** How the results of a run are shown. */
interface Report {

  /** Where the output of the job in this session goes. Called by the thread that runs it. */
  Sink sink(Session session);

  /** One result, in the order of the sessions. */
  void result(Result result);

  /** No result follows. */
  default void end() {}

  /** Whether a line that counts the results would not be in the way of their output. */
  default boolean quiet() {
    return true;
  }
}
