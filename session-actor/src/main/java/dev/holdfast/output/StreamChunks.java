package dev.holdfast.output;

import dev.holdfast.output.OutputLog.Piece;
import dev.holdfast.output.OutputLog.Place;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.OptionalLong;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One stream of one job, as rows. What is known of it here is only what this process has seen:
 * {@code end} is a lower bound, and is asked for anew before anything is refused because of it.
 */
final class StreamChunks {
  /** The most rows one read goes through; it then returns what it has. */
  private static final int MAX_ROWS = 512;

  private final ChunkTable table;
  private final Buckets buckets;
  private final Place place;
  private final ReentrantLock writing = new ReentrantLock();

  private boolean known;
  private long end;
  private long begin;

  /** The bucket that was listed last, and when, by {@code System.nanoTime}. */
  private long listed = -1;

  private long listedAt;

  StreamChunks(ChunkTable table, Buckets buckets, Place place) {
    this.table = table;
    this.buckets = buckets;
    this.place = place;
  }

  /** Asks, because another process may have written. */
  long end() {
    long found = findEnd();
    writing.lock();
    try {
      end = Math.max(end, found);
      known = true;
    } finally {
      writing.unlock();
    }
    return found;
  }

  /** The first offset that is kept, or the end when nothing is. */
  long begin() throws CorruptOutputException {
    long at = 0;
    long bucket = -1;
    while (true) {
      OptionalLong next = table.next(place, bucket);
      if (next.isEmpty()) {
        return at;
      }
      bucket = next.getAsLong();
      long first = -1;
      Iterator<Chunk> chunks = table.after(place, bucket, at);
      while (chunks.hasNext()) {
        Chunk chunk = checked(chunks.next());
        if (chunk.bytes().isPresent()) {
          first = first < 0 ? chunk.start() : Math.min(first, chunk.start());
          if (first <= at) {
            return at;
          }
        } else if (chunk.start() <= at) {
          at = Math.max(at, chunk.upto());
        }
        if (first >= 0 && chunk.upto() > first + Chunk.MAX_BYTES) {
          break;
        }
      }
      if (first >= 0) {
        return Math.max(at, first);
      }
    }
  }

  /** Returns whether anything was stored. */
  boolean append(long offset, ByteBuffer bytes) {
    writing.lock();
    try {
      checkNoGap(offset);
      int before = (int) Math.min(Math.max(0, end - offset), bytes.remaining());
      ByteBuffer fresh = bytes.slice(bytes.position() + before, bytes.remaining() - before);
      boolean any = fresh.hasRemaining();
      while (fresh.hasRemaining()) {
        long bucket = buckets.of(end);
        list(bucket);
        long room = buckets.start(bucket + 1) - end;
        int length = (int) Math.min(Math.min(room, Chunk.MAX_BYTES), fresh.remaining());
        store(Chunk.of(end, fresh.slice(fresh.position(), length)));
        fresh.position(fresh.position() + length);
        end += length;
      }
      return any;
    } finally {
      writing.unlock();
    }
  }

  /** Returns whether anything was skipped. */
  boolean skipTo(long offset) {
    writing.lock();
    try {
      end = Math.max(end, findEnd());
      known = true;
      if (offset <= end) {
        return false;
      }
      list(buckets.of(offset));
      store(Chunk.gap(end, offset));
      end = offset;
      return true;
    } finally {
      writing.unlock();
    }
  }

  /** Returns whether anything was dropped. */
  boolean trim(long keep) {
    writing.lock();
    try {
      if (!known) {
        end = Math.max(end, findEnd());
        known = true;
      }
      long first = buckets.of(Math.max(0, end - keep));
      long upto = buckets.start(first);
      if (upto <= begin || first == 0) {
        return false;
      }
      list(first);
      store(Chunk.gap(0, upto));
      long bucket = -1;
      while (true) {
        OptionalLong next = table.next(place, bucket);
        if (next.isEmpty() || next.getAsLong() >= first) {
          break;
        }
        bucket = next.getAsLong();
        table.drop(place, bucket);
      }
      begin = upto;
      return true;
    } finally {
      writing.unlock();
    }
  }

