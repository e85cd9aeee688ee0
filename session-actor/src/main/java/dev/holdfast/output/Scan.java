package dev.holdfast.output;

/**
 * What a segment file turned out to hold.
 *
 * @param previousEnd where the segment before it ended; -1 when the header is not whole
 * @param segment the frames up to where the file can be followed
 * @param durable the highest offset that a marker in the file says was on the disk; -1 without one
 * @param soundEnd the offset up to which every frame is whole
 * @param soundLength the file's length up to there
 * @param broken whether the file goes on after the last frame in a way that cannot be followed
 */
record Scan(
    long previousEnd,
    Segment segment,
    long durable,
    long soundEnd,
    int soundLength,
    boolean broken) {

  /** Reads a segment file from front to back. Damage is described, never thrown. */
  static Scan of(long base, byte[] file) {
    long previousEnd = Frames.previousEnd(file, base);
    Segment segment = new Segment(base);
    if (previousEnd < 0) {
      return new Scan(-1, segment, lastMarker(file, 0, base), base, 0, true);
    }
    long durable = -1;
    long soundEnd = -1;
    int soundLength = -1;
    long surelyEnd = base;
    int surelyLength = segment.length();
    while (followable(file, segment)) {
      int at = segment.length();
      int length = Frames.length(file, at);
      boolean whole = Frames.whole(file, at);
      if (!whole && soundEnd < 0) {
        soundEnd = segment.end();
        soundLength = at;
      }
      if (whole && length == 0) {
        durable = Math.max(durable, Frames.offset(file, at));
      }
      boolean sure = whole && (soundEnd < 0 || Frames.offset(file, at) == segment.end());
      segment.add(length);
      if (sure) {
        surelyEnd = segment.end();
        surelyLength = segment.length();
      }
    }
    // The length of a damaged frame is believed only if a whole one is found where it ends.
    segment.cut(surelyEnd, surelyLength);
    boolean broken = segment.length() < file.length;
    if (soundEnd < 0) {
      soundEnd = segment.end();
      soundLength = segment.length();
    }
    // Not only beyond what could be followed: a damaged length can reach over a marker.
    durable = Math.max(durable, lastMarker(file, soundLength, soundEnd));
    return new Scan(previousEnd, segment, durable, soundEnd, soundLength, broken);
  }

  /** Whether a frame, whole or with damaged bytes, fits where the segment's known part ends. */
  private static boolean followable(byte[] file, Segment known) {
    int at = known.length();
    if (file.length - at < Frames.FRAME_HEADER) {
      return false;
    }
    int length = Frames.length(file, at);
    return length == 0
        || (length > 0
            && length <= Frames.MAX_FRAME
            && length <= file.length - at - Frames.FRAME_HEADER
            && Frames.offset(file, at) == known.end());
  }

  /** The highest credible offset beyond {@code known} of a marker at or after {@code from}. */
  private static long lastMarker(byte[] file, int from, long known) {
    long durable = -1;
    for (int at = from; at <= file.length - Frames.FRAME_HEADER; at++) {
      if (file[at] == 0 && Frames.length(file, at) == 0 && Frames.whole(file, at)) {
        long says = Frames.offset(file, at);
        if (says > known && says <= known + file.length) {
          durable = Math.max(durable, says);
        }
      }
    }
    return durable;
  }
}
