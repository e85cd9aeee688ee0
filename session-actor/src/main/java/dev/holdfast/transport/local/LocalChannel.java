package dev.holdfast.transport.local;

import dev.holdfast.transport.Channel;
import dev.holdfast.transport.Failure.Kind;
import dev.holdfast.transport.TransportException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/**
 * A local process as a channel. Nothing is read ahead: a read takes a thread until the pipe has
 * bytes, so the pipe itself is the buffer, and a slow reader stops the process.
 */
final class LocalChannel implements Channel {

  private static final int LEAST_PER_READ = 8 * 1024;
  private static final int MOST_PER_READ = 256 * 1024;

  private final Process process;
  private final Executor threads;
  private final Reader out;
  private final Reader err;
  private final CompletableFuture<Integer> ended;

  LocalChannel(Process process, Executor threads) {
    this.process = process;
    this.threads = threads;
    this.ended = process.onExit().thenApply(Process::exitValue);
    this.out = new Reader(process.getInputStream());
    this.err = new Reader(process.getErrorStream());
  }

  @Override
  public CompletionStage<Void> write(ByteBuffer bytes) {
    return onThread(
        () -> {
          byte[] copy = new byte[Math.min(bytes.remaining(), MOST_PER_READ)];
          OutputStream input = process.getOutputStream();
          while (bytes.hasRemaining()) {
            int length = Math.min(bytes.remaining(), copy.length);
            bytes.get(copy, 0, length);
            input.write(copy, 0, length);
          }
          input.flush();
          return null;
        });
  }

  @Override
  public void endInput() {
    var unused =
        onThread(
            () -> {
              process.getOutputStream().close();
              return null;
            });
  }

  @Override
  public CompletionStage<ByteBuffer> readOut(int max) {
    return out.read(max);
  }

  @Override
  public CompletionStage<ByteBuffer> readErr(int max) {
    return err.read(max);
  }

  @Override
  public CompletionStage<Integer> ended() {
    return ended.copy();
  }

  @Override
  public void close() {
    var unused = process.toHandle().destroyForcibly();
    out.close();
    err.close();
  }

  private interface Blocking<T> {
    T run() throws IOException;
  }

  private <T> CompletableFuture<T> onThread(Blocking<T> work) {
    var result = new CompletableFuture<T>();
    try {
      threads.execute(
          () -> {
            try {
              result.complete(work.run());
            } catch (IOException | RuntimeException e) {
              result.completeExceptionally(lost());
            }
          });
    } catch (RejectedExecutionException closedTransport) {
      result.completeExceptionally(lost());
    }
    return result;
  }

  private static TransportException lost() {
    return new TransportException(
        Kind.LINK_LOST,
        "the command no longer reads its input, or the channel was closed",
        "see how the command ended");
  }

  /**
   * One stream. An error of a pipe is its end: only {@link #ended()} says how the command ended.
   */
  private final class Reader {
    private final InputStream stream;
    private CompletableFuture<ByteBuffer> pending = CompletableFuture.completedFuture(null);
    private boolean closed;

    Reader(InputStream stream) {
      this.stream = stream;
    }

    synchronized CompletionStage<ByteBuffer> read(int max) {
      if (closed) {
        return CompletableFuture.completedFuture(ByteBuffer.allocate(0));
      }
      pending = onThread(() -> next(max)).exceptionally(atEnd -> ByteBuffer.allocate(0));
      return pending;
    }

    private ByteBuffer next(int max) throws IOException {
      int ready = Math.max(stream.available(), LEAST_PER_READ);
      byte[] bytes = new byte[Math.min(Math.min(ready, max), MOST_PER_READ)];
      int length = stream.read(bytes);
      return length < 0 ? ByteBuffer.allocate(0) : ByteBuffer.wrap(bytes, 0, length);
    }

    /** Lets a reader go that waits for a process which holds the pipe still. */
    synchronized void close() {
      closed = true;
      var unused = pending.complete(ByteBuffer.allocate(0));
    }
  }
}
