package dev.holdfast.output;

import java.io.Closeable;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * Values kept for their next use. A value is made when it is first leased, shared by everybody who
 * leases it, and, once nobody does, kept until the values together weigh more than the limit; then
 * the longest unused go first. The limit can be passed only by values that are on lease.
 *
 * <p>Unless it was discarded, there is never more than one value for a key, so a value may guard
 * what its key names.
 */
final class LeasedCache<K, V extends Closeable> implements Closeable {
  private final int limit;
  private final Function<K, V> maker;
  private final ToIntFunction<V> weight;
  private final Map<K, Lease> onLease = new HashMap<>();
  private final LinkedHashMap<K, Lease> idle = new LinkedHashMap<>();
  private int total;
  private boolean closed;

  /**
   * @param maker makes the value of a key; must be quick and must not fail
   * @param weight what a value weighs at the moment it becomes idle
   */
  LeasedCache(int limit, Function<K, V> maker, ToIntFunction<V> weight) {
    this.limit = limit;
    this.maker = maker;
    this.weight = weight;
  }

  synchronized Lease lease(K key) throws IOException {
    if (closed) {
      throw new IOException("closed");
    }
    Lease lease = onLease.get(key);
    if (lease == null) {
      lease = idle.remove(key);
      if (lease == null) {
        lease = new Lease(key, maker.apply(key));
      } else {
        total -= lease.idleWeight;
      }
      onLease.put(key, lease);
    }
    lease.holders++;
    return lease;
  }

  /**
   * Lets go of a value, which is closed when its last lease ends; the next lease makes a new one.
   */
  synchronized void discard(K key) throws IOException {
    onLease.remove(key);
    Lease lease = idle.remove(key);
    if (lease != null) {
      total -= lease.idleWeight;
      lease.value.close();
    }
  }

  /** Closes what is idle now, and what is on lease when it is given back. */
  @Override
  public synchronized void close() throws IOException {
    closed = true;
    shrinkTo(0);
  }

  private void shrinkTo(int bound) throws IOException {
    var eldest = idle.values().iterator();
    while (eldest.hasNext() && (total > bound || closed)) {
      Lease lease = eldest.next();
      eldest.remove();
      total -= lease.idleWeight;
      lease.value.close();
    }
  }

  /** The use of a value by one or more callers; each closes it once. */
  final class Lease implements Closeable {
    private final K key;
    private final V value;
    private int holders;
    private int idleWeight;

    private Lease(K key, V value) {
      this.key = key;
      this.value = value;
    }

    V value() {
      return value;
    }

    @Override
    public void close() throws IOException {
      synchronized (LeasedCache.this) {
        if (--holders > 0) {
          return;
        }
        if (!onLease.remove(key, this)) {
          value.close();
        } else {
          idle.put(key, this);
          idleWeight = weight.applyAsInt(value);
          total += idleWeight;
          shrinkTo(limit);
        }
      }
    }
  }
}
