package dev.holdfast.chaos;

/**
 * One thing that a client asked of a node, and what came of it.
 *
 * @param from when it was asked, in milliseconds of the run
 * @param to when the answer was there, or was given up
 * @param session the number of the session it is about
 * @param what submit, follow, cancel, job, session, ...
 * @param job the name of the job that it is about, or nothing
 * @param node the number of the node that was asked
 * @param outcome what the client knows
 * @param said what the answer was: an id, a state, the kind of a failure
 */
record Call(
    long from,
    long to,
    int session,
    String what,
    String job,
    int node,
    Outcome outcome,
    String said) {

  /** What a client knows of what it asked. */
  enum Outcome {
    /** It was done. */
    OK,
    /** It was not done. */
    FAIL,
    /** It may have been done. */
    UNKNOWN
  }

  boolean ok() {
    return outcome == Outcome.OK;
  }

  boolean is(String other) {
    return what.equals(other);
  }

  /** As a line of JSON. */
  String json() {
    return "{\"from\":%d,\"to\":%d,\"session\":%d,\"what\":\"%s\",\"job\":\"%s\",\"node\":%d,\"outcome\":\"%s\",\"said\":\"%s\"}"
        .formatted(
            from,
            to,
            session,
            what,
            job,
            node,
            outcome,
            said.replace("\\", "/").replace('"', '\''));
  }
}
