package dev.holdfast.client;

/** Hears when the nodes cannot be reached, and when they can again. From any thread. */
public interface Weather {

  /** Nobody wants to know. */
  Weather UNHEARD =
      new Weather() {
        @Override
        public void away(CallFailed why, boolean everReached) {}

        @Override
        public void back() {}
      };

  /** No node answers for the moment; calls are made again until one does. Said once. */
  void away(CallFailed why, boolean everReached);

  /** A node answers again. */
  void back();
}
