package dev.holdfast.actor;

import dev.holdfast.session.Session;

/** Who is told how the sessions of this node are. Called by their actors; must not block. */
public interface Watcher {

  /** A session as it is now: after every change, and after its recovery. */
  void changed(Session session);

  /** This node keeps the session no longer; another may. */
  default void left(String session) {}
}
