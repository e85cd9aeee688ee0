package dev.holdfast.actor;

import dev.holdfast.session.Event;
import dev.holdfast.session.Opened;
import dev.holdfast.session.Session;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Bounds the links of a node: when there are too many, that of the session which nobody has used
 * for longest is given up. Sessions that have work keep theirs, so with enough work there are more
 * links than that.
 */
public final class LinkBound implements Watcher {

  private final int most;
  private final Consumer<String> park;

  /** The Opened sessions, the least recently used first, and whether each has nothing to do. */
  private final Map<String, Boolean> opened = new LinkedHashMap<>();

  /**
   * A bound.
   *
   * @param most so many links at most
   * @param park asks a session to give up its link, and returns at once
   */
  public LinkBound(int most, Consumer<String> park) {
    this.most = most;
    this.park = park;
  }

  @Override
  public void happened(Session after, List<Event> events) {
    if (!events.isEmpty()) {
      forget(after.core().id());
    }
  }

  @Override
  public void changed(Session session) {
    String id = session.core().id();
    if (!(session instanceof Opened)) {
      forget(id);
      return;
    }
    beyond(id, session.jobs().idle()).ifPresent(park);
  }

  @Override
  public void left(String session) {
    forget(session);
  }

  private synchronized void forget(String id) {
    opened.remove(id);
  }

  /** Takes note of one, and gives the one to be parked, if there are too many. */
  private synchronized Optional<String> beyond(String id, boolean idle) {
    opened.put(id, idle);
    if (opened.size() <= most) {
      return Optional.empty();
    }
    Optional<String> longest =
        opened.entrySet().stream().filter(Map.Entry::getValue).map(Map.Entry::getKey).findFirst();
    // It is not asked twice; if it was used meanwhile, it says so itself.
    longest.ifPresent(opened::remove);
    return longest;
  }
}
