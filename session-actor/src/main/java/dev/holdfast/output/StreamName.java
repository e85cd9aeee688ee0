package dev.holdfast.output;

/** The two streams a POSIX job writes. */
public enum StreamName {
  OUT,
  ERR
}
