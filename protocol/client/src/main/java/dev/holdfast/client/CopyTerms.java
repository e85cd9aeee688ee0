package dev.holdfast.client;

/**
 * How files are copied.
 *
 * @param recursive whether directories are copied with all that is in them
 * @param preserve whether copies get exactly the modes and times of their sources; else a replaced
 *     file keeps its mode, and a new one cannot be written by others
 * @param links what becomes of symbolic links below a source; a source itself is followed
 * @param force whether files with other content are replaced
 */
public record CopyTerms(boolean recursive, boolean preserve, Links links, boolean force) {

  /** What becomes of symbolic links. */
  public enum Links {
    /** They stay links, with what is written in them. */
    KEEP,
    /** What they lead to is copied. */
    FOLLOW,
    /** They are left out. */
    SKIP
  }
}
