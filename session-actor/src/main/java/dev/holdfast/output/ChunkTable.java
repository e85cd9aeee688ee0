package dev.holdfast.output;

import dev.holdfast.output.OutputLog.Place;
import java.io.Closeable;
import java.io.IOException;
import java.util.Iterator;
import java.util.OptionalLong;

/**
 * The statements of {@link TableOutputLog}. All can be repeated without harm. Where buckets are
 * listed, one is before its first chunk is written, and is no more after its chunks are deleted, so
 * no chunk is ever out of reach.
 *
 * <p>What fails, fails with an {@link java.io.UncheckedIOException} that says what the server said.
 */
interface ChunkTable extends Closeable {

  void insert(Place place, long bucket, Chunk chunk);

  /** The chunks of a bucket that reach beyond an offset, by where they end. */
  Iterator<Chunk> after(Place place, long bucket, long offset);

  /** Where the last chunk of a bucket ends. */
  OptionalLong end(Place place, long bucket);

  /** Writes down that a bucket is there. */
  void list(Place place, long bucket);

  /** How often, in seconds, a bucket that is still written must be listed again; 0 is never. */
  int listAgainAfter();

  /** The listed bucket after this one; -1 is before the first. */
  OptionalLong next(Place place, long bucket);

  /** The listed buckets, the newest first. */
  Iterator<Long> newestFirst(Place place);

  void drop(Place place, long bucket);

  void forget(String session, String job);

  void forget(String session);

  /** Ends what it does by itself. The connection stays open. */
  @Override
  default void close() throws IOException {}

  /** What stands for a stream in the tables; never to be changed. */
  static byte number(StreamName stream) {
    return switch (stream) {
      case OUT -> 1;
      case ERR -> 2;
      case IN -> 3;
    };
  }
}
