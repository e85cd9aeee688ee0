package dev.holdfast.chaos;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** Looks at the targets again and again for sessions that more than one link holds. */
final class OwnerWatch {

  private static final long EVERY_MILLIS = 1_000;

  private final Map<String, Long> since = new ConcurrentHashMap<>();
  private final Map<String, Long> longest = new ConcurrentHashMap<>();

  void look(Targets targets, History history, AtomicBoolean over) {
    while (!over.get()) {
      see(history.now(), targets.owners());
      Injector.pass(EVERY_MILLIS);
    }
  }

  /** Notes what is seen at a time: the epochs that hold each session. */
  void see(long now, Map<String, Set<String>> owners) {
    since.keySet().removeIf(session -> owners.getOrDefault(session, Set.of()).size() < 2);
    owners.forEach(
        (session, epochs) -> {
          if (epochs.size() > 1) {
            long from = since.computeIfAbsent(session, it -> now);
            longest.merge(session, now - from, Math::max);
          }
        });
  }

  /** The longest time for which a session was seen to have more than one owner, in ms. */
  long longest(String session) {
    return longest.getOrDefault(session, 0L);
  }
}
