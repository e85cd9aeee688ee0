package dev.holdfast.output;

import java.util.TreeMap;

/**
 * What is known of one segment file: which offsets it holds, and where in the file some of the
 * frames begin, one in about 64 KiB, so that a read finds its place without walking the file.
 */
final class Segment {
  private static final int STRIDE = 64 * 1024;

  final long base;
  private final TreeMap<Long, Integer> positions = new TreeMap<>();
  private long end;
  private int length = Frames.HEADER;

  Segment(long base) {
    this.base = base;
    this.end = base;
  }

  /** The offset after the last byte. */
  long end() {
    return end;
  }

  /** The length of the file: where the next frame is written. */
  int length() {
    return length;
  }

  /** Notes a frame that begins at {@link #length} and holds the bytes from {@link #end}. */
  void add(int bytes) {
    var last = positions.lastEntry();
    if (bytes > 0 && (last == null || length - last.getValue() >= STRIDE)) {
      positions.put(end, length);
    }
    end += bytes;
    length += Frames.FRAME_HEADER + bytes;
  }

  /** Forgets the frames from there on. */
  void cut(long newEnd, int newLength) {
    positions.tailMap(newEnd, true).clear();
    end = newEnd;
    length = newLength;
  }

  /** The position of a frame that begins at or before the offset, which this segment holds. */
  int positionBefore(long offset) {
    return positions.floorEntry(offset).getValue();
  }

  /** The position of a frame that begins at or after the offset, or the end of the file. */
  int positionAfter(long offset) {
    var entry = positions.ceilingEntry(offset);
    return entry == null ? length : entry.getValue();
  }
}
