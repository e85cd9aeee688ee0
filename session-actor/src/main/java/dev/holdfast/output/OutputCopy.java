package dev.holdfast.output;

import dev.holdfast.output.OutputLog.Piece;
import dev.holdfast.output.OutputLog.Place;
import java.io.IOException;

/**
 * Brings output from one log to another, where nobody writes to either meanwhile. A copy goes on
 * where an earlier one stopped, and may be made again.
 */
public final class OutputCopy {

  private static final int PIECE = 1024 * 1024;

  private final OutputLog from;
  private final OutputLog to;

  /** A copier; the logs stay the caller's. */
  public OutputCopy(OutputLog from, OutputLog to) {
    this.from = from;
    this.to = to;
  }

  /** Stores what the other log does not have yet; gives the number of bytes. */
  public long copy(Place place) throws IOException {
    long end = from.end(place);
    long begin = from.begin(place);
    if (to.end(place) < begin) {
      to.skipTo(place, begin);
    }
    long first = to.end(place);
    long next = first;
    while (next < end) {
      Piece piece = from.read(place, next, PIECE);
      int size = piece.bytes().remaining();
      if (size == 0) {
        throw new IOException("the output of " + place + " ends at " + next + ", not at " + end);
      }
      if (piece.offset() > next) {
        to.skipTo(place, piece.offset());
      }
      to.append(place, piece.offset(), piece.bytes());
      next = piece.offset() + size;
    }
    return next - first;
  }

  /**
   * Reads both and compares them, byte by byte; gives the number of bytes. The other log may have
   * more at its end, and may have dropped some of the front since.
   *
   * @throws IOException when they differ, saying where
   */
  public long compare(Place place) throws IOException {
    long end = from.end(place);
    long begin = Math.max(from.begin(place), to.begin(place));
    if (to.end(place) < end) {
      throw new IOException(place + " ends at " + to.end(place) + " in the copy, not at " + end);
    }
    long next = begin;
    while (next < end) {
      Piece here = from.read(place, next, PIECE);
      Piece there = to.read(place, next, PIECE);
      int size = Math.min(here.bytes().remaining(), there.bytes().remaining());
      boolean same =
          size > 0
              && here.offset() == there.offset()
              && here.bytes().slice(0, size).equals(there.bytes().slice(0, size));
      if (!same) {
        throw new IOException(place + " differs in the copy, after offset " + next);
      }
      next = here.offset() + size;
    }
    return end - begin;
  }
}
