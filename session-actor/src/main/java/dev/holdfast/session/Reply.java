package dev.holdfast.session;

import java.util.OptionalInt;

/** The answer to whoever asked. A refusal is an answer, not an exception. */
public sealed interface Reply {

  /**
   * Done, or already so. {@code job} is the number of the job that the command was about, if it was
   * about one.
   */
  record Accepted(OptionalInt job) implements Reply {}

  /** Not done; at most the refusal is written down. */
  record Refused(Cause cause) implements Reply {}

  Reply ACCEPTED = new Accepted(OptionalInt.empty());
}
