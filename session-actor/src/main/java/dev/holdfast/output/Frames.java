package dev.holdfast.output;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The bytes of a segment file: a header, then frames. All numbers are big-endian.
 *
 * <pre>
 * header   magic:8  base:8  previousEnd:8  crc:4  zero:4
 * frame    length:4  crc:4  offset:8  bytes:length
 * marker   0:4  crc:4  durable:8
 * </pre>
 *
 * <p>{@code base} is the offset of the segment's first byte, {@code previousEnd} where the segment
 * before it ended: the bytes between the two were declared lost. The checksum (CRC32C) of a frame
 * covers its length, its offset and its bytes, so neither a moved nor a resized frame passes. A
 * marker is a frame without bytes: everything before the offset {@code durable} had been synced to
 * the disk when the marker was written. It is how recovery tells a torn tail, which is cut, from
 * damage to bytes that were safe, which is reported.
 */
final class Frames {
  static final int HEADER = 32;
  static final int FRAME_HEADER = 16;

  /** The most bytes in a frame; what a read of one byte has to check. */
  static final int MAX_FRAME = 64 * 1024;

  /** "HFout", and the version of this format. */
  private static final long MAGIC = 0x4846_6f75_7400_0001L;

  private Frames() {}

  static byte[] header(long base, long previousEnd) {
    ByteBuffer header = ByteBuffer.allocate(HEADER);
    header.putLong(MAGIC).putLong(base).putLong(previousEnd);
    header.putInt(checksum(header.array(), 0, 24));
    return header.array();
  }

  /** Where the segment before this one ended, or -1 when the header is not whole. */
  static long previousEnd(byte[] segment, long base) {
    if (segment.length < HEADER) {
      return -1;
    }
    ByteBuffer header = ByteBuffer.wrap(segment);
    boolean whole =
        header.getLong(0) == MAGIC
            && header.getLong(8) == base
            && header.getInt(24) == checksum(segment, 0, 24);
    return whole ? header.getLong(16) : -1;
  }

  static byte[] marker(long durable) {
    byte[] marker = new byte[FRAME_HEADER];
    seal(marker, 0, 0, durable);
    return marker;
  }

  /** Fills in the header of the frame at {@code at}, whose bytes are already in place. */
  static void seal(byte[] into, int at, int length, long offset) {
    ByteBuffer.wrap(into).putInt(at, length).putLong(at + 8, offset);
    ByteBuffer.wrap(into).putInt(at + 4, frameChecksum(into, at, length));
  }

  static int length(byte[] from, int at) {
    return ByteBuffer.wrap(from).getInt(at);
  }

  static long offset(byte[] from, int at) {
    return ByteBuffer.wrap(from).getLong(at + 8);
  }

  /** Whether the frame at {@code at}, which lies wholly in the array, is as it was written. */
  static boolean whole(byte[] from, int at) {
    return ByteBuffer.wrap(from).getInt(at + 4) == frameChecksum(from, at, length(from, at));
  }

  private static int frameChecksum(byte[] from, int at, int length) {
    CRC32C crc = new CRC32C();
    crc.update(from, at, 4);
    crc.update(from, at + 8, 8 + length);
    return (int) crc.getValue();
  }

  private static int checksum(byte[] from, int at, int length) {
    CRC32C crc = new CRC32C();
    crc.update(from, at, length);
    return (int) crc.getValue();
  }
}
