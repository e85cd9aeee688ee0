package dev.holdfast.actor.store;

import java.io.IOException;

/**
 * Why the data directory, or the server that nodes share, cannot be used. It is thrown before
 * anything there is changed.
 *
 * <p>The message names the file or the server and the cause; {@link #advice} is one line for the
 * reader.
 */
public final class StoreException extends IOException {

  /** The sorts of refusal. */
  public enum Kind {
    /** Another process, or another part of this one, keeps its data there. */
    IN_USE,
    /** The journal is not a database, is cut short, or contradicts itself. */
    CORRUPT,
    /** The journal was written, or its tables were made, by a later version of Holdfast. */
    NEWER,
    /** The journal is the database of some other program. */
    FOREIGN,
    /** There is no journal where one was named. */
    MISSING,
    /** What was kept there has been brought elsewhere. */
    MOVED,
    /** The same sessions are kept in both places, and differ. */
    DIFFERS,
    /** No server that was named can be used. */
    UNREACHABLE,
    /** The server lacks the tables of this version. */
    NO_SCHEMA
  }

  private final Kind kind;
  private final String advice;

  /** Says why, and what to do. */
  public StoreException(Kind kind, String cause, String advice) {
    super(cause);
    this.kind = kind;
    this.advice = advice;
  }

  /** What sort of refusal it is. */
  public Kind kind() {
    return kind;
  }

  /** What the reader can do about it. */
  public String advice() {
    return advice;
  }
}
