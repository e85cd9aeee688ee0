package dev.holdfast.actor;

import dev.holdfast.session.Event;
import dev.holdfast.session.Session;
import java.util.List;
import java.util.function.Consumer;

/** Who is told how the sessions of this node are. Called by their actors; must not block. */
public interface Watcher {

  /** A session as it is now: after every change, and after its recovery. */
  void changed(Session session);

  /** What has happened to a session, when it is safe and confirmed to be true. */
  default void happened(Session after, List<Event> events) {}

  /**
   * The events of a session are in the journal, confirmed to be true, up to a number: after each
   * change, and when the session has been woken.
   */
  default void written(Session after, long upTo) {}

  /**
   * This node keeps a session that was kept before: by another node, or by this one before it was
   * started again.
   */
  default void takenOver(String session) {}

  /** Another node had taken a session over, and this one has found out. */
  default void replaced(String session) {}

  /** This node keeps the session no longer; another may. */
  default void left(String session) {}

  /** Both are told, this one first. */
  default Watcher and(Watcher other) {
    Watcher one = this;
    return new Watcher() {
      private void both(Consumer<Watcher> tell) {
        tell.accept(one);
        tell.accept(other);
      }

      @Override
      public void changed(Session session) {
        both(it -> it.changed(session));
      }

      @Override
      public void happened(Session after, List<Event> events) {
        both(it -> it.happened(after, events));
      }

      @Override
      public void written(Session after, long upTo) {
        both(it -> it.written(after, upTo));
      }

      @Override
      public void takenOver(String session) {
        both(it -> it.takenOver(session));
      }

      @Override
      public void replaced(String session) {
        both(it -> it.replaced(session));
      }

      @Override
      public void left(String session) {
        both(it -> it.left(session));
      }
    };
  }
}
