package dev.holdfast.transport.ssh;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntConsumer;

/**
 * Bytes of one stream that have arrived and are not read yet; never more than the channel's window,
 * which opens again only as they are taken.
 */
final class Inbox {

  private static final ByteBuffer END = ByteBuffer.allocate(0).asReadOnlyBuffer();

  private final IntConsumer taken;
  private final Deque<ByteBuffer> chunks = new ArrayDeque<>();
  private int held;
  private CompletableFuture<ByteBuffer> reader;
  private int wanted;
  private boolean ended;

  /**
   * Makes an empty one.
   *
   * @param taken told how many bytes have been read
   */
  Inbox(IntConsumer taken) {
    this.taken = taken;
  }

  void add(byte[] bytes) {
    CompletableFuture<ByteBuffer> waiting;
    ByteBuffer next;
    synchronized (this) {
      if (ended) {
        return;
      }
      chunks.add(ByteBuffer.wrap(bytes));
      held += bytes.length;
      if (reader == null) {
        return;
      }
      waiting = reader;
      reader = null;
      next = take(wanted);
    }
    give(waiting, next);
  }

  CompletableFuture<ByteBuffer> read(int max) {
    if (max < 1) {
      throw new IllegalArgumentException("max must be 1 or more");
    }
    var result = new CompletableFuture<ByteBuffer>();
    ByteBuffer next;
    synchronized (this) {
      if (reader != null) {
        throw new IllegalStateException("the previous read is not done");
      }
      if (held == 0 && !ended) {
        reader = result;
        wanted = max;
        return result;
      }
      next = take(max);
    }
    give(result, next);
    return result;
  }

  /** No more will arrive; what is here can still be read. */
  void end() {
    CompletableFuture<ByteBuffer> waiting;
    synchronized (this) {
      ended = true;
      waiting = reader;
      reader = null;
    }
    if (waiting != null) {
      waiting.complete(END);
    }
  }

  /** Nobody will read any more. */
  void drop() {
    synchronized (this) {
      chunks.clear();
      held = 0;
    }
    end();
  }

  private void give(CompletableFuture<ByteBuffer> to, ByteBuffer bytes) {
    if (bytes.hasRemaining()) {
      taken.accept(bytes.remaining());
    }
    to.complete(bytes);
  }

  /** As much as is wanted and here: one chunk as it is, or several copied into one. */
  private ByteBuffer take(int max) {
    ByteBuffer first = chunks.peek();
    if (first == null) {
      return END;
    }
    int size = Math.min(max, held);
    held -= size;
    if (size == first.remaining()) {
      return chunks.remove();
    }
    if (size < first.remaining()) {
      ByteBuffer part = first.slice(first.position(), size);
      first.position(first.position() + size);
      return part;
    }
    var joined = ByteBuffer.allocate(size);
    while (joined.hasRemaining()) {
      ByteBuffer chunk = chunks.element();
      int length = Math.min(chunk.remaining(), joined.remaining());
      joined.put(chunk.slice(chunk.position(), length));
      chunk.position(chunk.position() + length);
      if (!chunk.hasRemaining()) {
        chunks.remove();
      }
    }
    return joined.flip();
  }
}
