package dev.holdfast.host;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.holdfast.transport.Channel;
import dev.holdfast.transport.Failure;
import dev.holdfast.transport.TransportException;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/** A channel whose far side is played by a test. Not thread-safe: it lives in a manual world. */
final class FakeChannel implements Channel {

  final String command;
  private final Stream out = new Stream();
  private final Stream err = new Stream();
  private final CompletableFuture<Integer> ended = new CompletableFuture<>();
  private final ByteArrayOutputStream input = new ByteArrayOutputStream();
  private Consumer<String> onLine;
  private Runnable onInputEnd = () -> {};
  boolean closed;
  boolean inputEnded;

  FakeChannel(String command) {
    this.command = command;
  }

  /** Pieces that were said and not yet read. */
  private static final class Stream {
    private final ArrayDeque<ByteBuffer> pieces = new ArrayDeque<>();
    private CompletableFuture<ByteBuffer> reader;
    private int max;
    private boolean over;

    CompletionStage<ByteBuffer> read(int atMost) {
      if (reader != null) {
        throw new IllegalStateException("two reads at once");
      }
      reader = new CompletableFuture<>();
      max = atMost;
      var promised = reader;
      serve();
      return promised;
    }

    void serve() {
      if (reader == null || (pieces.isEmpty() && !over)) {
        return;
      }
      var promised = reader;
      reader = null;
      if (pieces.isEmpty()) {
        promised.complete(ByteBuffer.allocate(0));
        return;
      }
      ByteBuffer piece = pieces.poll();
      if (piece.remaining() > max) {
        ByteBuffer rest = piece.duplicate();
        rest.position(piece.position() + max);
        pieces.addFirst(rest);
        piece.limit(piece.position() + max);
      }
      promised.complete(piece);
    }
  }

  // The far side

  /** Says bytes in one piece. */
  void say(byte[] bytes) {
    if (bytes.length > 0) {
      out.pieces.add(ByteBuffer.wrap(bytes));
      out.serve();
    }
  }

  void sayLine(String line) {
    say((line + "\n").getBytes(ISO_8859_1));
  }

  void complain(byte[] bytes) {
    if (bytes.length > 0) {
      err.pieces.add(ByteBuffer.wrap(bytes));
      err.serve();
    }
  }

  /** The command ends. */
  void exit(int status) {
    ended.complete(status);
    over();
  }

  /** The link breaks. */
  void breakDown() {
    ended.completeExceptionally(
        new TransportException(
            new Failure(Failure.Kind.LINK_LOST, "the network is gone", "wait for it")));
    over();
  }

  private void over() {
    out.over = true;
    err.over = true;
    out.serve();
    err.serve();
  }

  /** Calls back with each line of input, also with those that came before. */
  void onLine(Consumer<String> line) {
    onLine = line;
    lines();
  }

  /** Calls back at the end of input. */
  void onInputEnd(Runnable end) {
    onInputEnd = end;
  }

  byte[] input() {
    return input.toByteArray();
  }

  private void lines() {
    while (onLine != null) {
      String text = input.toString(ISO_8859_1);
      int end = text.indexOf('\n');
      if (end < 0) {
        return;
      }
      input.reset();
      input.writeBytes(text.substring(end + 1).getBytes(ISO_8859_1));
      onLine.accept(text.substring(0, end));
    }
  }

  // The node's side

  @Override
  public CompletionStage<Void> write(ByteBuffer bytes) {
    if (ended.isDone()) {
      return CompletableFuture.failedFuture(
          new TransportException(new Failure(Failure.Kind.LINK_LOST, "nobody reads", "-")));
    }
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    input.writeBytes(copy);
    lines();
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void endInput() {
    inputEnded = true;
    onInputEnd.run();
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
    return ended;
  }

  @Override
  public void close() {
    closed = true;
    ended.complete(0);
  }
}
