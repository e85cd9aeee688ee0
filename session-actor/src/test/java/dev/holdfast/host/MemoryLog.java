package dev.holdfast.host;

import dev.holdfast.output.OutputLog;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** An output log in memory, as strict as the contract allows. */
final class MemoryLog implements OutputLog {

  private final Map<Place, Kept> kept = new ConcurrentHashMap<>();
  volatile boolean full;

  private static final class Kept {
    private byte[] bytes = new byte[1024];
    private long begin;
    private long end;
    private long lost;
  }

  private Kept at(Place place) {
    return kept.computeIfAbsent(place, p -> new Kept());
  }

  @Override
  public long end(Place place) {
    Kept k = at(place);
    synchronized (k) {
      return k.end;
    }
  }

  @Override
  public long begin(Place place) {
    Kept k = at(place);
    synchronized (k) {
      return k.begin;
    }
  }

  @Override
  public void append(Place place, long offset, ByteBuffer source) throws IOException {
    if (full) {
      throw new IOException("No space left on device");
    }
    Kept k = at(place);
    synchronized (k) {
      if (offset > k.end) {
        throw new IllegalArgumentException("a gap from " + k.end + " to " + offset);
      }
      ByteBuffer rest = source.duplicate();
      long known = Math.min(k.end - offset, rest.remaining());
      rest.position(rest.position() + (int) known);
      int size = rest.remaining();
      int held = (int) (k.end - k.begin);
      if (held + size > k.bytes.length) {
        k.bytes = Arrays.copyOf(k.bytes, Math.max(k.bytes.length * 2, held + size));
      }
      rest.get(k.bytes, held, size);
      k.end += size;
    }
  }

  @Override
  public void skipTo(Place place, long offset) {
    Kept k = at(place);
    synchronized (k) {
      if (offset > k.end) {
        k.lost += offset - k.end;
        k.begin = offset;
        k.end = offset;
      }
    }
  }

  /** How many bytes were declared lost. */
  long lost(Place place) {
    return at(place).lost;
  }

  @Override
  public void trim(Place place, long keep) {}

  @Override
  public void sync(String session, String job) {}

  @Override
  public Piece read(Place place, long offset, int max) {
    Kept k = at(place);
    synchronized (k) {
      long from = Math.max(offset, k.begin);
      int size = (int) Math.max(0, Math.min(max, k.end - from));
      int at = (int) (from - k.begin);
      return new Piece(from, ByteBuffer.wrap(Arrays.copyOfRange(k.bytes, at, at + size)));
    }
  }

  /** All that is kept of a stream. */
  byte[] all(Place place) {
    Kept k = at(place);
    synchronized (k) {
      return Arrays.copyOf(k.bytes, (int) (k.end - k.begin));
    }
  }

  @Override
  public Watch watch(String session, String job, Runnable changed) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void forget(String session, String job) {
    kept.keySet().removeIf(p -> p.session().equals(session) && p.job().equals(job));
  }

  @Override
  public void forget(String session) {
    kept.keySet().removeIf(p -> p.session().equals(session));
  }

  @Override
  public void close() {}
}
