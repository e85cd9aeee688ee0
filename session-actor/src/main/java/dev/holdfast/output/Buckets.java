package dev.holdfast.output;

/**
 * How the offsets of a stream are divided into buckets; no chunk of bytes reaches beyond its own.
 *
 * @param bytes what a bucket holds of one stream
 */
record Buckets(int bytes) {

  /** In which bucket an offset is. */
  long of(long offset) {
    return offset / bytes;
  }

  /** In which bucket a chunk is kept: a gap in that of the offset after it. */
  long of(Chunk chunk) {
    return of(chunk.bytes().isPresent() ? chunk.start() : chunk.upto());
  }

  /** The first offset of a bucket. */
  long start(long bucket) {
    return bucket * bytes;
  }
}
