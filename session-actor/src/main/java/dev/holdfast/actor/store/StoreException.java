package dev.holdfast.actor.store;

import java.io.IOException;

/**
 * Why the data directory cannot be used. It is thrown before anything in the directory is changed.
 *
 * <p>The message names the file and the cause; {@link #advice} is one line for the reader.
 */
public final class StoreException extends IOException {

  /** The sorts of refusal. */
  public enum Kind {
    /** Another process, or another part of this one, keeps its data there. */
    IN_USE,
    /** The journal is not a database, is cut short, or contradicts itself. */
    CORRUPT,
    /** The journal was written by a later version of Holdfast. */
    NEWER,
    /** The journal is the database of some other program. */
    FOREIGN
  }

  private final Kind kind;
  private final String advice;

  StoreException(Kind kind, String cause, String advice) {
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