  /**
   * Goes through the chunks by where they end. Of two writers' chunks that overlap, the one that
   * covers the next offset is taken, wherever it was cut.
   */
  Piece read(long offset, int max) throws CorruptOutputException {
    Collected read = collect(offset, max);
    if (read.any() || read.beyond() < 0) {
      return read.piece();
    }
    // Nothing covered the offset, and something lies beyond. A writer may have come by meanwhile;
    // it stores one chunk after the other, so now the offset is there, or it was dropped, or lost.
    Collected again = collect(offset, max);
    if (again.any() || again.beyond() < 0) {
      return again.piece();
    }
    long first = begin();
    if (again.at() >= first) {
      throw new CorruptOutputException(
          "stored output is damaged: " + place + " lacks the bytes from " + again.at());
    }
    return read(first, max);
  }

  private Collected collect(long offset, int max) throws CorruptOutputException {
    Collected read = new Collected(offset, max);
    long bucket = buckets.of(offset);
    while (true) {
      Iterator<Chunk> chunks = table.after(place, bucket, read.at());
      while (chunks.hasNext()) {
        read.take(checked(chunks.next()));
        if (read.full() || read.lost()) {
          return read;
        }
      }
      if (read.any() && read.at() < buckets.start(bucket + 1)) {
        return read;
      }
      OptionalLong next = table.next(place, bucket);
      if (next.isEmpty() || (read.any() && read.at() < buckets.start(next.getAsLong()))) {
        return read;
      }
      bucket = next.getAsLong();
    }
  }

  /** What one read has found. */
  private static final class Collected {
    private final ByteBuffer bytes;
    private long begin;
    private long beyond = -1;
    private int rows;

    Collected(long offset, int max) {
      this.begin = offset;
      this.bytes = ByteBuffer.allocate(max);
    }

    /** The next offset that is wanted. */
    long at() {
      return begin + bytes.position();
    }

    /** An offset after {@link #at} that is stored though that one is not; -1 when none was met. */
    long beyond() {
      return beyond;
    }

    boolean any() {
      return bytes.position() > 0;
    }

    boolean full() {
      return !bytes.hasRemaining() || (any() && (rows >= MAX_ROWS || beyond > at()));
    }

    /** Whether so much lies beyond the offset that what covers it is not to be expected. */
    boolean lost() {
      return !any() && beyond >= 0 && rows >= MAX_ROWS;
    }

    void take(Chunk chunk) {
      rows++;
      if (!chunk.covers(at())) {
        if (chunk.start() > at()) {
          beyond = chunk.start();
        }
      } else if (chunk.bytes().isPresent()) {
        ByteBuffer from = chunk.bytes().get().duplicate();
        int skip = (int) (at() - chunk.start());
        int length = Math.min(from.remaining() - skip, bytes.remaining());
        bytes.put(from.slice(from.position() + skip, length));
        beyond = -1;
      } else if (!any()) {
        begin = chunk.upto();
        beyond = -1;
      }
    }

    Piece piece() {
      return new Piece(begin, bytes.flip().slice());
    }
  }

  private Chunk checked(Chunk chunk) throws CorruptOutputException {
    if (!chunk.whole()) {
      throw new CorruptOutputException(
          "stored output is damaged: the chunk of " + place + " at " + chunk.start());
    }
    return chunk;
  }

  private void checkNoGap(long offset) {
    if (offset >= 0 && (!known || offset > end)) {
      end = Math.max(end, findEnd());
      known = true;
    }
    if (offset < 0 || offset > end) {
      throw new IllegalArgumentException(
          "append at " + offset + " would leave a gap: the output ends at " + end);
    }
  }

  private long findEnd() {
    Iterator<Long> newest = table.newestFirst(place);
    while (newest.hasNext()) {
      OptionalLong found = table.end(place, newest.next());
      if (found.isPresent()) {
        return found.getAsLong();
      }
    }
    return 0;
  }

  private void store(Chunk chunk) {
    table.insert(place, buckets.of(chunk), chunk);
  }

  private void list(long bucket) {
    long now = System.nanoTime();
    int again = table.listAgainAfter();
    boolean old = again > 0 && now - listedAt > TimeUnit.SECONDS.toNanos(again);
    if (bucket != listed || old) {
      table.list(place, bucket);
      listed = bucket;
      listedAt = now;
    }
  }
}
