package dev.holdfast.api;

import com.google.protobuf.UnsafeByteOperations;
import dev.holdfast.directory.Directory;
import dev.holdfast.output.OutputLog;
import dev.holdfast.output.StreamName;
import dev.holdfast.protocol.v1.OutputPiece;
import dev.holdfast.protocol.v1.OutputStream;
import dev.holdfast.protocol.v1.ReadOutputRequest;
import dev.holdfast.session.Session;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * One read of one stream.
 *
 * @param offset where to begin
 * @param max the most bytes wanted
 * @param patience how long to wait for a first byte or the job's end
 */
record Reading(StreamName stream, long offset, int max, Duration patience) {

  static final int USUAL = 256 * 1024;
  private static final int MOST = 1024 * 1024;

  static Reading of(ReadOutputRequest request) {
    Fields.check(request.getOffset() >= 0, "offset", "must not be negative");
    Fields.check(
        request.getMaxBytes() >= 0 && request.getMaxBytes() <= MOST,
        "max_bytes",
        "must be from 1 to 1048576");
    return new Reading(
        stream(request.getStream()),
        request.getOffset(),
        request.getMaxBytes() == 0 ? USUAL : request.getMaxBytes(),
        Fields.duration(
            "wait",
            request::hasWait,
            request.getWait(),
            Duration.ZERO,
            Duration.ZERO,
            Duration.ofMinutes(5)));
  }

  private static StreamName stream(OutputStream stream) {
    return switch (stream) {
      case OUTPUT_STREAM_UNSPECIFIED, STDOUT -> StreamName.OUT;
      case STDERR -> StreamName.ERR;
      case UNRECOGNIZED -> throw Refusal.invalid("stream", "must be STDOUT or STDERR");
    };
  }

  CompletionStage<OutputPiece> start(
      Access access,
      OutputLog log,
      Executor disk,
      Session session,
      int number,
      CompletableFuture<Void> gone) {
    String id = session.core().id();
    return CompletableFuture.supplyAsync(() -> piece(log, session, number), disk)
        .thenCompose(
            piece ->
                piece.getData().isEmpty() && !piece.getEnd() && !patience.isZero()
                    ? change(access, log, id, number, gone)
                        .thenApplyAsync(
                            changed ->
                                piece(log, access.directory().get(id).orElse(session), number),
                            disk)
                    : CompletableFuture.completedStage(piece));
  }

  /** Completes when there are bytes, when the job has ended, or when the time is over. */
  private CompletableFuture<Optional<Boolean>> change(
      Access access, OutputLog log, String id, int number, CompletableFuture<Void> gone) {
    var changed = new CompletableFuture<Optional<Boolean>>();
    Runnable look =
        () -> {
          boolean ended =
              access.directory().get(id).map(now -> Views.ended(now, number)).orElse(true);
          if (ended) {
            changed.complete(Optional.of(true));
          }
        };
    OutputLog.Watch bytes =
        log.watch(id, Integer.toString(number), () -> changed.complete(Optional.of(true)));
    Directory.Watch state = access.directory().watch(id, session -> look.run());
    look.run();
    var cancelled = gone.thenRun(() -> changed.complete(Optional.empty()));
    changed.completeOnTimeout(Optional.empty(), patience.toMillis(), TimeUnit.MILLISECONDS);
    var unused =
        changed.whenComplete(
            (done, failed) -> {
              bytes.close();
              state.close();
              cancelled.cancel(false);
            });
    return changed;
  }

  /**
   * Whether the job has ended is looked at before its output: all of it is stored before its end
   * is.
   */
  private OutputPiece piece(OutputLog log, Session session, int number) {
    boolean ended = Views.ended(session, number);
    var place = Views.place(session.core().id(), number, stream);
    try {
      OutputLog.Piece read = log.read(place, offset, max);
      long next = read.offset() + read.bytes().remaining();
      return piece(read, offset, stream).setEnd(ended && next >= log.end(place)).build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A piece as it is sent; what lies between the offset asked for and its own is lost. */
  static OutputPiece.Builder piece(OutputLog.Piece read, long asked, StreamName stream) {
    return OutputPiece.newBuilder()
        .setStream(stream == StreamName.OUT ? OutputStream.STDOUT : OutputStream.STDERR)
        .setOffset(read.offset())
        .setDropped(Math.max(0, read.offset() - asked))
        .setData(UnsafeByteOperations.unsafeWrap(read.bytes()));
  }
}
