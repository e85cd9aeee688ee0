package dev.holdfast.client;

/** Hears how a copy gets on. Called by the thread that copies. */
public interface CopyWatch {

  /** Hears nothing. */
  CopyWatch NONE = new CopyWatch() {};

  /**
   * Whether to find out first how many bytes there are; for a directory that is a walk of its own.
   */
  default boolean wantsTotal() {
    return false;
  }

  /** So many bytes are to be copied in all. */
  default void total(long bytes) {}

  /**
   * So many bytes more are at their destination.
   *
   * @param there whether they were there before, from an earlier attempt
   */
  default void moved(long bytes, boolean there) {}

  /** The target cannot be reached for the moment, and is tried again. */
  default void waits(CallFailed why) {}

  /** The copy is over, but that could not be told to a node, and so is not in the history yet. */
  default void untold(CallFailed why) {}
}
