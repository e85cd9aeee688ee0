package dev.holdfast.output;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * The output of jobs, by (session, job, stream, offset). It is what clients read; a job's bytes
 * never pass through the journal.
 *
 * <p>Guarantees: storing the same bytes at the same offset again changes nothing; a read returns
 * exactly the bytes that were stored at that offset or fails, never others (chunks are
 * checksummed); after a crash the log ends at a chunk boundary at or before the last append, so the
 * next owner continues from {@link #end}. Offsets count from 0 and are never reused.
 *
 * <p>Thread-safe. Calls may block on the disk; do not call them from an I/O thread.
 */
public interface OutputLog extends AutoCloseable {

  /**
   * The offset of the first byte not yet stored: where the next {@link #append} belongs. 0 when
   * nothing is.
   */
  long end(Place place) throws IOException;

  /** The offset of the oldest byte still kept: 0 unless bytes were dropped. */
  long begin(Place place) throws IOException;

  /**
   * Stores bytes at an offset. What lies before {@link #end} is taken as known and skipped; the
   * rest is appended. The buffer is read from its position to its limit, and neither is moved.
   *
   * @throws IllegalArgumentException when the offset is beyond {@link #end}: that would leave a
   *     gap, see {@link #skipTo}
   * @throws IOException when the disk refuses; nothing of this call is then visible
   */
  void append(Place place, long offset, ByteBuffer bytes) throws IOException;

  /**
   * Declares that the bytes before {@code offset} are lost at their source (output mode Drop).
   * Readers are told how many.
   */
  void skipTo(Place place, long offset) throws IOException;

  /**
   * Drops from the front what is more than {@code keep} bytes before {@link #end} (output mode
   * Drop). Only whole chunks are dropped, so up to a chunk more is kept.
   */
  void trim(Place place, long keep) throws IOException;

  /** Makes everything stored so far for the job survive a power cut. */
  void sync(String session, String job) throws IOException;

  /**
   * Reads from an offset.
   *
   * @param max the most bytes wanted, 1 to 1 MiB
   * @return the bytes, from {@code offset} or, when that was dropped, from {@link #begin}; empty at
   *     the end
   * @throws IOException when the disk fails or a checksum does not match
   */
  Piece read(Place place, long offset, int max) throws IOException;

  /**
   * Calls {@code changed} after each change of the job's output, from any thread, until closed. It
   * must not block.
   */
  Watch watch(String session, String job, Runnable changed);

  /** Deletes the output of one job. */
  void forget(String session, String job) throws IOException;

  /** Deletes the output of all jobs of a session. */
  void forget(String session) throws IOException;

  @Override
  void close() throws IOException;

  /**
   * One stream of one job. Session and job ids are {@code [A-Za-z0-9._-]{1,64}} and do not begin
   * with a dot.
   */
  record Place(String session, String job, StreamName stream) {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}");

    /**
     * Checks the ids.
     *
     * @throws IllegalArgumentException when one of them is not as described
     */
    public Place {
      checked(session);
      checked(job);
      Objects.requireNonNull(stream, "stream");
    }

    /** The id, if it is one that a log accepts. */
    static String checked(String id) {
      if (!ID.matcher(id).matches()) {
        throw new IllegalArgumentException("not a session or job id: \"" + id + "\"");
      }
      return id;
    }
  }

  /**
   * Some output.
   *
   * @param offset where the bytes begin; later than asked for when the bytes between were dropped
   * @param bytes the bytes; empty at the present end
   */
  record Piece(long offset, ByteBuffer bytes) {}

  /** A running watch. */
  interface Watch extends AutoCloseable {
    @Override
    void close();
  }
}
