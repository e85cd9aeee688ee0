package dev.holdfast.transport;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.ToIntFunction;

/**
 * Lets a bounded number in at once, for each key and altogether. Those who wait for one key are
 * served in order; keys take turns, so that a target with many waiting does not keep others out.
 */
public final class Gate {

  private static final class Door {
    private int inside;
    private final Deque<CompletableFuture<Runnable>> waiting = new ArrayDeque<>();
  }

  private final ToIntFunction<String> perKey;
  private final int altogether;
  private final Map<String, Door> doors = new HashMap<>();
  private final Set<String> turns = new LinkedHashSet<>();
  private int inside;
  private boolean held;

  /**
   * @param perKey how many may be in for one key; at least 1
   * @param altogether how many may be in; at least 1
   */
  public Gate(int perKey, int altogether) {
    this(key -> perKey, altogether);
  }

  /**
   * @param perKey how many may be in for a key; at least 1
   * @param altogether how many may be in; at least 1
   */
  public Gate(ToIntFunction<String> perKey, int altogether) {
    this.perKey = perKey;
    this.altogether = altogether;
  }

  /** Lets nobody in until it is released. */
  public synchronized void hold() {
    held = true;
  }

  /** Lets in again. */
  public void release() {
    synchronized (this) {
      held = false;
    }
    admit();
  }

  /**
   * Completes when there is room, with what must be run once to leave. Cancel it to stop waiting.
   */
  public CompletableFuture<Runnable> enter(String key) {
    var entry = new CompletableFuture<Runnable>();
    synchronized (this) {
      doors.computeIfAbsent(key, k -> new Door()).waiting.add(entry);
      turns.add(key);
    }
    admit();
    return entry;
  }

  private void admit() {
    for (Admission next = next(); next != null; next = next()) {
      String key = next.key();
      if (!next.entry().complete(once(() -> leave(key)))) {
        leave(key);
      }
    }
  }

  private record Admission(String key, CompletableFuture<Runnable> entry) {}

  private synchronized Admission next() {
    if (held || inside >= altogether) {
      return null;
    }
    Optional<String> open =
        turns.stream().filter(key -> doors.get(key).inside < perKey.applyAsInt(key)).findFirst();
    if (open.isEmpty()) {
      return null;
    }
    String key = open.get();
    Door door = doors.get(key);
    CompletableFuture<Runnable> entry = door.waiting.remove();
    door.inside++;
    inside++;
    turns.remove(key);
    if (!door.waiting.isEmpty()) {
      turns.add(key);
    }
    return new Admission(key, entry);
  }

  private void leave(String key) {
    synchronized (this) {
      Door door = doors.get(key);
      inside--;
      door.inside--;
      if (door.inside == 0 && door.waiting.isEmpty()) {
        doors.remove(key);
      }
    }
    admit();
  }

  private static Runnable once(Runnable leave) {
    var left = new java.util.concurrent.atomic.AtomicBoolean();
    return () -> {
      if (left.compareAndSet(false, true)) {
        leave.run();
      }
    };
  }
}
