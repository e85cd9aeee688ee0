package dev.holdfast.output;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A row of a stream: the bytes from {@code start} up to {@code upto}, or, without bytes, that there
 * are none any more.
 *
 * @param crc CRC32C of both ends and the bytes, so that a moved or cut chunk does not pass
 */
record Chunk(long start, long upto, int crc, Optional<ByteBuffer> bytes) {
  /** The most bytes in a row. */
  static final int MAX_BYTES = 64 * 1024;

  static Chunk of(long start, ByteBuffer bytes) {
    long upto = start + bytes.remaining();
    return new Chunk(start, upto, checksum(start, upto, bytes), Optional.of(bytes));
  }

  static Chunk gap(long start, long upto) {
    return new Chunk(start, upto, checksum(start, upto, ByteBuffer.allocate(0)), Optional.empty());
  }

  boolean covers(long offset) {
    return start <= offset && offset < upto;
  }

  /** Whether it is as it was written. */
  boolean whole() {
    ByteBuffer read = bytes.orElseGet(() -> ByteBuffer.allocate(0));
    return crc == checksum(start, upto, read)
        && (bytes.isEmpty() || read.remaining() == upto - start);
  }

  private static int checksum(long start, long upto, ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(16).putLong(start).putLong(upto).flip());
    crc.update(bytes.duplicate());
    return (int) crc.getValue();
  }
}
