package dev.holdfast.output;

/**
 * The streams of a POSIX job. {@link #IN} is what clients gave it to read; it is kept in the same
 * way, by offset.
 */
public enum StreamName {
  OUT,
  ERR,
  IN
}
