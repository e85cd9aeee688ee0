package dev.holdfast.node;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How far the journals of sessions were read, so that reading on does not begin at their start
 * again: of the {@value #KEPT} sessions that were read last. Thread-safe.
 */
final class Stories {

  private static final int KEPT = 2_000;

  private final Map<String, Story> bySession = new LinkedHashMap<>(16, 0.75f, true);

  /** A story of one's own that is not beyond a number. */
  synchronized Story of(String session, long number) {
    Story known = bySession.get(session);
    return known == null || known.upTo() > number ? new Story(session) : known.copy();
  }

  /** Keeps it, until one that is not read again needs its place; it is not to be told further. */
  synchronized void keep(String session, Story story) {
    bySession.put(session, story);
    if (bySession.size() > KEPT) {
      var oldest = bySession.keySet().iterator();
      oldest.next();
      oldest.remove();
    }
  }
}
